"""Which rows come back: the other half of a `StoredReplay`, found by its name in DRAWS.

A draw is any object with `slots`; one that has a state of its own derives from `Stateful`.
"""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

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


DRAWS: dict[str, type[Draw]] = {"uniform": Uniform}
