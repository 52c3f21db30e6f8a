"""Sums over many numbers that change: which leaf a point on the line of all leaves falls into.

Compiled by numba at its first use (about a second): level by level in numpy it takes seven times longer.
"""

import numba
import numpy as np


class SumTree:
    """`capacity` leaves of at least 0, and above each pair of them, level by level, their sum; node 1 is the root.

    All operations take many leaves at once, and walk them together, level by level: the processor then waits for many
    places in memory at a time, where one leaf after another takes five times longer. A node is always the sum of its
    two children, added up anew, so that rounding does not pile up over many updates, and sums do not depend on their
    order.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity, self.width = capacity, 1 << (capacity - 1).bit_length()  # leaves of the whole tree
        self.nodes = np.zeros(2 * self.width)  # children of node i are nodes 2i and 2i + 1
        self.leaves = self.nodes[self.width : self.width + capacity]  # (capacity,), a view

    def set(self, leaves: np.ndarray, values: np.ndarray) -> None:
        """Gives `leaves` (n,) int64 their `values` (n,) of at least 0; of two for one leaf the later counts."""
        _set(self.nodes, self.width, np.ascontiguousarray(leaves), np.ascontiguousarray(values, np.float64))

    @property
    def total(self) -> float:
        """The sum of all leaves."""
        return float(self.nodes[1])

    def find(self, points: np.ndarray) -> np.ndarray:
        """The leaf (n,) under each point (n,) in [0, 1) of the line on which all leaves lie side by side.

        A leaf of 0 is never found, as long as one is not.
        """
        return _find(self.nodes, self.width, np.ascontiguousarray(points))


@numba.njit
def _set(nodes, width, leaves, values):
    places = width + leaves
    for i in range(len(places)):
        nodes[places[i]] = values[i]
    while width > 1:
        for i in range(len(places)):
            node = places[i] // 2
            nodes[node] = nodes[2 * node] + nodes[2 * node + 1]
            places[i] = node
        width //= 2


@numba.njit
def _find(nodes, width, points):
    found, rest, level = np.ones(len(points), np.int64), points * nodes[1], 1
    while level < width:
        for i in range(len(points)):
            node = 2 * found[i]
            left = nodes[node]
            right = (rest[i] >= left) & (nodes[node + 1] > 0)  # the second: rounding may carry a point over the end
            rest[i] -= left * right
            found[i] = node + right
        level *= 2
    return found - width
