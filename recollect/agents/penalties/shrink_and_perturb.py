"""Shrink and perturb: weights are scaled down, and noise is added."""

import math

import torch

from recollect.agents.penalties.quadratic import trainable
from recollect.core import Penalty
from recollect.errors import OptionError
from recollect.rows import Rows


class ShrinkAndPerturb(Penalty):
    """`theta <- shrink * theta + noise * N(0, 1)` for every trainable parameter, when new data arrive.

    Ash & Adams (2020), "On warm-starting neural network training", arXiv 1910.08475, section 4. New data arrive at the
    beginning of every task but the first. With `every=k` it happens at every k-th gradient step instead, before the
    step is taken, as Dohare et al. (2024) do at each one (then shrink near 1 and noise near 0 are in place), and tasks
    need not be known. The optimiser's moments stay. It is a penalty without a loss: it works on the weights.

    Args:
        shrink: lambda, in [0, 1] (paper: a grid of both is shown, this is of it).
        noise: standard deviation of the noise, at least 0 (paper: as above).
        every: gradient steps from one to the next; None: at task beginnings.
        seed: of the noise.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(self, *, shrink: float = 0.6, noise: float = 0.01, every: int | None = None, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= shrink <= 1:
            raise OptionError(f"shrink must lie in [0, 1], got {shrink!r}")
        if not 0 <= noise < math.inf:
            raise OptionError(f"noise must be a finite number of at least 0, got {noise!r}")
        if every is not None and (isinstance(every, bool) or not isinstance(every, int) or every < 1):
            raise OptionError(f"every must be a whole number of steps, at least 1, or None, got {every!r}")
        self.shrink, self.noise, self.every = shrink, noise, every
        self.needs_tasks = every is None
        self.steps, self.tasks = 0, 0

    def begin_task(self, task: int, data: Rows | None) -> None:
        """New data arrive."""
        self.tasks += 1
        if self.every is None and self.tasks > 1:
            self.apply()

    def project(self, new: Rows, replayed: Rows) -> None:
        """Counts the step; gradients stay as they are."""
        self.steps += 1
        if self.every is not None and self.steps % self.every == 0:
            self.apply()

    def apply(self) -> None:
        """Shrinks and perturbs all trainable parameters."""
        with torch.no_grad():
            for parameter in trainable(self.agent).values():
                drawn = torch.from_numpy(self.rng.normal(0, self.noise, tuple(parameter.shape)) + 0.0).to(parameter)
                parameter.mul_(self.shrink).add_(drawn)
