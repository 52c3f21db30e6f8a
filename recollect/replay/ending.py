"""Filling a memory from a task's logged rows when the task ends. Used by strategies that do."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from recollect.errors import DataError
from recollect.rows import Rows, num_rows, take

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay

CHUNK = 500  # rows that the agent is asked about at a time


def chunks(rows: Rows) -> Iterator[Rows]:
    """`rows` in their order, CHUNK at a time."""
    count = num_rows(rows)
    for start in range(0, count, CHUNK):
        yield take(rows, np.arange(start, min(start + CHUNK, count)))


def asked(ask: Callable[[Rows], np.ndarray], rows: Rows) -> np.ndarray:
    """What the agent answers for each row, (n, ...), a chunk at a time."""
    return np.concatenate([ask(chunk) for chunk in chunks(rows)])


def logged(data: Rows | None, what: str) -> Rows:
    """`data`, if there is any.

    Raises:
        DataError: where a task has no logged rows.
    """
    if data is None:
        raise DataError(
            f"{what} is filled from the logged rows of each task, and this stream is lived and has none: take a "
            "memory that is filled as rows come, such as balanced-by-task with filled='online'"
        )
    return data


def finished(memory: "StoredReplay", rows: Rows, task: int, step: int) -> Rows:
    """Logged rows as the agent would have met them: annotated, with the `task` and the `step` of their remembering."""
    met = dict(memory.agent.annotate(rows))
    count = num_rows(rows)
    for field, value in (("step", step), ("task", task)):
        if field in memory.store.fields or not memory.store.fields:
            met[field] = np.full(count, value)
    return met
