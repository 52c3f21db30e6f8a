"""Rows: counted, taken, joined, padded, described, stacked and taken apart."""

import numpy as np
import pytest

from recollect.errors import DataError
from recollect.rows import concat, describe, leaves, num_rows, pad, stack, take, unstack


def test_num_rows():
    assert num_rows({}) == 0
    assert num_rows({"x": np.zeros((3, 2)), "y": np.zeros(3)}) == 3
    with pytest.raises(DataError, match=r"field 'x' has 3, field 'y' has 2"):
        num_rows({"x": np.zeros((3, 2)), "y": np.zeros(2)})


def test_take_copies():
    rows = {"x": np.arange(6.0).reshape(3, 2), "y": np.array([5, 6, 7])}
    for index in (np.array([2, 0, 2]), [2, 0, 2]):
        taken = take(rows, index)
        np.testing.assert_array_equal(taken["x"], [[4, 5], [0, 1], [4, 5]])
        np.testing.assert_array_equal(taken["y"], [7, 5, 7])
    taken["x"][:] = -1
    assert (rows["x"] >= 0).all()
    assert take(rows, np.array([True, False, True]))["y"].tolist() == [5, 7]
    assert take(rows, [])["x"].shape == (0, 2)


def test_take_from_a_file_leaves_the_file_alone(tmp_path):
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=(4, 2))
    mapped[:] = np.arange(8).reshape(4, 2)
    taken = take({"x": mapped}, np.arange(4))["x"]
    assert type(taken) is np.ndarray  # in memory
    taken[:] = 9
    mapped.flush()
    assert np.fromfile(tmp_path / "x", np.float32).tolist() == list(range(8))


def test_concat_keeps_the_fields_that_all_parts_have():
    new = {"x": np.array([1, 2]), "y": np.array([3, 4]), "task": np.array([0, 0])}
    replayed = {"y": np.array([5]), "x": np.array([6]), "index": np.array([9])}
    joined = concat([{}, new, {"z": np.zeros(0)}, replayed])
    assert list(joined) == ["x", "y"]
    assert joined["x"].tolist() == [1, 2, 6]
    assert joined["y"].tolist() == [3, 4, 5]
    assert concat([{}, {"x": np.zeros(0)}]) == {}
    alone = concat([{}, new])
    alone["x"][:] = 0
    assert new["x"].tolist() == [1, 2]


def test_pad():
    padded, mask = pad([np.array([1, 2, 3], np.int16), np.array([], np.int16), np.array([4], np.int16)])
    assert padded.tolist() == [[1, 2, 3], [0, 0, 0], [4, 0, 0]]
    assert mask.tolist() == [[True] * 3, [False] * 3, [True, False, False]]
    assert padded.dtype == np.int16
    wide, mask = pad([np.ones((1, 2))], length=3)
    assert wide.tolist() == [[[1, 1], [0, 0], [0, 0]]]
    assert mask.tolist() == [[True, False, False]]
    with pytest.raises(DataError, match="a sequence of 3 does not fit the length 2"):
        pad([np.zeros(1), np.zeros(3)], length=2)
    with pytest.raises(DataError, match="at least one sequence, got none"):
        pad([])


def test_describe():
    rows = {"x": np.zeros((32, 64), np.float32), "y": np.zeros(32, np.int64)}
    assert describe(rows) == "x float32 (32, 64) | y int64 (32,)"
    assert describe({}) == "no rows"


def test_leaves_are_copies_with_their_path():
    obs = {"elements": np.ones((2, 3)), "user": {"age": np.array([4, 5])}}
    rows = leaves("obs", obs)
    assert set(rows) == {"obs/elements", "obs/user/age"}
    rows["obs/user/age"][:] = 0
    assert obs["user"]["age"].tolist() == [4, 5]
    plain = np.array([1, 2])
    leaves("act", plain)["act"][:] = 0
    assert plain.tolist() == [1, 2]


def test_stack_and_unstack_undo_each_other():
    first = {"picture": np.array([1, 2], np.uint8), "told": {"goal": 3, "words": "open it"}}
    second = {"picture": np.array([3, 4], np.uint8), "told": {"goal": 5, "words": "shut"}}
    batch = stack([first, second])
    assert batch["picture"].tolist() == [[1, 2], [3, 4]]
    assert batch["picture"].dtype == np.uint8
    assert batch["told"]["goal"].tolist() == [3, 5]
    assert batch["told"]["words"].tolist() == ["open it", "shut"]
    apart = unstack(batch, 2)
    assert apart[1]["picture"].tolist() == [3, 4]
    assert apart[0]["told"] == {"goal": 3, "words": "open it"}
    assert stack(["a", "bcd"]).tolist() == ["a", "bcd"]
    assert unstack(np.array([[1, 2], [3, 4]]), 2)[1].tolist() == [3, 4]
    one = np.zeros(2)
    stack([one])[:] = 1
    assert one.tolist() == [0, 0]  # a copy, also of one
