"""Adversarial Shapley value replay: rows are kept and come back by their worth to a nearest-neighbour vote."""

import os
from typing import TYPE_CHECKING, Literal

import numpy as np

from recollect.errors import OptionError
from recollect.replay.draw import Uniform
from recollect.replay.grouped import labels_of
from recollect.replay.stored import StoredReplay
from recollect.rows import Rows, concat, num_rows, take

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay as Memory


def knn_shapley(
    features: np.ndarray, labels: np.ndarray, at: np.ndarray, labels_at: np.ndarray, neighbours: int
) -> np.ndarray:
    """The Shapley value (E, N) of each of N candidates for the vote of K neighbours about each of E points.

    Jia et al. 2019 (arXiv:1908.08619), theorem 1, by the recursion from the farthest candidate to the nearest, distance
    Euclidean: s(N) = [y_N = y] / N, s(m) = s(m + 1) + ([y_m = y] - [y_{m+1} = y]) / K * min(K, m) / m. With N >= K the
    values of a point sum to the share of its K neighbours that have its label (efficiency).

    Args:
        features: of the candidates, (N, d).
        labels: of the candidates, (N,).
        at: features of the points, (E, d).
        labels_at: labels of the points, (E,).
        neighbours: K.
    """
    count = len(features)
    apart = (at**2).sum(1)[:, None] - 2 * at @ features.T + (features**2).sum(1)  # (E, N), squared
    order = np.argsort(apart, axis=1, kind="stable")
    same = (labels[order] == labels_at[:, None]).astype(np.float64)  # (E, N), nearest first
    m = np.arange(1, count)
    steps = (same[:, :-1] - same[:, 1:]) / neighbours * np.minimum(neighbours, m) / m  # (E, N - 1)
    sums = np.cumsum(np.concatenate([same[:, -1:] / count, steps[:, ::-1]], 1), 1)[:, ::-1]  # s(1), ..., s(N)
    values = np.empty_like(sums)
    np.put_along_axis(values, order, sums, 1)
    return values


class Voters:
    """What keeping and drawing by value share.

    Args:
        neighbours: K of the vote.
        per_class: rows of each class in a balanced sample.
    """

    asks = ("embed",)

    def __init__(self, neighbours: int, per_class: int) -> None:
        self.neighbours, self.per_class = neighbours, per_class

    def balanced(self, memory: "Memory", samples: int) -> list[np.ndarray]:
        """Disjoint class-balanced samples of the memory: slots, up to `per_class` of each class."""
        order = memory.rng.permutation(len(memory))
        labels = _labels({"y": memory.store.column("y")[order]})
        order = order[np.argsort(labels, kind="stable")]  # class by class, each in random order
        counts = np.unique(labels, return_counts=True)[1]
        rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)  # (len,) within its class
        return [order[rank // self.per_class == sample] for sample in range(samples)]

    def values(self, candidates: Rows, points: Rows, memory: "Memory") -> np.ndarray:
        """The KNN-Shapley values (E, N) of candidates at points."""
        if not num_rows(points):
            return np.zeros((0, num_rows(candidates)))
        features, at = (memory.asked.embed(rows).astype(np.float64) for rows in (candidates, points))
        return knn_shapley(features, _labels(candidates), at, _labels(points), self.neighbours)


class ShapleyDraw(Voters):
    """The draw of `ASER`.

    Args:
        neighbours: K of the vote.
        per_class: rows of each class in a balanced sample.
        value: "mean" or "extreme".
    """

    def __init__(self, neighbours: int = 3, per_class: int = 2, value: str = "mean") -> None:
        super().__init__(neighbours, per_class)
        self.value = value

    def slots(self, n: int, like: Rows | None, memory: "Memory") -> np.ndarray:
        """The most valuable candidates first; random slots before the memory is full, or without labelled rows."""
        if len(memory) < memory.capacity or not like or "y" not in like:
            return Uniform().slots(n, like, memory)
        candidates, friends = self.balanced(memory, 2)
        rows, point = memory.store.take(candidates), {field: like[field] for field in ("x", "y")}
        good = self.values(rows, memory.store.take(friends), memory)  # (F, N)
        bad = self.values(rows, point, memory)  # (B, N)
        if self.value == "mean":
            worth = good.sum(0) / max(len(good), 1) - bad.mean(0)
        else:
            worth = (good.max(0) if len(good) else 0.0) - bad.min(0)
        return candidates[np.argsort(-worth, kind="stable")[:n]]


class ShapleyKeep(Voters):
    """The keep of `ASER`.

    Args:
        neighbours: K of the vote.
        per_class: rows of each class in a balanced sample.
    """

    def __init__(self, neighbours: int = 3, per_class: int = 2) -> None:
        super().__init__(neighbours, per_class)

    def slots(self, rows: Rows, count: int, memory: "Memory") -> np.ndarray:
        """Free slots while there are any; then those of candidates that are worth less than new rows, or -1."""
        stored = len(memory)
        free = min(memory.capacity - stored, count)
        slots = np.arange(stored, stored + count)
        if free < count:
            slots[free:] = -1
            if stored:
                left = np.arange(free, count)
                slots[free:] = self._exchange({field: rows[field][left] for field in ("x", "y")}, memory)
        return slots

    def _exchange(self, new: Rows, memory: "Memory") -> np.ndarray:
        """The slot of a less valuable row for each of `new`, -1 where there is none."""
        count, stored = num_rows(new), len(memory)
        (points,) = self.balanced(memory, 1)
        labels, mine = _labels({"y": memory.store.column("y")}), _labels(new)
        classes = len(np.unique(labels))
        share = (labels == mine[:, None]).sum(1) / stored  # (count,)
        minority = np.flatnonzero(share < memory.rng.random() / classes)
        others = np.setdiff1d(np.arange(stored), points)
        others = memory.rng.permutation(others)[: self.per_class * classes]
        known, old = memory.store.take(points), memory.store.take(others)
        evaluated = concat([{f: known[f] for f in ("x", "y")}, take(new, minority)])
        worth = self.values(concat([{f: old[f] for f in ("x", "y")}, new]), evaluated, memory).sum(0)
        order = np.argsort(-worth, kind="stable")
        stay, leave = order[: len(others)], order[len(others) :]  # as many leave as are new
        slots = np.full(count, -1)
        arriving = stay[stay >= len(others)] - len(others)
        slots[arriving] = others[leave[leave < len(others)]]
        return slots


def _labels(rows: Rows) -> np.ndarray:
    return labels_of({"y": rows["y"]}, ("y",))[:, 0]


class ASER(StoredReplay):
    """Adversarial Shapley value experience replay (Shim et al. 2021, arXiv:2009.00093, ASER and ASER_mu).

    While there is room every row is kept, and rows that come back are drawn uniformly. Then values are KNN-Shapley
    values in the agent's features (eval mode):

    - `sample(n, like=new)`: candidates are `per_class` rows of each class in memory. The value of one is its mean over
      other `per_class` rows of each class (it cooperates), less its mean over the new rows (it is their
      adversary); "extreme" takes max and min instead (ASER). The n largest come back, fewer where there are fewer
      candidates.
    - `add(new)`: evaluation points are `per_class` rows of each class in memory and the new rows of minority classes,
      whose share of the memory is below u ~ U(0, 1 / classes). Candidates are per_class * classes other rows of
      the memory, and the new ones; of these those with the smallest sums of values leave or stay out, as many as are
      new.

    Classes are counted in the memory (published code: in the whole data set, known in advance).

    Args:
        capacity: rows over all tasks.
        neighbours: K, at least 1 (paper: 3).
        per_class: at least 1 (paper: 2, and 1.5 for CIFAR-100, which published code cuts to 1).
        value: "mean" for ASER_mu, "extreme" for ASER.
        replace: as for `StoredReplay`, while there is room.
        directory: as for `StoredReplay`.
        seed: of keeping and drawing.

    Raises:
        OptionError: if an option lies outside its range.
    """

    reads = ("x", "y")
    targets = ("class",)
    asks = ("embed",)

    def __init__(
        self,
        capacity: int,
        *,
        neighbours: int = 3,
        per_class: int = 2,
        value: Literal["mean", "extreme"] = "mean",
        replace: bool | None = None,
        directory: str | os.PathLike | None = None,
        seed: int = 0,
    ) -> None:
        for option, number in (("neighbours", neighbours), ("per_class", per_class)):
            if isinstance(number, bool) or not isinstance(number, int) or number < 1:
                raise OptionError(f"{option} must be a whole number of at least 1, got {number!r}")
        if value not in ("mean", "extreme"):
            raise OptionError(f"replay option value must be 'mean' or 'extreme', got {value!r}")
        keep, draw = ShapleyKeep(neighbours, per_class), ShapleyDraw(neighbours, per_class, value)
        super().__init__(capacity, keep=keep, draw=draw, replace=replace, directory=directory, seed=seed)
