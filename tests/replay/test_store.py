import copy
import os
import re

import numpy as np
import pytest

from recollect.errors import CheckpointError, DataError
from recollect.replay.store import Store


@pytest.fixture(params=["memory", "file"])
def store(request, tmp_path):
    return Store(8, None if request.param == "memory" else tmp_path)


def put(store, slots, rows, arrival=0):
    store.write(slots, store.check(rows), arrival)


def test_rows_come_back_with_dtype_shape_and_order_of_fields(store, numbered, whole):
    rows = numbered(0, 6)
    put(store, range(6), rows)
    taken = store.take(np.array([5, 0, 0, 3]))
    assert list(taken) == [*rows, "index"]
    assert taken["y"].tolist() == [5, 0, 0, 3]
    assert taken["index"].tolist() == [5 * 8 + 5, 0, 0, 3 * 8 + 3]
    whole(taken)
    for field, values in rows.items():
        assert taken[field].dtype == values.dtype
        assert taken[field].shape == (4, *values.shape[1:])
        assert taken[field].flags.aligned


@pytest.mark.parametrize("count", range(1, 20))
def test_a_run_wraps_around_the_end(store, numbered, whole, count):
    put(store, range(8), numbered(100, 8))
    put(store, range(5, 5 + count), numbered(200, count), arrival=8)
    expected = list(range(100, 108))
    for i in range(count):
        expected[(5 + i) % 8] = 200 + i
    taken = store.take(np.arange(8))
    assert taken["y"].tolist() == expected
    whole(taken)
    arrivals = [y - 200 + 8 if y >= 200 else y - 100 for y in expected]
    assert taken["index"].tolist() == [arrival * 8 + slot for slot, arrival in enumerate(arrivals)]


def test_chosen_slots(store, numbered, whole):
    put(store, range(8), numbered(0, 8))
    put(store, np.array([2, -1, 7, 2, -1]), numbered(50, 5), arrival=8)  # row 53 after row 50 in slot 2
    put(store, np.array([-1, -1]), numbered(60, 2), arrival=13)
    put(store, np.array([-1, 4]), numbered(70, 2), arrival=15)  # a single one is written as bytes
    taken = store.take(np.arange(8))
    assert taken["y"].tolist() == [0, 1, 53, 3, 71, 5, 6, 52]
    assert taken["index"][[2, 4, 7]].tolist() == [11 * 8 + 2, 16 * 8 + 4, 10 * 8 + 7]
    whole(taken)


def test_one_row_of_every_dtype_as_bytes():
    rows = {
        "a": np.array([[1 + 2j, 3]], np.complex128),
        "b": np.array([7], np.int8),
        "c": np.array([1.5], np.longdouble),  # aligned to 16 bytes: a gap behind the index
        "d": np.array([["né", "x"]]),
        "e": np.array([[1, 2], [3, 4]], ">i4")[None].transpose(0, 2, 1),  # not contiguous, other byte order
        "f": np.zeros((1, 0), np.float32),
    }
    store = Store(3)
    for slot in range(3):
        put(store, range(slot, slot + 1), rows, arrival=slot)
    taken = store.take(np.array([1]))
    for field, values in rows.items():
        np.testing.assert_array_equal(taken[field], values)
        assert taken[field].dtype == values.dtype
    assert taken["index"].tolist() == [4]


@pytest.mark.parametrize(
    "values",
    [
        np.array(["2020-02-29"], "datetime64[D]"),  # gives no buffer to join
        np.arange(12)[::2][None],  # nor does what is not contiguous
    ],
)
def test_one_row_that_gives_no_buffer(values):
    store = Store(3)
    put(store, range(1, 2), {"y": np.zeros(1), "x": values})
    np.testing.assert_array_equal(store.take(np.array([1]))["x"], values)


def test_what_is_taken_is_safe_from_later_writes(store, numbered, whole):
    put(store, range(8), numbered(0, 8))
    first, second = store.take(np.arange(8)), store.take(np.arange(8))
    second["obs"][:] = -1
    put(store, range(8), numbered(90, 8), arrival=8)
    assert first["y"].tolist() == list(range(8))
    whole(first)
    for values in first.values():
        assert values.flags.writeable
        assert not np.shares_memory(values, store.records)


def test_slots_that_are_not_filled_are_never_handed_out(store, numbered):
    put(store, range(5), numbered(0, 5))
    with pytest.raises(IndexError):
        store.take(np.array([0, 5]))


def test_rows_may_be_changed_after_they_were_written(store, numbered, whole):
    rows = numbered(0, 3)
    put(store, range(3), rows)
    for values in rows.values():
        values[:] = values[0]
    whole(store.take(np.arange(3)))


@pytest.mark.parametrize("rows", [{}, {"x": np.zeros((0, 3))}, {"other": np.zeros(0)}, {"index": np.arange(3)}])
def test_no_rows_are_no_rows(store, numbered, rows):
    assert store.check(rows) == {}
    store.check(numbered(0, 2))
    assert store.check(rows) == {}


def test_an_index_of_their_own_is_lost(store):
    put(store, range(2), {"index": np.array([77, 78]), "y": np.array([1, 2])})
    assert store.take(np.arange(2))["index"].tolist() == [0, 9]


def broken(rows, **changes):
    return {field: values for field, values in {**rows, **changes}.items() if values is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.arange(4)}, "rows of unequal length: field 'obs' has 3, field 'y' has 4"),
        ({"y": None}, "field 'y' is missing: this memory holds rows with obs, terminated, x, y, name, got rows with"),
        ({"task": np.zeros(3)}, "field 'task' is new: this memory holds rows with obs, terminated, x, y, name"),
        ({"y": np.arange(3.0)}, "field 'y' changed dtype: this memory holds int64, as in its first rows, got float64"),
        ({"x": np.zeros((3, 2, 3), np.uint8)}, "field 'x' changed shape: a row of this memory has (2, 2)"),
        ({"name": np.array(["a", "b", "c" * 10])}, "field 'name' holds strings of up to 9 characters"),
        ({"y": np.array(3)}, "field 'y' must hold one entry per row, (N, ...), got the single value 3"),
    ],
)
def test_rows_of_another_form_change_nothing(store, numbered, changes, message):
    put(store, range(8), numbered(0, 8))
    before = store.records.copy()
    for _ in range(2):
        with pytest.raises(DataError, match=re.escape(message)):
            store.check(broken(numbered(8, 3), **changes))
    np.testing.assert_array_equal(store.records, before)
    put(store, range(3), numbered(8, 3), arrival=8)  # rows as they should be are still welcome
    assert store.take(np.arange(3))["y"].tolist() == [8, 9, 10]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": np.arange(8.0)}, "changed dtype"),
        ({"x": np.zeros((8, 2, 3), np.uint8)}, "changed shape"),
        ({"task": np.zeros(8)}, "field 'task' is new"),
        ({"x": [0] * 8}, "changed shape"),
    ],
)
def test_one_field_of_another_form_is_noticed_among_rows_as_many_as_the_last(store, numbered, changes, message):
    first, later = ({f: v for f, v in numbered(start, 8).items() if f != "name"} for start in (0, 8))
    put(store, range(8), first)
    assert store.check(later) is later
    with pytest.raises(DataError, match=message):
        store.check(later | changes)


def test_bad_first_rows_fix_nothing(store):
    with pytest.raises(DataError, match="unequal length"):
        store.check({"x": np.zeros(3), "y": np.zeros(2)})
    with pytest.raises(DataError, match="dtype object"):
        store.check({"x": np.array([None])})
    put(store, range(1), {"z": np.zeros(1)})
    assert store.fields == ("z",)


def test_fields_in_another_order_and_lists_are_the_same_rows(store, numbered, whole):
    put(store, range(2), numbered(0, 2))
    put(store, range(2, 4), dict(reversed(numbered(2, 2).items())), arrival=2)
    put(
        store,
        range(4, 6),
        {field: values.tolist() for field, values in numbered(4, 2).items()}
        | {"obs": numbered(4, 2)["obs"], "x": numbered(4, 2)["x"]},
        arrival=4,
    )
    taken = store.take(np.arange(6))
    assert taken["y"].tolist() == list(range(6))
    whole(taken)


def test_find_knows_which_rows_are_still_there(store, numbered):
    assert store.find(np.array([0, -1])).tolist() == [-1, -1]
    put(store, range(6), numbered(0, 6))
    index = store.take(np.arange(6))["index"]
    assert store.find(index).tolist() == list(range(6))
    assert store.find(np.array([-1, 6 * 8 + 6, -8, 10**12])).tolist() == [-1, -1, -1, -1]
    put(store, range(6, 10), numbered(6, 4), arrival=6)  # overwrites slots 0 and 1
    assert store.find(index).tolist() == [-1, -1, 2, 3, 4, 5]
    assert store.find(store.take(np.array([1]))["index"]).tolist() == [1]


def test_rows_that_were_forgotten_are_not_found(store, numbered):
    put(store, range(8), numbered(0, 8))
    index = store.take(np.arange(8))["index"]
    store.clear()
    put(store, range(2), numbered(8, 2), arrival=8)
    assert store.find(index).tolist() == [-1] * 8


def test_a_state_holds_filled_slots_only_and_comes_back(store, numbered, whole):
    put(store, range(5), numbered(0, 5))
    state = store.state_dict()
    assert {len(values) for values in state["rows"].values()} == {5}
    again = Store(8)
    again.load_state_dict(state)
    put(store, range(5, 9), numbered(40, 4), arrival=5)
    assert len(again) == 5
    assert again.fields == store.fields
    whole(again.take(np.arange(5)))
    put(again, range(5, 9), numbered(40, 4), arrival=5)
    for field, values in store.take(np.arange(8)).items():
        np.testing.assert_array_equal(again.take(np.arange(8))[field], values)


def test_an_empty_state_comes_back():
    again = Store(8)
    again.load_state_dict(Store(8).state_dict())
    assert (len(again), again.fields) == (0, ())


def test_a_state_of_another_capacity_is_refused(store, numbered):
    put(store, range(5), numbered(0, 5))
    with pytest.raises(CheckpointError, match="a memory of capacity 8, this one has 9"):
        Store(9).load_state_dict(store.state_dict())


@pytest.mark.parametrize("twin", [copy.copy, copy.deepcopy])
def test_a_copy_goes_its_own_way(store, numbered, whole, twin):
    put(store, range(4), numbered(0, 4))
    other = twin(store)
    put(other, range(4), numbered(30, 4), arrival=4)
    assert store.take(np.arange(4))["y"].tolist() == [0, 1, 2, 3]
    assert other.take(np.arange(4))["y"].tolist() == [30, 31, 32, 33]
    whole(other.take(np.arange(4)))


def test_a_file_leaves_nothing_behind(tmp_path, numbered):
    store = Store(1000, tmp_path)
    put(store, range(5), numbered(0, 5))
    assert os.listdir(tmp_path) == []
    del store
    assert os.listdir(tmp_path) == []


def test_the_form_of_rows_outlives_a_checkpoint_without_any():
    store, other = Store(4), Store(4)
    store.check({"x": np.zeros((2, 3), np.float32), "y": np.arange(2)})
    other.load_state_dict(copy.deepcopy(store.state_dict()))
    assert len(other) == 0
    assert other.fields == ("x", "y")
    with pytest.raises(DataError, match="x"):
        other.check({"x": np.zeros((2, 5), np.float32), "y": np.arange(2)})
