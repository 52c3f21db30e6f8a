"""er, finetune and joint for sequence targets."""

from typing import Any

import gymnasium

from recollect.agents.joint import Everything
from recollect.agents.speech.listener import Listener
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.rows import Rows, num_rows


class SequenceFinetune(Listener):
    """Descends the loss of the new rows and remembers none. Its options are those of `Listener`."""

    memory = "none"


class SequenceER(Listener):
    """Descends the loss of new and replayed rows together, every token counting alike.

    With `replayed_per_new=None` the memory is mixed in as if it had been joined to the task's data, as in the published
    code of COCONUT's authors (Cappellazzo et al. 2024, arXiv 2310.02699): in one pass over the task as many rows are
    replayed as the memory holds. They are drawn by the memory, and not each once.

    Args:
        stream: a SAMPLE stream with sequence targets.
        replay: the memory.
        replayed_per_new: rows to replay for every new row, at least 0; None: the rows in memory by the task's rows.
        **options: those of `Listener`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(
        self, stream: gymnasium.Env, replay: ReplayStrategy, *, replayed_per_new: float | None = 1.0, **options: Any
    ) -> None:
        super().__init__(stream, replay, **options)
        if replayed_per_new is not None and not replayed_per_new >= 0:
            raise OptionError(f"replayed_per_new must be at least 0, or None, got {replayed_per_new!r}")
        self.natural = self.needs_tasks = replayed_per_new is None
        self.replayed_per_new = 0.0 if replayed_per_new is None else replayed_per_new

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Reckons how many rows are replayed for every new one."""
        super().begin_task(task, data)
        if self.natural:
            self.replayed_per_new = len(self.replay) / max(num_rows(data or {}), 1)


class SequenceJoint(Everything, Listener):
    """Descends the loss of a batch drawn from all logged rows of all tasks begun so far: the upper bound.

    Args:
        stream: a SAMPLE stream with sequence targets and logged data.
        replay: unused.
        replayed_per_new: rows beyond the new ones in each batch, per new row, at least 0.
        **options: those of `Listener`.

    Raises:
        OptionError: if an option lies outside its range.
    """
