"""Gradient-based sample selection: rows whose gradients point in other directions than those of the memory."""

from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.errors import OptionError
from recollect.replay.keep import Keep
from recollect.replay.stored import StoredReplay
from recollect.rows import Rows, take
from recollect.state import Stateful

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay as Memory

FIRST = 0.1  # score of rows that meet an empty memory


class DiverseGradients(Stateful):
    """The keep of GSS-greedy; see `GSSGreedy`.

    Args:
        subsets: n_s, how many random subsets of the memory a gradient is compared with.
        subset_rows: rows of each.
    """

    asks = ("gradients",)

    def __init__(self, subsets: int = 10, subset_rows: int = 10) -> None:
        for option, value in (("subsets", subsets), ("subset_rows", subset_rows)):
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise OptionError(f"{option} must be a whole number of at least 1, got {value!r}")
        self.subsets, self.subset_rows = subsets, subset_rows
        self.scores = np.zeros(0)  # (len,) by slot: similarity in [-1, 1] when the row was kept; never refreshed

    def slots(self, rows: Rows, count: int, memory: "Memory") -> np.ndarray:
        """Free slots while there are any; then one candidate slot per row, or -1."""
        filled = len(self.scores)
        free = min(memory.capacity - filled, count)
        found = np.arange(filled, filled + count)
        if free:
            first = take(rows, np.arange(free))
            scores = np.full(free, FIRST)
            if filled:
                scores = _cosines(memory.asked.gradients(first), self._directions(memory)).max(1)
            self.scores = np.concatenate([self.scores, scores])
        if free < count:
            found[free:] = self._exchange(take(rows, np.arange(free, count)), memory, filled)
        return found

    def _exchange(self, rows: Rows, memory: "Memory", filled: int) -> np.ndarray:
        """A slot for each of `rows`, -1 where it is not taken. `filled`: slots whose rows are written."""
        count = len(rows["y"])
        slots = np.full(count, -1)
        if not filled:  # the first batch is larger than the memory, and there is nothing to compare with
            return slots
        slopes, directions = memory.asked.gradients(rows), self._directions(memory)
        if _cosines(slopes.mean(0, keepdims=True), directions).max() >= 0:
            return slots  # the batch as a whole points where the memory does
        low, high = self.scores.min(), self.scores.max()
        scaled = (self.scores - low) / (high - low + 0.01)
        keys = np.log(memory.rng.random(len(scaled))) / np.maximum(scaled, 1e-12)  # the largest: drawn by `scaled`
        chosen = np.argsort(-keys, kind="stable")[:count]  # one candidate per row, without replacement
        score = _cosines(slopes[: len(chosen)], directions).max(1)
        old, new = (self.scores[chosen] + 1) / 2, (score + 1) / 2  # in [0, 1]
        taken = np.flatnonzero(memory.rng.random(len(chosen)) * (old + new) < old)
        slots[taken] = chosen[taken]
        self.scores[chosen[taken]] = score[taken]
        return slots

    def _directions(self, memory: "Memory") -> np.ndarray:
        """The gradients (at most subsets, P) of disjoint random subsets of the memory."""
        stored = len(memory)
        size = min(self.subset_rows, stored)
        order = memory.rng.permutation(stored)[: min(self.subsets, stored // size) * size].reshape(-1, size)
        return np.stack([memory.asked.gradients(memory.store.take(slots)).mean(0) for slots in order])


def _cosines(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Cosines (n, m) between the rows of (n, P) and those of (m, P)."""
    lengths = np.linalg.norm(one, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    return (one @ other.T) / np.maximum(lengths, 1e-8)


class GSSGreedy(StoredReplay):
    """GSS-greedy (Aljundi, Lin, Goujaud & Bengio 2019, arXiv:1903.08671, algorithm 2).

    A row's score is the largest cosine between its loss gradient, over all weights, and the gradients of up to
    `subsets` random subsets of the memory; 0.1 in an empty memory. While there is room rows are kept with their score.
    Then a batch whose own gradient has a cosine of 0 or more with any subset is left out as a whole; else each of its
    rows draws a candidate slot i, in proportion to the scores (scaled to [0, 1], as in published code), and takes it
    with probability s_i / (s_i + s_new), scores shifted to [0, 1]. Scores are those of the moment a row was kept.
    Gradients are taken in eval mode. Rows that come back are drawn uniformly.

    Args:
        capacity: rows over all tasks.
        subsets: n_s, at least 1 (paper: 10).
        subset_rows: rows of each subset, at least 1 (paper: 10).
        **options: those of `StoredReplay`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    reads = ("x", "y")
    asks = ("gradients",)

    def __init__(
        self,
        capacity: int,
        *,
        subsets: int = 10,
        subset_rows: int = 10,
        keep: str | Keep | None = None,
        **options: Any,
    ) -> None:
        keep = DiverseGradients(subsets, subset_rows) if keep is None else keep
        super().__init__(capacity, keep=keep, **options)
