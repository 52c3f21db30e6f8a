"""Rows come back in proportion to their priority, with weights that undo the bias."""

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.errors import DataError, OptionError
from recollect.replay.sumtree import SumTree
from recollect.rows import Rows
from recollect.state import Stateful

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay


class Proportional(Stateful):
    """Proportional prioritisation (Schaul, Quan, Antonoglou & Silver 2016, arXiv:1511.05952, section 3.3).

    Row i is drawn with probability P(i) = p_i^alpha / sum_k p_k^alpha, p_i = priority + epsilon. The line of all
    priorities is cut into n equal parts, and one row is drawn from each (appendix B.2.1): always with replacement,
    whatever the memory's `replace`. The field "weight", float32, is (len * P(i))^-beta, divided by the largest of the
    sample (section 3.4). New rows get the largest priority met so far, 1 at first; `feedback(index, priority=|td|)`
    says better. Rows that have been overwritten since are passed over.

    Args:
        alpha: how much priorities count, at least 0 (0: uniform); (paper: 0.6).
        beta: how much of the bias the weights undo at first, in [0, 1]; (paper: 0.4).
        beta_draws: number of samples over which beta grows linearly to 1 (paper: the whole training); None: it stays.
        epsilon: above 0, so that no row is lost for good (the paper gives no value).

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(
        self, alpha: float = 0.6, beta: float = 0.4, beta_draws: int | None = None, epsilon: float = 1e-6
    ) -> None:
        for option, value, fits, expected in (
            ("alpha", alpha, 0 <= alpha < math.inf, "a finite number of at least 0"),
            ("beta", beta, 0 <= beta <= 1, "in [0, 1]"),
            ("beta_draws", beta_draws, beta_draws is None or beta_draws >= 1, "at least 1, or None"),
            ("epsilon", epsilon, 0 < epsilon < math.inf, "a finite number above 0"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        self.alpha, self.beta, self.beta_draws, self.epsilon = alpha, beta, beta_draws, epsilon
        self.tree: SumTree | None = None  # of p^alpha by slot
        self.largest, self.draws = 1.0, 0  # priority, without epsilon; samples drawn so far

    def written(self, slots: range | np.ndarray, memory: "StoredReplay") -> None:
        """New rows have the largest priority met so far."""
        if self.tree is None:
            self.tree = SumTree(memory.capacity)
        if isinstance(slots, range):
            slots = np.arange(slots.start, slots.stop)[-memory.capacity :] % memory.capacity
        slots = slots[slots >= 0]
        self.tree.set(slots, np.full(len(slots), (self.largest + self.epsilon) ** self.alpha))

    def cleared(self) -> None:
        """Forgets the priorities of the slots."""
        self.tree = None

    def slots(self, n: int, like: Rows | None, memory: "StoredReplay") -> np.ndarray:
        """One slot (n,) from each of n equal parts of the line of priorities, in random order."""
        points = (np.arange(n) + memory.rng.random(n)) / n
        self.draws += 1
        return memory.rng.permutation(self.tree.find(points))  # neighbours are found together, which is faster

    def extra(self, slots: np.ndarray, memory: "StoredReplay") -> Rows:
        """The importance "weight" (n,) of each row, in (0, 1]."""
        done = 0.0 if self.beta_draws is None else min((self.draws - 1) / self.beta_draws, 1.0)
        beta = self.beta + done * (1 - self.beta)
        leaves = self.tree.leaves[slots]  # (n,); len and total cancel in the division by the largest weight
        return {"weight": ((leaves / leaves.min()) ** -beta).astype(np.float32)}

    def feedback(self, slots: np.ndarray, signals: dict[str, np.ndarray], memory: "StoredReplay") -> None:
        """New priorities (n,) of the rows in `slots`, -1 where they are gone; other signals are passed over.

        Raises:
            DataError: for NaN, infinity or a negative priority, naming entry and value; then none is taken.
        """
        if "priority" not in signals:
            return
        priority = np.asarray(signals["priority"], np.float64)
        largest = priority.max(initial=0)
        if not (priority.min(initial=0) >= 0 and largest < np.inf):  # NaN fails both
            bad = np.flatnonzero(~((priority >= 0) & (priority < np.inf)))[0]
            raise DataError(
                f"a priority must be a finite number of at least 0, got {priority[bad]} in entry {bad} of "
                f"{len(priority)}: give the absolute TD error, and look into the network if it is NaN"
            )
        if slots.min(initial=0) < 0:
            slots, priority = slots[slots >= 0], priority[slots >= 0]
            largest = priority.max(initial=0)
        if len(slots):
            self.tree.set(slots, (priority + self.epsilon) ** self.alpha)
            self.largest = max(self.largest, float(largest))

    def state_dict(self) -> dict[str, Any]:
        """The priorities of the slots that have one, and the counters; the options are the constructor's."""
        leaves = np.zeros(0) if self.tree is None else self.tree.leaves
        filled = len(np.trim_zeros(leaves, "b"))
        capacity = 0 if self.tree is None else self.tree.capacity
        return {"leaves": leaves[:filled], "capacity": capacity, "largest": self.largest, "draws": self.draws}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Rebuilds the tree."""
        self.tree, leaves = None, state["leaves"]
        if state["capacity"]:
            self.tree = SumTree(state["capacity"])
            self.tree.set(np.arange(len(leaves)), leaves)
        self.largest, self.draws = state["largest"], state["draws"]
