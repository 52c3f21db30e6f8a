from types import SimpleNamespace

import numpy as np
import pytest

from recollect.errors import DataError
from recollect.replay.ending import asked, chunks, finished, logged
from recollect.replay.stored import StoredReplay

ROWS = {"x": np.arange(1234.0), "y": np.arange(1234) % 3}


def test_chunks_are_the_rows_in_order():
    parts = list(chunks(ROWS))
    assert [len(part["x"]) for part in parts] == [500, 500, 234]
    np.testing.assert_array_equal(np.concatenate([part["y"] for part in parts]), ROWS["y"])


def test_answers_come_in_order():
    np.testing.assert_array_equal(asked(lambda rows: rows["x"][:, None] ** 2, ROWS), ROWS["x"][:, None] ** 2)


def test_lived_tasks_are_refused_with_a_way_out():
    assert logged(ROWS, "it") is ROWS
    with pytest.raises(DataError, match=r"^it is filled from .* has none: take a memory that is filled as rows come"):
        logged(None, "it")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [((), ["step", "task", "x"]), (("x", "step", "task"), ["step", "task", "x"]), (("x", "step"), ["step", "x"])],
)
def test_task_and_step_are_added_where_met_rows_have_them(fields, expected):
    memory = StoredReplay(5)
    memory.bind(SimpleNamespace(replay_batch=None, annotate=lambda rows: rows))
    if fields:
        memory.add({field: np.zeros(2, int) for field in fields})
    rows = finished(memory, {"x": np.arange(3)}, 4, 9)
    assert sorted(rows) == expected
    assert rows["step"].tolist() == [9] * 3
    assert rows.get("task", np.full(3, 4)).tolist() == [4] * 3
