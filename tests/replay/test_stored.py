from types import SimpleNamespace

import numpy as np
import pytest

import recollect
from recollect import checkpoint
from recollect.errors import DataError, OptionError, UnknownName
from recollect.replay.keep import Ring
from recollect.replay.stored import Fifo, Reservoir, StoredReplay

STRATEGIES = pytest.mark.parametrize("cls", [Fifo, Reservoir])


def same(first, second):
    assert list(first) == list(second)
    for field, values in first.items():
        assert values.dtype == second[field].dtype
        np.testing.assert_array_equal(values, second[field])


@STRATEGIES
def test_rows_are_kept_whole(cls, numbered, whole):
    memory, start = cls(16, seed=2), 0
    for count in (1, 5, 16, 3, 40, 1, 1, 7):
        memory.add(numbered(start, count))
        start += count
        rows = memory.sample(12)
        whole(rows)
        assert len(memory) == min(start, 16)
        assert rows["index"].dtype == np.int64
        np.testing.assert_array_equal(rows["index"] // 16, rows["y"])  # the arrival
        np.testing.assert_array_equal(memory.find(rows["index"]), rows["index"] % 16)  # the slot


def test_an_old_index_is_found_out(numbered):
    memory = Fifo(4)
    memory.add(numbered(0, 4))
    old = memory.sample(4)["index"]
    memory.feedback(old, priority=np.ones(4))
    memory.add(numbered(4, 2))
    assert sorted(memory.find(old)) == [-1, -1, 2, 3]
    assert memory.find(np.array([-1, -7])).tolist() == [-1, -1]


@STRATEGIES
def test_an_empty_memory(cls):
    memory = cls(5)
    assert memory.sample(3) == {}
    assert len(memory) == memory.nbytes == 0
    assert bool(memory)
    memory.add({})
    memory.add({"x": np.zeros((0, 2))})
    assert len(memory) == memory.offered == 0
    assert memory.find(np.array([3])).tolist() == [-1]


def test_zero_rows_are_no_rows(numbered):
    memory = Fifo(5)
    memory.add(numbered(0, 3))
    assert memory.sample(0) == {}
    assert len(memory.sample(np.int64(2))["y"]) == 2


@pytest.mark.parametrize("n", [-1, 2.0, True, "3", None])
def test_bad_n(numbered, n):
    memory = Fifo(5)
    memory.add(numbered(0, 3))
    with pytest.raises(OptionError, match="n, the number of rows to sample"):
        memory.sample(n)


@STRATEGIES
@pytest.mark.parametrize("capacity", [0, -3, True, 10.0, "10", None])
def test_bad_capacity(cls, capacity):
    with pytest.raises(OptionError, match="capacity must be a whole number of rows, at least 1"):
        cls(capacity)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"replace": 1}, "option replace"), ({"directory": 5}, "option directory"), ({"draw": 5}, "option draw")],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        Fifo(5, **options)


def test_unknown_parts_are_named_with_what_is_near():
    with pytest.raises(UnknownName, match=r"keep 'rign' does not exist. Did you mean ring\?"):
        StoredReplay(5, keep="rign")
    with pytest.raises(UnknownName, match="draw 'uniformly'"):
        StoredReplay(5, draw="uniformly")


def test_parts_are_exchanged_by_name_or_given(numbered):
    ring = recollect.make_replay("reservoir", 4, keep="ring", draw="uniform")
    given = StoredReplay(4, keep=Ring())
    for memory in (ring, given):
        memory.add(numbered(0, 9))
        assert sorted(memory.sample(4)["y"]) == [5, 6, 7, 8]


@pytest.mark.parametrize(
    ("replace", "replay_batch", "expected"),
    [(None, 32, True), (None, None, False), (False, 32, False), (True, None, True)],
)
def test_the_agent_decides_on_replacement_unless_told(replace, replay_batch, expected):
    memory = Fifo(5, replace=replace)
    memory.bind(SimpleNamespace(replay_batch=replay_batch))
    assert memory.replace is expected
    memory.add({"y": np.arange(3)})
    assert len(memory.sample(10)["y"]) == (10 if expected else 3)


@STRATEGIES
def test_refused_rows_change_nothing(cls, numbered):
    memory, twin = cls(4, seed=1), cls(4, seed=1)
    for one in (memory, twin):
        one.add(numbered(0, 9))
    with pytest.raises(DataError, match="field 'y' is missing"):
        memory.add({field: values for field, values in numbered(9, 5).items() if field != "y"})
    with pytest.raises(DataError, match="unequal length"):
        memory.add({**numbered(9, 5), "y": np.arange(3)})
    for one in (memory, twin):
        one.add(numbered(9, 30))
    same(memory.sample(3), twin.sample(3))
    assert memory.offered == twin.offered == 39


@STRATEGIES
@pytest.mark.parametrize("replace", [True, False])
def test_a_file_and_memory_draw_the_same_bits(cls, replace, numbered, tmp_path):
    ram, disk = cls(16, replace=replace, seed=3), cls(16, replace=replace, seed=3, directory=tmp_path)
    start = 0
    for count in (1, 7, 30, 2, 1, 64):
        for memory in (ram, disk):
            memory.add(numbered(start, count))
        same(ram.sample(9), disk.sample(9))
        start += count
    assert ram.nbytes == disk.nbytes


def test_a_draw_depends_on_the_seed(numbered):
    drawn = []
    for seed in (0, 0, 1):
        memory = Fifo(100, seed=seed)
        memory.add(numbered(0, 100))
        drawn.append(memory.sample(20)["y"].tolist())
    assert drawn[0] == drawn[1] != drawn[2]


@STRATEGIES
@pytest.mark.parametrize("before", [0, 5, 30])
@pytest.mark.parametrize("mapped", [False, True])
def test_a_restored_memory_goes_on_as_if_nothing_had_been(cls, before, mapped, numbered, tmp_path):
    def make():
        return cls(16, seed=9, directory=tmp_path / "rows" if mapped else None)

    memory, again = make(), make()
    if before:
        memory.add(numbered(0, before))
    memory.bind(SimpleNamespace(replay_batch=4))
    memory.sample(3)
    checkpoint.write(tmp_path, "checkpoint-1", memory.state_dict())
    again.load_state_dict(checkpoint.read(tmp_path))
    assert (len(again), again.offered, again.nbytes) == (len(memory), memory.offered, memory.nbytes)
    for start, count in ((before, 1), (before + 1, 40), (before + 41, 3)):
        same(memory.sample(5), again.sample(5))
        for one in (memory, again):
            one.add(numbered(start, count))
    same(memory.sample(20), again.sample(20))


def test_nbytes_counts_what_is_filled():
    memory = Fifo(1000)
    row = {"x": np.zeros((1, 10), np.uint8), "y": np.zeros(1, np.int32)}
    for expected in (22, 44, 66):  # 10 + 4 + an index of 8
        memory.add(row)
        assert memory.nbytes == expected
    for _ in range(20):
        memory.add({field: np.repeat(values, 100, axis=0) for field, values in row.items()})
    assert memory.nbytes == 22 * 1000


def test_samples_share_nothing(numbered, whole):
    memory = Fifo(8, seed=0)
    memory.add(numbered(0, 8))
    first, second = memory.sample(8), memory.sample(8)
    for field in first:
        assert not np.shares_memory(first[field], second[field])
        assert not np.shares_memory(first[field], memory.store.records)
    second["obs"][:] = 0
    memory.add(numbered(8, 8))
    whole(first)
    assert sorted(first["y"]) == list(range(8))


def test_contents_are_all_rows_whatever_is_drawn(numbered, whole):
    memory, twin = (Reservoir(7, replace=True, seed=3) for _ in range(2))
    assert memory.contents() == {}
    for one in (memory, twin):
        one.add(numbered(10, 5))
    found = memory.contents()
    whole(found)
    assert found["y"].tolist() == [10, 11, 12, 13, 14]
    same(memory.sample(4), twin.sample(4))
