"""Online EWC: elastic weight consolidation at constant memory."""

import torch

from recollect.agents.penalties.ewc import EWC
from recollect.agents.penalties.quadratic import grown, values
from recollect.errors import OptionError
from recollect.rows import Rows


class OnlineEWC(EWC):
    """Adds `strength / 2 * gamma * sum_i F_i (theta_i - theta*_i)^2`: one decaying sum of Fisher terms.

    Schwarz et al. (2018), "Progress & Compress", arXiv 1805.06370, section 4: the anchors are the weights of the last
    task's end alone, and at each task's end `F <- gamma F + F_k`. What differs: the paper uses it to compress an
    active column into a knowledge base, here it stands alone; it may rescale each F_k to one norm (its section 4, for
    reinforcement learning), here none is. The Fisher information is that of `EWC`, with the same choice.

    Args:
        gamma: decay, in [0, 1] (paper: below 1, tuned).
        **options: those of `EWC`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(self, *, gamma: float = 0.95, **options) -> None:
        super().__init__(**options)
        if not 0 <= gamma <= 1:
            raise OptionError(f"gamma must lie in [0, 1], got {gamma!r}")
        self.gamma = gamma

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The penalty, a scalar; 0.0 before the first task has ended."""
        return self.gamma * super().loss(new, replayed)

    def end_task(self, task: int, data: Rows | None) -> None:
        """The weights of now become the anchors; the sum decays, and the task's Fisher information is added."""
        information = self.information(data)
        for name, old in self.importance[0].items() if self.importance else ():
            if name in information:
                information[name] += self.gamma * grown(old, information[name].shape)
        self.importance, self.anchors = [information], [values(self.agent)]
