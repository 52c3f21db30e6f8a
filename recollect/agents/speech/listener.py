"""Listener: what all learners of token sequences over SAMPLE streams share."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box, MultiDiscrete
from torch.nn.functional import cross_entropy

from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.asking import Still
from recollect.nets.device import pick
from recollect.nets.tensors import tensor
from recollect.nets.transducer import Transducer
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, num_rows
from recollect.schema import END, PAD, SAMPLE


class Listener(Agent):
    """A network that writes down what it hears, trained on the cross-entropy of every token (teacher forcing).

    Encoder: three strided convolutions and a GRU; decoder: a GRU with attention (`recollect.nets.transducer`). It is
    the small stand-in for the paper's wav2vec 2.0 and transformer decoder (Cappellazzo et al. 2024, arXiv 2310.02699).
    The optimiser is AdamW with the betas, eps and weight decay of that paper's authors' published code. Decoding is
    not constrained to intents that were met.

    Args:
        stream: a SAMPLE stream with sequence targets; see `accepts`.
        replay: the memory.
        penalty: an additional loss, a projection of gradients, or both.
        seed: of the initial weights, and of what the learner draws.
        device: "auto", "cpu", "cuda", ...
        lr: learning rate, above 0 (paper: 5e-5, of a pretrained encoder).
        weight_decay: at least 0.
        batch_size: rows of one logged batch.
        width: of every layer.
        beam: hypotheses of the search that predicts; 1 is greedy (paper: 10 to 20).

    Raises:
        OptionError: if an option lies outside its range.
    """

    schema = SAMPLE
    reads = ("x", "y")

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
        lr: float = 2e-3,
        weight_decay: float = 0.1,
        batch_size: int = 32,
        width: int = 96,
        beam: int = 1,
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        for option, value, fits, expected in (
            ("lr", lr, lr > 0, "above 0"),
            ("weight_decay", weight_decay, weight_decay >= 0, "at least 0"),
            ("batch_size", batch_size, batch_size >= 1, "at least 1"),
            ("width", width, width >= 1, "at least 1"),
            ("beam", beam, beam >= 1, "at least 1"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        self.batch_size, self.device, self.beam = batch_size, pick(device), beam
        self.length, num_tokens = stream.action_space.shape[1], int(stream.action_space.nvec.flat[0])
        with seeded(seed_for(seed, "weights")):
            network = Transducer(stream.observation_space.shape[2], num_tokens, width)
        self.network = network.to(self.device)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=lr, betas=(0.9, 0.98), eps=1e-6, weight_decay=weight_decay, fused=True
        )

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """None for Box observations (B, T, M) and token targets, MultiDiscrete (B, L) of one size; else the reason."""
        target = getattr(stream.unwrapped, "target", None)
        if target != "sequence":
            return f"it writes sequences (target 'sequence'), the stream's target is {target!r}"
        obs, act = stream.observation_space, stream.action_space
        if not isinstance(obs, Box) or len(obs.shape) != 3:
            return f"it needs Box observations (B, T, M), frames of bands, the stream has {obs}"
        if not isinstance(act, MultiDiscrete) or act.nvec.ndim != 2 or act.nvec.min() != act.nvec.max():
            return f"it needs MultiDiscrete actions (B, L) of V tokens, the stream has {act}"
        return None

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Tokens (N, L), int64, for observations (N, T, M); nothing is explored."""
        return self.predict({"x": np.asarray(obs)})["y"]

    def predict(self, rows: Rows) -> Rows:
        """Tokens "y" (N, L), int64, PAD behind the END, and "mask" (N, L), up to the END; changes nothing."""
        with Still(self.network), torch.no_grad():
            tokens = self.written(self.network, self.gather("x", [rows])).cpu().numpy()
        ended = np.cumsum(tokens == END, 1) - (tokens == END) > 0  # (N, L): behind the first END
        return {"y": np.where(ended, PAD, tokens), "mask": ~ended}

    def written(self, network: Transducer, x: torch.Tensor) -> torch.Tensor:
        """The tokens (N, L) that a network writes down, END again and again behind the first one."""
        if self.beam == 1:
            return network.greedy(x, self.length, END)
        return network.beam(x, self.length, END, self.beam)

    def embed(self, rows: Rows) -> np.ndarray:
        """Features (N, D), float32: the encoder's output, averaged over time, in eval mode; changes nothing."""
        with Still(self.network), torch.no_grad():
            return self.network.features(self.gather("x", [rows])).cpu().numpy()

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step on `loss`; {} and no step without any rows. The logged loss is without the penalty's."""
        if not num_rows(new) and not num_rows(replayed):
            return {}
        loss = self.loss(new, replayed)
        self.descend(loss, self.optimiser, new, replayed)
        return {"loss": loss.item(), "rehearsed": float(num_rows(replayed))}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """What `update` descends, a scalar: here the mean cross-entropy of all tokens of all rows."""
        x, y = self.gather("x", [new, replayed]), self.gather("y", [new, replayed])
        return token_loss(self.network(x, y), y)

    def gather(self, field: str, parts: Sequence[Rows]) -> torch.Tensor:
        """One field of all rows of `parts`, in their order, on the device; parts without rows are passed over."""
        arrays = [part[field] for part in parts if num_rows(part)] or [parts[0][field]]
        return tensor(arrays[0] if len(arrays) == 1 else np.concatenate(arrays), self.device)


def token_loss(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The mean cross-entropy, in nats, of the tokens y (N, L) under logits (N, L, V), PAD left out."""
    return cross_entropy(logits.flatten(0, 1), y.flatten(), ignore_index=PAD)
