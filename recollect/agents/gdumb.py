"""GDumb: learns nothing in the stream, and trains a fresh network on the memory alone when it is asked."""

import math
from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
import torch
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_

from recollect.agents.classifier import Classifier
from recollect.agents.fingerprint import fingerprint
from recollect.core import ReplayStrategy
from recollect.errors import OptionError, SchemaError
from recollect.nets import augment as augmentation
from recollect.nets.asking import Still
from recollect.nets.cutmix import cutmix
from recollect.nets.tensors import tensor
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, num_rows


class GDumb(Classifier):
    """Only fills its memory; a network trained from scratch on it answers. The control for every replay method.

    Prabhu, Torr & Dokania (2020), "GDumb: a simple approach that questions our progress in continual learning", ECCV;
    the values are those of the authors' code. The memory's own half is `greedy-balancer`, the default. Each training
    starts from the same weights, and minimises the cross-entropy by SGD on shuffled batches. The learning rate is
    `lr / 10` for one epoch, and then falls from `lr` to `min_lr` along a cosine in cycles of 1, 2, 4, ... epochs
    (`rate`). Gradients are clipped to a length. Half of the batches of images are cut and mixed
    (`recollect.nets.cutmix`); vectors have no rectangles, and are taken as they are.

    It trains when it predicts, if the memory has changed since: the paper asks once, at the end. What is trained is a
    function of memory and seed, so that evaluations change nothing, and a resumed run predicts the same; it is
    no part of the state. One training costs `epochs * len(memory) / fit_batch_size` gradient steps, 3,328 for 200
    rows, and with `evaluate_every=1` as many at every step that changes the memory: evaluate at task ends. There is no
    trained network in the stream, so that neither memories that ask an agent (herding, mir, ...) nor penalties fit.

    What differs: the network is that of the last epoch (authors' code: of the best one on the test set); computed
    in float32 (there: float16). Before anything is remembered the untrained network answers.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory.
        lr: highest learning rate, above 0.
        min_lr: lowest one, at least 0.
        momentum: of SGD.
        weight_decay: of SGD.
        epochs: passes over the memory, at least 1; 2 ** k ends with a whole cycle.
        fit_batch_size: rows of one gradient step.
        cutmix_probability: in [0, 1], for each batch; 0 turns it off.
        cutmix_alpha: of its Beta distribution, above 0.
        clip: greatest Euclidean length of the gradient, above 0.
        **options: those of `Classifier`; `augment` sees every row anew in each epoch (paper: "crop-flip" on CIFAR).

    Raises:
        OptionError: if an option lies outside its range.
        SchemaError: for a penalty.
        UnknownName: if there is no such backbone or augmentation.
    """

    memory = "required"
    replayed_per_new = 0.0
    saved_elsewhere = Classifier.saved_elsewhere | {"trained"}
    embed = losses = gradients = row_losses = None  # nobody may ask a network that is untrained; see compose

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        lr: float = 0.05,
        min_lr: float = 5e-4,
        momentum: float = 0.9,
        weight_decay: float = 1e-6,
        epochs: int = 256,
        fit_batch_size: int = 16,
        cutmix_probability: float = 0.5,
        cutmix_alpha: float = 1.0,
        clip: float = 10.0,
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, lr=lr, momentum=momentum, weight_decay=weight_decay, **options)
        if self.penalty is not None:
            raise SchemaError(
                f"gdumb learns nothing in the stream that a penalty such as {type(self.penalty).__name__} could hold: "
                "leave the penalty out, or take an agent that learns from new rows (er)"
            )
        for option, value, fits, expected in (
            ("min_lr", min_lr, 0 <= min_lr <= lr, f"in [0, lr = {lr!r}]"),
            ("epochs", epochs, epochs >= 1, "at least 1"),
            ("fit_batch_size", fit_batch_size, fit_batch_size >= 1, "at least 1"),
            ("cutmix_probability", cutmix_probability, 0 <= cutmix_probability <= 1, "in [0, 1]"),
            ("cutmix_alpha", cutmix_alpha, 0 < cutmix_alpha < math.inf, "a finite number above 0"),
            ("clip", clip, clip > 0, "above 0"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        self.lr, self.min_lr, self.momentum, self.weight_decay = lr, min_lr, momentum, weight_decay
        self.epochs, self.fit_batch_size, self.clip = epochs, fit_batch_size, clip
        images = len(stream.observation_space.shape) in (3, 4)  # (B, H, W) or (B, H, W, C)
        self.cutmix_probability, self.cutmix_alpha = cutmix_probability * images, cutmix_alpha
        self.trained: tuple[bytes, torch.nn.Module] | None = None  # fingerprint of the memory, and what it made

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Nothing: it only remembers."""
        return {}

    def predict(self, rows: Rows) -> Rows:
        """Labels "y" (N,), int64, and "logits" (N, C), float32, for `x` (N, *x), after training if need be."""
        network = self.fitted() if len(self.replay) else self.network
        with Still(network), torch.no_grad():
            logits = network(self.gather("x", [rows])).cpu().numpy()
        return {"y": logits.argmax(1), "logits": logits}

    def fitted(self) -> torch.nn.Module:
        """The network that the memory of now makes."""
        rows = {field: values for field, values in self.replay.contents().items() if field in ("x", "y")}
        mark = fingerprint(rows)
        if self.trained is None or self.trained[0] != mark:
            with seeded(seed_for(self.seed, "fit")), torch.enable_grad():
                self.trained = (mark, self.fit(rows))
        return self.trained[1]

    def fit(self, rows: Rows) -> torch.nn.Module:
        """A copy of the first network, trained on `rows`."""
        network = deepcopy(self.network).train()
        optimiser = torch.optim.SGD(
            network.parameters(), lr=self.lr, momentum=self.momentum, weight_decay=self.weight_decay, fused=True
        )

        def shorten(*_: Any) -> None:
            clip_grad_norm_(network.parameters(), self.clip)

        optimiser.register_step_pre_hook(shorten)
        rng, count = np.random.default_rng(seed_for(self.seed, "fit")), num_rows(rows)
        for epoch in range(self.epochs):
            for group in optimiser.param_groups:
                group["lr"] = self.rate(epoch)
            order = rng.permutation(count)
            for index in self.batches(order):
                loss = self.fit_loss(network, rows["x"][index], rows["y"][index], rng)
                self.descend(loss, optimiser, {}, {})
        return network

    def batches(self, order: np.ndarray) -> list[np.ndarray]:
        """`order` (M,) in batches; a single last row joins those before it: batch normalisation cannot learn of one."""
        cuts = list(range(self.fit_batch_size, len(order) - 1, self.fit_batch_size))
        return np.split(order, cuts)

    def fit_loss(
        self, network: torch.nn.Module, x: np.ndarray, y: np.ndarray, rng: np.random.Generator
    ) -> torch.Tensor:
        """The mean cross-entropy of a batch, as it is or cut and mixed."""
        seen = tensor(augmentation.view(x, self.augment, rng) if self.augment else x, self.device)
        labels = tensor(y, self.device).long()
        if not self.cutmix_probability or rng.random() >= self.cutmix_probability:
            return cross_entropy(network(seen), labels)
        mixed, partners, share = cutmix(seen, self.cutmix_alpha, rng)
        logits, others = network(mixed), labels[tensor(partners, self.device)]
        return share * cross_entropy(logits, labels) + (1 - share) * cross_entropy(logits, others)

    def rate(self, epoch: int) -> float:
        """The learning rate of an epoch: Loshchilov & Hutter (2017), arXiv:1608.03983, eq. 5, T_0 = 1, T_mult = 2."""
        if not epoch:
            return self.lr / 10
        cycle = 2 ** (epoch.bit_length() - 1)  # 1 | 2 2 | 4 4 4 4 | ...; the first epoch of each is its own length
        return self.min_lr + (self.lr - self.min_lr) * (1 + math.cos(math.pi * (epoch - cycle) / cycle)) / 2
