"""Strategies that share the capacity among classes or tasks."""

from typing import Any, Literal

import numpy as np

from recollect.errors import OptionError
from recollect.replay.ending import chunks, finished, logged
from recollect.replay.keep import Keep
from recollect.replay.stored import StoredReplay
from recollect.rows import Rows


class Balanced(StoredReplay):
    """The same share of the capacity for every class met so far, and in it a uniform sample of its rows.

    See `recollect.replay.grouped.Balanced` for the rule (Chaudhry et al. 2019, arXiv:1902.10486; Avalanche's
    class-balanced buffer). With `filled="task-end"` it is the memory of De Lange et al. 2023 (arXiv:2205.13452, ER):
    it changes only when a task ends, from that task's logged rows, each offered once, so that no row of the current
    task is replayed; add `draw="class-uniform"` for their retrieval. What the agent annotates (logits) is then of the
    network at the task's end, and `step` the step of the last row met. "online" offers every row that comes; in a
    second pass over the data it comes again, and may be kept twice.

    Args:
        capacity: rows over all classes.
        keep: as for `StoredReplay`.
        filled: "online", as rows come, or "task-end".
        **options: those of `StoredReplay`.

    Raises:
        OptionError: for another `filled`.
        DataError: at the beginning of a task without logged rows, if filled at task ends.
    """

    reads = ("y",)
    targets = ("class", "sequence")

    def __init__(
        self,
        capacity: int,
        *,
        keep: str | Keep = "balanced-by-class",
        filled: Literal["online", "task-end"] = "online",
        **options: Any,
    ) -> None:
        super().__init__(capacity, keep=keep, **options)
        if filled not in ("online", "task-end"):
            raise OptionError(f"replay option filled must be 'online' or 'task-end', got {filled!r}")
        self.filled, self.step = filled, 0  # step: of the last row met
        if filled == "task-end":
            self.needs_tasks = self.needs_data = True

    def add(self, rows: Rows) -> None:
        """Offers new rows; filled at task ends, it only looks at their form.

        Raises:
            DataError: as for `StoredReplay`.
        """
        if self.filled == "online":
            super().add(rows)
        elif rows := self.store.check(rows):
            self.step = int(np.max(rows.get("step", 0)))

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Filled at task ends, it refuses a task that it could not be filled from."""
        if self.filled == "task-end":
            logged(data, "a balanced memory with filled='task-end'")

    def end_task(self, task: int, data: Rows | None) -> None:
        """Filled at task ends, it is offered the rows of the task."""
        if self.filled == "task-end":
            for rows in chunks(logged(data, "a balanced memory with filled='task-end'")):
                super().add(finished(self, rows, task, self.step))


class BalancedByTask(Balanced):
    """The same share of the capacity for every task met so far, and in it a uniform sample of its rows."""

    reads = ("task",)
    targets = ()

    def __init__(self, capacity: int, *, keep: str | Keep = "balanced-by-task", **options: Any) -> None:
        super().__init__(capacity, keep=keep, **options)


class RingByClass(StoredReplay):
    """The same share of the capacity for every class met so far, and in it its newest rows.

    The ring buffer of Chaudhry et al. 2019 (arXiv:1902.10486, section 4); see `recollect.replay.grouped.Rings`.
    """

    reads = ("y",)
    targets = ("class", "sequence")

    def __init__(self, capacity: int, *, keep: str | Keep = "ring-by-class", **options: Any) -> None:
        super().__init__(capacity, keep=keep, **options)


class RingByTask(StoredReplay):
    """The same share of the capacity for every task met so far, and in it its newest rows.

    The episodic memories of GEM and A-GEM (Lopez-Paz & Ranzato 2017, arXiv:1706.08840; Chaudhry et al. 2019,
    arXiv:1812.00420), as one memory; see `recollect.replay.grouped.Rings`.
    """

    reads = ("task",)

    def __init__(self, capacity: int, *, keep: str | Keep = "ring-by-task", **options: Any) -> None:
        super().__init__(capacity, keep=keep, **options)


class GreedyBalancer(StoredReplay):
    """GDumb's memory (Prabhu, Torr & Dokania 2020): classes are balanced greedily; see `grouped.Greedy`."""

    reads = ("y",)
    targets = ("class", "sequence")

    def __init__(self, capacity: int, *, keep: str | Keep = "greedy-by-class", **options: Any) -> None:
        super().__init__(capacity, keep=keep, **options)


class Balancoir(StoredReplay):
    """A reservoir whose new rows take the slots of the largest class (Buzzega et al. 2020, arXiv:2010.05595, "BRS").

    See `recollect.replay.grouped.Balancoir`.
    """

    reads = ("y",)
    targets = ("class", "sequence")

    def __init__(self, capacity: int, *, keep: str | Keep = "balancoir", **options: Any) -> None:
        super().__init__(capacity, keep=keep, **options)
