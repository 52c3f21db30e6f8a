"""Which slot a new row takes: one half of a `StoredReplay`, found by its name in KEEPS.

A keep is any object with `slots`; one that has a state of its own derives from `Stateful`. It may also have `asks` and
`feedback(slots, signals, memory)`, as a draw may (`recollect.replay.draw`). Slots are filled in order, so that slots 0
to len(memory) - 1 hold rows at any time, and a row is evicted by being overwritten.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from recollect.replay.grouped import Balanced, Balancoir, Greedy, Rings
from recollect.rows import Rows

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay


@runtime_checkable
class Keep(Protocol):
    """What `StoredReplay(keep=...)` takes."""

    def slots(self, rows: Rows, count: int, memory: "StoredReplay") -> range | np.ndarray:
        """A slot for each of `count` new rows, in the order in which they arrived.

        Args:
            rows: the new rows, checked.
            count: how many, at least 1.
            memory: has `capacity`, `offered` (rows met before these), `rng` and `store`.

        Returns:
            (count,) int64, -1 where a row is not kept, and of two rows with the same slot the later one stays;
            or, where slots are consecutive, a `range` of that length, taken modulo the capacity.
        """
        ...


class Ring:
    """The oldest row goes first (first in, first out)."""

    def slots(self, rows: Rows, count: int, memory: "StoredReplay") -> range:
        """The next `count` slots around the ring."""
        return range(memory.offered, memory.offered + count)


class Reservoir:
    """Every row met so far is kept with the same probability, capacity / offered.

    Algorithm R (Vitter 1985, "Random sampling with a reservoir", section 2): the row with arrival number t draws
    j ~ U{0, ..., t}, both ends included, and takes slot j if there is one. One uniform double is consumed for each
    row once the reservoir is full, so the same seed keeps the same rows however they are split into batches.
    """

    def slots(self, rows: Rows, count: int, memory: "StoredReplay") -> range | np.ndarray:
        """Free slots in order while there are any, then the draws of algorithm R."""
        arrivals, capacity = memory.offered, memory.capacity
        free = min(max(capacity - arrivals, 0), count)
        if free == count:
            return range(arrivals, arrivals + count)
        choices = np.arange(max(arrivals, capacity) + 1, arrivals + count + 1)  # (count - free,) t + 1
        drawn = (memory.rng.random(count - free) * choices).astype(np.int64)
        drawn[drawn >= capacity] = -1
        return np.concatenate([np.arange(arrivals, arrivals + free), drawn]) if free else drawn  # (count,)


KEEPS: dict[str, Callable[[], Keep]] = {
    "ring": Ring,
    "reservoir": Reservoir,
    "balanced-by-class": Balanced,
    "balanced-by-task": partial(Balanced, ("task",)),
    "balanced-by-task-and-class": partial(Balanced, ("task", "y")),
    "ring-by-class": Rings,
    "ring-by-task": partial(Rings, ("task",)),
    "greedy-by-class": Greedy,
    "balancoir": Balancoir,
}
