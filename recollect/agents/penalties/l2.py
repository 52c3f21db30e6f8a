"""L2: keeps every weight near its value at the end of the last task."""

import math

import torch

from recollect.agents.penalties.quadratic import Quadratic, Tensors, distance, values
from recollect.errors import OptionError
from recollect.rows import Rows


class L2(Quadratic):
    """Adds `strength / 2 * sum_i (theta_i - anchor_i)^2`, the anchors being the weights at the last task's end.

    The L2 baseline of Continual World (Wolczyk et al. 2021, arXiv 2105.10919), which is EWC (Kirkpatrick et al.
    2017, arXiv 1612.00796) with every importance 1. What differs from Continual World: the factor 1/2, as EWC has it;
    the strength stays the same after every task (there it grows with their number); all trainable parameters
    of the agent are held (there the actor's, without heads). It is 0 before the first task has ended.
    Parameters that did not exist then, and what has since grown beyond an anchor's shape, are free.

    Args:
        strength: at least 0 (paper: 1e5, for SAC with Adam). Under SGD, lr * strength must stay below 2, or the pull
            overshoots the anchors and diverges.
        seed: unused.

    Raises:
        OptionError: if `strength` is negative or not finite.
    """

    needs_tasks = True

    def __init__(self, *, strength: float = 1.0, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= strength < math.inf:
            raise OptionError(f"strength must be a finite number of at least 0, got {strength!r}")
        self.strength = strength
        self.anchors: Tensors = {}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The penalty, a scalar; 0.0 before the first task has ended."""
        return self.strength / 2 * distance(self.agent, self.anchors)

    def end_task(self, task: int, data: Rows | None) -> None:
        """The weights of now become the anchors."""
        self.anchors = values(self.agent)
