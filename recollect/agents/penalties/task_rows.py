"""TaskRows: the rows of the running task, for what a penalty measures at its end."""

from typing import ClassVar

import numpy as np

from recollect.errors import OptionError
from recollect.rows import Rows, num_rows, take
from recollect.state import Stateful


class TaskRows(Stateful):
    """Up to `samples` rows of a task, drawn uniformly.

    Where the stream logs its rows they are drawn from the log, and nothing is kept. Where it is lived they come out of
    a reservoir (Vitter's algorithm R) of the rows met since the task began; its bytes are counted.

    Args:
        samples: rows at most.
        seed: of the draws.

    Raises:
        OptionError: unless `samples` is a whole number of at least 1.
    """

    saved_elsewhere: ClassVar[frozenset[str]] = Stateful.saved_elsewhere | {"last"}

    def __init__(self, samples: int, seed: int = 0) -> None:
        if isinstance(samples, bool) or not isinstance(samples, int | np.integer) or samples < 1:
            raise OptionError(f"samples must be a whole number of rows, at least 1, got {samples!r}")
        self.samples, self.rng = int(samples), np.random.default_rng(seed)
        self.logged, self.met = False, 0
        self.rows: Rows = {}  # the reservoir, (samples, ...)
        self.last: Rows | None = None  # met already: an agent may take several steps on the same new rows

    def begin(self, data: Rows | None) -> None:
        """A task begins: nothing of it has been met."""
        self.logged, self.met, self.rows, self.last = bool(num_rows(data or {})), 0, {}, None

    def meet(self, new: Rows) -> None:
        """Offers new rows; the same object twice in a row counts once."""
        count = num_rows(new)
        if self.logged or not count or new is self.last:
            return
        self.last = new
        if not self.rows:
            self.rows = {field: np.zeros((self.samples, *v.shape[1:]), v.dtype) for field, v in new.items()}
        order = np.arange(self.met, self.met + count)
        slots = np.where(order < self.samples, order, self.rng.integers(0, order + 1))
        kept = np.flatnonzero(slots < self.samples)
        for field, stored in self.rows.items():
            stored[slots[kept]] = new[field][kept]
        self.met += count

    def draw(self, data: Rows | None) -> Rows:
        """The rows: out of `data` where the task is logged, without replacement; else the reservoir."""
        if not self.logged:
            return take(self.rows, np.arange(min(self.met, self.samples)))
        total = num_rows(data or {})
        return take(data or {}, np.sort(self.rng.choice(total, min(total, self.samples), replace=False)))
