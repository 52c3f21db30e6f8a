"""Which rows come back: the other half of a `StoredReplay`, found by its name in DRAWS.

A draw is any object with `slots`; one that has a state of its own derives from `Stateful`. It may also have

    asks                                agent methods that it calls, checked when the memory is bound
    written(slots, memory)              rows were written into these slots, as `Keep.slots` gives them
    cleared()                           all slots are free again
    extra(slots, memory) -> Rows        fields to add to the rows drawn from these slots
    feedback(slots, signals, memory)    what the agent found out about the rows in these slots, -1 where one is gone
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from recollect.replay.grouped import labels_of
from recollect.rows import Rows

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay


@runtime_checkable
class Draw(Protocol):
    """What `StoredReplay(draw=...)` takes."""

    def slots(self, n: int, like: Rows | None, memory: "StoredReplay") -> np.ndarray:
        """The slots of up to `n` rows, (m,) int64, each in 0 to len(memory) - 1.

        Args:
            n: how many are wanted, at least 1.
            like: rows to retrieve by, for draws that do.
            memory: not empty; has `replace`, `rng` and `store`.
        """
        ...


class Uniform:
    """Every stored row is equally likely: n rows with replacement, min(n, len) without."""

    def slots(self, n: int, like: Rows | None, memory: "StoredReplay") -> np.ndarray:
        """Independent draws with `memory.replace`, else distinct slots in random order."""
        stored, rng = len(memory), memory.rng
        if memory.replace:
            return (rng.random(n) * stored).astype(np.int64)  # a third of the time of rng.integers; bias < 2**-53 n
        return rng.choice(stored, n, replace=False) if n < stored else rng.permutation(stored)


class GroupUniform:
    """For every row a group is drawn uniformly, and in it a row: rare classes (or tasks) come as often as others.

    The retrieval of De Lange et al. 2023 (arXiv:2205.13452). Without replacement a group whose rows are all drawn
    leaves the lottery.

    Args:
        field: whose value makes a group, where it is one whole number per row; otherwise all rows are one.
    """

    def __init__(self, field: str = "y") -> None:
        self.field = field

    def slots(self, n: int, like: Rows | None, memory: "StoredReplay") -> np.ndarray:
        """With `memory.replace` n slots, else min(n, len) distinct ones."""
        stored, rng = len(memory), memory.rng
        labels = labels_of({self.field: memory.store.column(self.field)}, (self.field,))[:, 0]
        groups, counts = np.unique(labels, return_inverse=True, return_counts=True)[1:]  # (stored,), (G,)
        order = rng.permutation(stored)
        order = order[np.argsort(groups[order], kind="stable")]  # group by group, each in random order
        starts = np.cumsum(counts) - counts  # (G,)
        if memory.replace:
            picked = (rng.random(n) * len(counts)).astype(np.int64)  # (n,) groups
            return order[starts[picked] + (rng.random(n) * counts[picked]).astype(np.int64)]
        alive, left, places = list(range(len(counts))), counts.tolist(), []
        for u in rng.random(min(n, stored)).tolist():
            place = int(u * len(alive))
            group = alive[place]
            left[group] -= 1
            places.append(starts[group] + left[group])
            if not left[group]:
                alive.pop(place)
        return order[np.array(places)]


DRAWS: dict[str, Callable[[], Draw] | str] = {
    "uniform": Uniform,
    "proportional": "recollect.replay.proportional:Proportional",  # a string: it imports numba
    "class-uniform": GroupUniform,
    "task-uniform": partial(GroupUniform, "task"),
}
