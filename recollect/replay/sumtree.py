"""Sums over many numbers that change: which leaf a point on the line of all leaves falls into."""

import numpy as np

WIDTH = 16  # leaves or nodes under one node: two cache lines
ROOTS = 4096  # at most so many nodes of the highest level are searched by their cumulative sums


class SumTree:
    """`capacity` leaves of at least 0, and their sums, level by level, each WIDTH times shorter than the one below.

    All operations take many leaves at once. A node is always the sum of its children, added up anew, so that
    rounding does not pile up over many updates.
    """

    def __init__(self, capacity: int) -> None:
        self.levels: list[np.ndarray] = []  # (nodes, WIDTH) float64, leaves first
        self.capacity = count = capacity
        while not self.levels or count > ROOTS:
            rows = -(-count // WIDTH)
            self.levels.append(np.zeros((rows, WIDTH)))
            count = rows
        self.roots = np.zeros(count)
        self.leaves = self.levels[0].reshape(-1)  # (at least capacity,), a view

    def set(self, leaves: np.ndarray, values: np.ndarray | float) -> None:
        """Gives `leaves` (n,) int64 their `values` (n,) of at least 0; of two for one leaf the later counts."""
        self.leaves[leaves] = values
        nodes = leaves
        for level, above in zip(self.levels, [*self.levels[1:], self.roots], strict=True):
            nodes = nodes // WIDTH
            above.reshape(-1)[nodes] = np.einsum("nw->n", level.take(nodes, 0))  # twice as fast as sum(1)

    @property
    def total(self) -> float:
        """The sum of all leaves."""
        return float(self.roots.sum())

    def find(self, points: np.ndarray) -> np.ndarray:
        """The leaf (n,) under each point (n,) in [0, 1) of the line on which all leaves lie side by side.

        A leaf of 0 is never found, as long as one is not.
        """
        ends = self.roots.cumsum()
        points = points * ends[-1]
        nodes = ends.searchsorted(_below(points, ends[-1]), side="right")  # (n,)
        points = points - (ends[nodes] - self.roots[nodes])
        first = np.arange(0, len(nodes) * WIDTH, WIDTH)  # place of each node's first child among all children
        for level in reversed(self.levels):
            children = level.take(nodes, 0)  # (n, WIDTH)
            ends = np.add.accumulate(children, 1)
            place = (ends > _below(points, ends[:, -1])[:, None]).argmax(1)  # (n,) the first that ends behind the point
            here = first + place
            points = points - (ends.take(here) - children.take(here))
            nodes = nodes * WIDTH + place
        return nodes


def _below(points: np.ndarray, end: np.ndarray) -> np.ndarray:
    """`points`, kept below `end` where rounding has carried them over it, and not below 0."""
    return np.minimum(np.maximum(points, 0), np.nextafter(end, 0))
