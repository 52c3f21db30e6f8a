"""ReDo: dormant units are renewed."""

from recollect.agents.penalties.recycling import Recycling
from recollect.errors import OptionError
from recollect.nets.units import per_unit
from recollect.rows import Rows


class ReDo(Recycling):
    """Every `every` gradient steps, renews the units whose share of their layer's activity is at most `threshold`.

    Sokar, Agarwal, Castro & Evci (2023), "The dormant neuron phenomenon in deep reinforcement learning", arXiv
    2302.12902, algorithm 1: a unit's score is its mean absolute activation over that of its layer's units. Incoming
    weights are drawn anew, outgoing ones and biases become 0, the optimiser's moments too. What differs: the rows are
    those of the step (the paper draws a batch); weights are drawn as PyTorch's layers draw theirs (the paper's are
    Xavier).

    Args:
        every: gradient steps from one recycling to the next, at least 1 (paper: 1000).
        threshold: tau, at least 0 (paper: 0.1).
        seed: of the new weights.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(self, *, every: int = 1000, threshold: float = 0.1, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if isinstance(every, bool) or not isinstance(every, int) or every < 1:
            raise OptionError(f"every must be a whole number of steps, at least 1, got {every!r}")
        if not threshold >= 0:
            raise OptionError(f"threshold must be at least 0, got {threshold!r}")
        self.every, self.threshold = every, threshold
        self.steps = self.renewed = 0  # gradient steps, and units renewed so far

    def project(self, new: Rows, replayed: Rows) -> None:
        """Counts the step, and renews dormant units when it is time."""
        self.steps += 1
        if self.steps % self.every:
            return
        for layer, outputs in zip(self.layers(), self.outputs(new, replayed), strict=True):
            if not len(outputs):
                continue
            activity = per_unit(outputs.abs())  # (units,)
            units = (activity <= self.threshold * activity.mean()).nonzero()[:, 0]
            if len(units):
                self.renew(layer, units)
                self.renewed += len(units)
