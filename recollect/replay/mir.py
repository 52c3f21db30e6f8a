"""Maximally interfered retrieval: the remembered rows that the new ones would hurt most."""

from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.errors import OptionError
from recollect.replay.draw import Draw
from recollect.replay.stored import Reservoir
from recollect.rows import Rows

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay


class MostInterfered:
    """Of random candidates those whose loss would grow most by one step on the rows in `like`.

    Args:
        candidates: how many are drawn uniformly, without replacement; at least 1.
    """

    asks = ("losses",)

    def __init__(self, candidates: int = 50) -> None:
        if isinstance(candidates, bool) or not isinstance(candidates, int) or candidates < 1:
            raise OptionError(f"candidates must be a whole number of at least 1, got {candidates!r}")
        self.candidates = candidates

    def slots(self, n: int, like: Rows | None, memory: "StoredReplay") -> np.ndarray:
        """Up to n distinct slots, the most interfered first; random ones where `like` has no labelled rows."""
        candidates = memory.rng.permutation(len(memory))[: max(self.candidates, n)]
        if n >= len(candidates) or not like or "y" not in like:
            return candidates[:n]
        rows, agent = memory.store.take(candidates), memory.asked
        growth = agent.losses(rows, after=like) - agent.losses(rows)  # (candidates,)
        return candidates[np.argsort(-growth, kind="stable")[:n]]


class MIR(Reservoir):
    """Maximally interfered retrieval (Aljundi et al. 2019, arXiv:1908.04742, section 3.1, ER-MIR, criterion MI-1).

    A reservoir. `sample(n, like=new)` draws `candidates` of its rows and gives the n with the largest
    l(f_v(x), y) - l(f(x), y), where v = theta - lr * gradient of the new rows' mean loss: their gradient alone, plain
    SGD at the agent's learning rate. Both losses are taken in eval mode, so that normalisation statistics stay as they
    are (published code measures in train mode, and moves them). The criterion MI-2 is left out.

    Args:
        capacity: rows over all tasks.
        candidates: C; raised to n where fewer (paper: 50).
        **options: those of `Reservoir`.

    Raises:
        OptionError: if `candidates` is not a whole number of at least 1.
    """

    reads = ("x", "y")
    asks = ("losses",)

    def __init__(self, capacity: int, *, candidates: int = 50, draw: str | Draw | None = None, **options: Any) -> None:
        super().__init__(capacity, draw=MostInterfered(candidates) if draw is None else draw, **options)
