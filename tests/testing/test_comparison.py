"""Differences between states, to the bit."""

import numpy as np
import pytest
import torch

from recollect.errors import CheckpointError
from recollect.testing.comparison import difference, each_row, find_row, frozen, shares_memory, through_checkpoint


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ({"a": np.array([np.nan])}, {"a": np.array([np.nan])}, ""),
        ((1, "x"), [1, "x"], ""),
        ({"a": torch.ones(2)}, {"a": np.ones(2, np.float32)}, ""),
        ({"a": [1, {"b": 0.5}]}, {"a": [1, {"b": 0.0}]}, "state.a[1].b: 0.5 and 0.0"),
        ({"a": 1}, {"b": 1}, "state: ['a'] and ['b']"),
        ([1], [1, 2], "state: 1 and 2 entries"),
        (np.ones(9, "f4"), np.ones(9, "f8"), "state: float32 (9,) and float64 (9,)"),
        ({"a": None}, {"a": 0}, "state.a: None and 0"),
    ],
)
def test_difference(one, other, told):
    assert difference(one, other) == told


def test_frozen_is_held_by_nobody_else():
    tree = {"a": np.zeros(2), "b": [torch.zeros(2)]}
    copy = frozen(tree)
    tree["a"][0] = tree["b"][0][0] = 7
    assert difference(copy, {"a": np.zeros(2), "b": [np.zeros(2, np.float32)]}) == ""
    assert shares_memory(tree, {"c": tree["a"][1:]})
    assert not shares_memory(tree, copy)


def test_through_checkpoint():
    state = {"a": np.arange(3), 4: [1.5, None, "x"], "t": torch.ones(2), "deep": {"b": np.float32(1)}}
    assert difference(through_checkpoint(state), state) == ""
    with pytest.raises(CheckpointError, match="cannot hold"):
        through_checkpoint({"a": object()})


def test_rows_are_found_by_all_fields():
    rows = {"x": np.array([[1.0, np.nan], [2, 3]]), "y": np.array([0, 1])}
    assert [find_row(row, rows, ["x", "y"]) for row in each_row(rows)] == [0, 1]
    assert find_row({"x": np.array([[2.0, 3]]), "y": np.array([0])}, rows, ["x", "y"]) == -1
    assert find_row({"x": np.array([[2.0, 3]], np.float32), "y": np.array([1])}, rows, ["x", "y"]) == -1
    assert each_row({}) == []
