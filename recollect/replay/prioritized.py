"""Prioritized experience replay."""

from typing import Any

from recollect.replay.proportional import Proportional
from recollect.replay.stored import StoredReplay


class Prioritized(StoredReplay):
    """The newest rows, drawn in proportion to their priority (Schaul et al. 2016, arXiv:1511.05952).

    See `recollect.replay.proportional.Proportional` for the draw, its "weight" and its `feedback`.

    Args:
        capacity: rows over all tasks.
        alpha: how much priorities count, at least 0; (paper: 0.6).
        beta: how much of the bias the weights undo at first, in [0, 1]; (paper: 0.4).
        beta_draws: samples over which beta grows to 1; None: it stays (paper: the length of the training).
        epsilon: added to every priority, above 0.
        **options: those of `StoredReplay`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    gives = ("weight",)

    def __init__(
        self,
        capacity: int,
        *,
        alpha: float = 0.6,
        beta: float = 0.4,
        beta_draws: int | None = None,
        epsilon: float = 1e-6,
        **options: Any,
    ) -> None:
        draw = Proportional(alpha, beta, beta_draws, epsilon)
        super().__init__(capacity, **{"draw": draw} | options)
