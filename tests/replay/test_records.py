import errno
import os
import re
import resource
import shutil
from types import SimpleNamespace

import numpy as np
import pytest

from recollect.errors import DataError
from recollect.replay.records import allocate, fitted, record_type
from recollect.replay.stored import Fifo


def test_fields_lie_side_by_side_without_gaps():
    rows = {
        "obs": np.zeros((4, 17), np.float32),
        "done": np.zeros(4, bool),
        "z": np.zeros((4, 3), np.float64),
        "x": np.zeros((4, 5), np.uint8),
    }
    dtype = record_type(rows)
    offsets = {name: dtype.fields[name][1] for name in dtype.names}
    assert offsets == {"index": 0, "z": 8, "obs": 32, "done": 100, "x": 101}
    assert dtype.itemsize == 112  # 106 bytes, aligned to 8
    assert dtype["x"] == np.dtype((np.uint8, (5,)))


def test_objects_are_refused():
    with pytest.raises(DataError, match=r"field 'x' has dtype object, which cannot be stored.*pad"):
        record_type({"x": np.array([None, [1]], dtype=object)})


def test_a_file_behaves_like_memory_and_has_no_name(tmp_path):
    folder = tmp_path / "deep" / "down"
    dtype = np.dtype([("index", np.int64), ("x", np.uint8, (3,))], align=True)
    disk, ram = allocate(5, dtype, folder), allocate(5, dtype, None)
    assert list(folder.iterdir()) == []
    for records in (disk, ram):
        assert type(records) is np.ndarray
        records["x"][:] = np.arange(15).reshape(5, 3)
        records["index"][:] = np.arange(5)
    np.testing.assert_array_equal(disk["x"], ram["x"])
    assert disk.shape == (5,)
    assert disk.dtype == ram.dtype


def test_too_little_memory_names_the_size_and_the_way_out():
    dtype = np.dtype([("index", np.int64), ("x", np.float64, (1000,))])
    with pytest.raises(DataError, match=r"1000000000000 rows of 8008 bytes needs 8.01e\+06 GB of RAM.*directory"):
        allocate(10**12, dtype, None)


def test_a_full_disk_is_noticed_before_anything_is_written(tmp_path):
    dtype = np.dtype([("index", np.int64), ("x", np.float64, (1000,))])
    with pytest.raises(DataError, match=r"needs 8.01e\+06 GB in the folder .*No space left.*lower the capacity"):
        allocate(10**12, dtype, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_while_it_is_reserved(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full, raising=False)
    with pytest.raises(DataError, match="No space left on device"):
        allocate(5, np.dtype([("index", np.int64)]), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def small_disk():
    """Files of at most 64 kB, as on a disk that is full beyond."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, hard))
    yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_nothing(tmp_path, small_disk):
    fits, large = Fifo(100, directory=tmp_path), Fifo(1000, directory=tmp_path)
    rows = {"x": np.arange(500.0).reshape(5, 100)}
    fits_rows = {"x": np.arange(5.0)}
    fits.add(fits_rows)
    with pytest.raises(DataError, match=r"1000 rows of 808 bytes needs 0.000808 GB in the folder .*Now free some disk"):
        large.add(rows)
    assert (len(large), large.offered, large.sample(3)) == (0, 0, {})
    fits.add(fits_rows)  # what was there before goes on
    assert sorted(fits.sample(10)["x"]) == sorted([*range(5), *range(5)])
    small_disk()
    large.add(rows)  # and so does the other, once there is room
    np.testing.assert_array_equal(np.sort(large.sample(5)["x"][:, 0]), rows["x"][:, 0])


def test_a_file_may_be_larger_than_memory(tmp_path, monkeypatch):
    """Only what is written takes room on disk here: the file is sparse where nothing reserves it."""
    dtype = np.dtype([("index", np.int64), ("x", np.uint8, (4088,))])
    capacity = 2 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // dtype.itemsize  # twice all of it
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=2 * capacity * dtype.itemsize))
    memory = Fifo(capacity, directory=tmp_path, seed=0)
    row = np.arange(8 * 4088).reshape(8, 4088).astype(np.uint8)
    memory.add({"x": row[:4]})
    memory.offered = capacity - 2  # as if the ring had nearly come round
    memory.add({"x": row[4:]})
    assert len(memory) == capacity
    slots = np.array([capacity - 1, 0, 3, capacity - 2, 1, 2])
    taken = memory.store.take(slots)
    np.testing.assert_array_equal(taken["x"], row[[5, 6, 3, 4, 7, 2]])
    assert memory.find(taken["index"]).tolist() == slots.tolist()
    assert memory.nbytes == capacity * dtype.itemsize


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataError, match=r"taken.*give another directory"):
        allocate(5, np.dtype([("index", np.int64)]), tmp_path / "taken")


def test_values_of_the_same_form_are_not_copied():
    column, values = np.zeros((9, 2), np.float32), np.ones((3, 2), np.float32)
    assert fitted("x", values, column) is values


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.ones((3, 2)), "field 'x' changed dtype: this memory holds float32, as in its first rows, got float64"),
        (np.ones((3, 2), int), "got int64. Convert it before it is offered: rows['x'].astype('float32')"),
        (np.ones((3, 4), np.float32), "field 'x' changed shape: a row of this memory has (2,)"),
        (np.ones(3, np.float32), "as in its first rows, got ()"),
    ],
)
def test_another_form_is_refused(values, message):
    with pytest.raises(DataError, match=re.escape(message)):
        fitted("x", values, np.zeros((9, 2), np.float32))


@pytest.mark.parametrize("kind", ["U", "S"])
def test_strings_keep_the_width_of_the_first_rows(kind):
    column = np.array(["abcde"], f"{kind}5")
    for values in (np.array(["x", "yz"], f"{kind}2"), np.array(["x", "yz"], f"{kind}9")):
        fit = fitted("name", values, column)
        assert fit.dtype == column.dtype
        np.testing.assert_array_equal(fit, values)
    with pytest.raises(DataError, match=rf"field 'name' holds strings of up to 5 characters.*got one of 7.*{kind}7"):
        fitted("name", np.array(["x", "abcdefg"], f"{kind}7"), column)
