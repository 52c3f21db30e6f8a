"""Classifier: what all learners of labels over SAMPLE streams share."""

import math
from collections.abc import Sequence
from typing import Any, Literal

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box
from torch.func import functional_call
from torch.nn.functional import cross_entropy

from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.errors import OptionError
from recollect.nets import augment as augmentation
from recollect.nets.asking import Still, Unmoved, row_gradients, virtual_step
from recollect.nets.backbones import backbone as build
from recollect.nets.device import pick
from recollect.nets.heads import DualHead
from recollect.nets.tensors import tensor
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, num_rows
from recollect.schema import SAMPLE


class Classifier(Agent):
    """A network with one head over all classes, trained on cross-entropy by SGD.

    A subclass says in `loss` what it descends, or overrides `update`; `logits` and `row_losses` are its tools.
    The defaults are those of the online protocol (Chaudhry et al. 2019, arXiv 1902.10486): batches of 10,
    learning rate 0.1, no momentum, no weight decay.

    Args:
        stream: a SAMPLE stream with class targets; see `accepts`.
        replay: the memory.
        penalty: an additional loss, a projection of gradients, or both.
        seed: of the initial weights, and of what the learner draws.
        device: "auto", "cpu", "cuda", ...
        lr: learning rate, above 0.
        momentum: of SGD, in [0, 1).
        weight_decay: of SGD, at least 0.
        batch_size: rows of one logged batch.
        backbone: a name in `recollect.nets.backbones`.
        hidden: widths of its fully connected hidden layers, behind what convolutions it has; None: the backbone's own.
        mean: what backbones for images subtract from each channel in [0, 1], one number or one per channel; None: 0.
        std: what they then divide by; None: 1.
        head: "linear"; or without bias "dot" or "cosine", whose logits are `gamma` times cosines (`nets.heads`).
        gamma: above 0; see `recollect.nets.heads`.
        augment: names in `recollect.nets.augment`, such as "crop-flip"; None: rows are learnt as they are. Memories
            keep rows as they came, and every use in an update sees a new random view of them (`view`), as in
            published code (Buzzega et al. 2020, arXiv 2004.07211). Predictions and what strategies ask see the rows.

    Raises:
        OptionError: if an option lies outside its range, or the stream's inputs cannot be augmented so.
        UnknownName: if there is no such backbone or augmentation.
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
        lr: float = 0.1,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        batch_size: int = 10,
        backbone: str = "mlp",
        hidden: tuple[int, ...] | None = None,
        mean: tuple[float, ...] | None = None,
        std: tuple[float, ...] | None = None,
        head: Literal["linear", "dot", "cosine"] = "linear",
        gamma: float = 11.1,
        augment: str | tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        for option, value, fits, expected in (
            ("lr", lr, 0 < lr < math.inf, "a finite number above 0"),
            ("momentum", momentum, 0 <= momentum < 1, "in [0, 1)"),
            ("weight_decay", weight_decay, 0 <= weight_decay < math.inf, "a finite number of at least 0"),
            ("batch_size", batch_size, batch_size >= 1, "at least 1"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        x_shape = stream.observation_space.shape[1:]
        self.augment = augmentation.chosen(augment, x_shape)
        self.views = np.random.default_rng(seed_for(seed, "views"))  # what augmentation draws from
        self.batch_size, self.device = batch_size, pick(device)
        num_outputs = int(stream.action_space.nvec[0])
        with seeded(seed_for(seed, "weights")):
            network = build(backbone, x_shape, num_outputs, hidden, mean, std)
            if head != "linear":  # drawn after the body, which is then the same under every head
                network.head = DualHead(network.head.in_features, num_outputs, head, gamma)
        self.network = network.to(self.device)
        self.optimiser = torch.optim.SGD(
            self.network.parameters(), lr=lr, momentum=momentum, weight_decay=weight_decay, fused=True
        )

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """None for Box observations (B, *x) and class labels out of one MultiDiscrete([C] * B); else the reason."""
        target = getattr(stream.unwrapped, "target", None)
        if target != "class":
            return f"it learns class labels (target 'class'), the stream's target is {target!r}"
        if not isinstance(stream.observation_space, Box) or not stream.observation_space.shape:
            return f"it needs Box observations with a batch axis, the stream has {stream.observation_space}"
        classes = getattr(stream.action_space, "nvec", None)
        if classes is None or np.ndim(classes) != 1 or len(set(classes.tolist())) != 1:
            return f"it needs MultiDiscrete([C] * B) actions, one label per row, the stream has {stream.action_space}"
        return None

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Labels (N,), int64, for observations (N, *x); nothing is explored."""
        return self.predict({"x": np.asarray(obs)})["y"]

    def predict(self, rows: Rows) -> Rows:
        """Labels "y" (N,), int64, and "logits" (N, C), float32, for `x` (N, *x), in eval mode; changes nothing."""
        with Still(self.network), torch.no_grad():
            logits = self.logits(rows).cpu().numpy()
        return {"y": logits.argmax(1), "logits": logits}

    def embed(self, rows: Rows) -> np.ndarray:
        """Features (N, d), float32, of `x`: the input of the head, in eval mode; changes nothing."""
        with Still(self.network), torch.no_grad():
            return self.network.features(self.gather("x", [rows])).cpu().numpy()

    def losses(self, rows: Rows, after: Rows | None = None) -> np.ndarray:
        """Cross-entropy (N,), float32, of each row, in eval mode; changes nothing.

        Args:
            rows: the rows, with x and y.
            after: rows on whose mean cross-entropy the network takes one virtual step of plain SGD first, at the
                learning rate of its optimiser; None: the network as it is.
        """
        x, y = self.gather("x", [rows]), self.gather("y", [rows]).long()
        with Still(self.network), torch.no_grad():
            if after is None or not num_rows(after):
                logits = self.network(x)
            else:
                logits = functional_call(self.network, self.stepped(after), (x,))
            return cross_entropy(logits, y, reduction="none").cpu().numpy()

    def stepped(self, rows: Rows) -> dict[str, torch.Tensor]:
        """The weights by name after the virtual step of `losses` on new rows."""
        lr = self.optimiser.param_groups[0]["lr"]
        return virtual_step(self.network, self.gather("x", [rows]), self.gather("y", [rows]).long(), lr)

    def gradients(self, rows: Rows) -> np.ndarray:
        """The gradient (N, P), float32, of each row's cross-entropy by all weights, in eval mode; changes nothing."""
        with Still(self.network), torch.no_grad():
            return row_gradients(self.network, self.gather("x", [rows]), self.gather("y", [rows]).long()).cpu().numpy()

    def view(self, rows: Rows, *names: str) -> Rows:
        """`rows` with a new random view of x, by the augmentations called `names`, or those of the option `augment`.

        `learn` calls it for all rows of an update; call it for rows that an update draws by itself.
        """
        names = names or self.augment
        if not names or not num_rows(rows):
            return rows
        return rows | {"x": augmentation.view(rows["x"], names, self.views)}

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step on `loss`; {} and no step without any rows. The logged loss is without the penalty's."""
        if not num_rows(new) and not num_rows(replayed):
            return {}
        loss = self.loss(new, replayed)
        self.descend(loss, self.optimiser, new, replayed)
        return {"loss": loss.item()}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """What `update` descends, a scalar: here the mean cross-entropy of all rows."""
        return self.row_losses(new, replayed).mean()

    def logits(self, *parts: Rows) -> torch.Tensor:
        """Logits (N, C) of all rows of `parts`, in their order, from one pass."""
        return self.network(self.gather("x", parts))

    def logits_met(self, rows: Rows) -> np.ndarray:
        """Logits (N, C), float32, of a `view` in train mode, for memories to keep; normalisation statistics stay."""
        with Unmoved(self.network), torch.no_grad():
            return self.logits(self.view(rows)).cpu().numpy()

    def row_losses(self, *parts: Rows) -> torch.Tensor:
        """Cross-entropy (N,), in nats, of all rows of `parts`, in their order, from one pass."""
        return cross_entropy(self.logits(*parts), self.gather("y", parts).long(), reduction="none")

    def gather(self, field: str, parts: Sequence[Rows]) -> torch.Tensor:
        """One field of all rows of `parts`, in their order, on the device; parts without rows are passed over."""
        arrays = [part[field] for part in parts if num_rows(part)] or [parts[0][field]]
        return tensor(arrays[0] if len(arrays) == 1 else np.concatenate(arrays), self.device)
