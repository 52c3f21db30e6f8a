"""SCR: supervised contrastive replay, and the nearest class mean."""

import math
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import torch

from recollect.agents.nearest_mean import NearestMean
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets import augment as augmentation
from recollect.nets.contrastive import Projection, contrastive_losses
from recollect.nets.tensors import tensor, unit
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, num_rows


class SCR(NearestMean):
    """Draws rows of one class together and others apart, new and remembered ones, in two views of each.

    Mai, Li, Kim & Sanner (2021), "Supervised contrastive replay: revisiting the nearest class mean classifier in online
    class-incremental continual learning", arXiv:2103.13885. Every row is seen as it is and in a random view; the
    backbone's features of both, through a projection to points of length 1, are compared by the supervised contrastive
    loss (`recollect.nets.contrastive`), whose mean over all rows is descended. There is no step before the memory gives
    something. Predictions are `NearestMean`'s, by the backbone's features, not by the projection.

    The random view of images is the paper's: resized crop, flip, colour jitter, grayscale. Rows that are no images get
    Gaussian noise instead, which is ours: the paper has none for them.

    The backbone's linear head is not trained. There are no logits and no losses of single rows, so that penalties
    and memories that ask for them (ewc, lwf, a-gem, mir, ...) do not fit; l2, si, aser and others do.

    What differs: the published code predicts classes that were met, and of which nothing is remembered, by a random
    mean; here they are not predicted.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step.
        temperature: tau of the loss, above 0 (paper: 0.07; recalled of the published code, which is the card's source).
        projection: outputs of the projection, Linear - ReLU - Linear, at least 1.
        second_view: names in `recollect.nets.augment`; None: "scr" for images, else noise.
        noise: standard deviation of the noise, at least 0, in units of the batch's own.
        replayed_per_new: rows to replay for every new row, at least 0 (paper: 100 beside 10).
        **options: those of `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone or augmentation.
    """

    memory = "required"
    logits = row_losses = losses = gradients = None  # there are none to ask for; see compose

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        temperature: float = 0.07,
        projection: int = 128,
        second_view: str | Sequence[str] | None = None,
        noise: float = 0.1,
        replayed_per_new: float = 10.0,
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, **options)
        for option, value, fits, expected in (
            ("temperature", temperature, 0 < temperature < math.inf, "a finite number above 0"),
            ("projection", projection, projection >= 1, "at least 1"),
            ("noise", noise, 0 <= noise < math.inf, "a finite number of at least 0"),
            ("replayed_per_new", replayed_per_new, 0 <= replayed_per_new < math.inf, "a finite number of at least 0"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        x_shape = stream.observation_space.shape[1:]
        if second_view is None and len(x_shape) in (2, 3):
            second_view = "scr"
        self.second_view = augmentation.chosen(second_view, x_shape)
        self.temperature, self.noise, self.replayed_per_new = temperature, noise, replayed_per_new
        with seeded(seed_for(self.seed, "projection")):
            made = Projection(self.network.head.in_features, projection)
        self.projection = made.to(self.device)
        self.optimiser.add_param_group({"params": list(self.projection.parameters())})

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step; {} and no step without replayed rows. The logged loss is without the penalty's."""
        return super().update(new, replayed) if num_rows(replayed) else {}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """The mean contrastive loss of all rows, a scalar. Each view passes by itself, with its own statistics."""
        x, y = self.gather("x", [new, replayed]), self.gather("y", [new, replayed])  # (N, *x), (N,)
        points = [self.projection(self.network.features(seen)) for seen in (x, self.another(x))]
        return contrastive_losses(torch.stack(points), y, self.temperature).mean()  # (2, N, 128) -> (N,)

    def another(self, x: torch.Tensor) -> torch.Tensor:
        """A random view of every row of `x` (N, *x)."""
        if self.second_view:
            return tensor(augmentation.view(x.cpu().numpy(), self.second_view, self.views), self.device)
        seen = unit(x)
        drawn = tensor(self.views.standard_normal(tuple(x.shape), np.float32), self.device)
        return seen + self.noise * seen.std(correction=0) * drawn
