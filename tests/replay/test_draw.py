import numpy as np
import pytest
from scipy import stats

from recollect.errors import DataError
from recollect.replay.draw import DRAWS, Draw
from recollect.replay.stored import Fifo, StoredReplay


@pytest.fixture
def filled():
    def make(replace, count=20):
        memory = Fifo(50, replace=replace, seed=1)
        memory.add({"y": np.arange(count)})
        return memory

    return make


def test_parts_are_draws():
    assert all(isinstance(StoredReplay(5, draw=name).draw, Draw) for name in DRAWS)


@pytest.mark.parametrize("replace", [True, False])
def test_uniform_draws_every_row_equally_often(filled, replace):
    memory = filled(replace)
    drawn = np.concatenate([memory.sample(5)["y"] for _ in range(2000)])
    assert stats.chisquare(np.bincount(drawn, minlength=20)).pvalue > 0.001


@pytest.mark.parametrize("place", [0, 4])
def test_every_place_of_a_sample_without_replacement_is_uniform(filled, place):
    memory = filled(False)
    drawn = [memory.sample(5)["y"][place] for _ in range(4000)]
    assert stats.chisquare(np.bincount(drawn, minlength=20)).pvalue > 0.001


def test_without_replacement_rows_are_distinct_and_at_most_all(filled):
    memory = filled(False)
    for n in (1, 5, 19, 20, 21, 1000):
        y = memory.sample(n)["y"]
        assert len(y) == len(set(y)) == min(n, 20)


def test_with_replacement_there_are_always_n(filled):
    memory = filled(True)
    for n in (1, 20, 1000):
        assert len(memory.sample(n)["y"]) == n
    assert set(memory.sample(1000)["y"]) == set(range(20))


@pytest.fixture
def uneven():
    """Classes 3, 5 and 9 with 1, 4 and 15 rows."""

    def make(replace, draw="class-uniform", seed=1):
        memory = StoredReplay(30, draw=draw, replace=replace, seed=seed)
        y = np.random.default_rng(0).permutation(np.repeat([3, 5, 9], [1, 4, 15]))
        memory.add({"x": np.arange(20), "y": y, "task": y // 4})
        return memory

    return make


def test_classes_are_drawn_uniformly_and_rows_within_them(uneven):
    memory = uneven(True)
    rows = [memory.sample(10) for _ in range(600)]
    y, x = (np.concatenate([part[field] for part in rows]) for field in ("y", "x"))
    assert stats.chisquare(np.bincount(y)[[3, 5, 9]]).pvalue > 0.001
    for label in (5, 9):
        assert stats.chisquare(np.unique(x[y == label], return_counts=True)[1]).pvalue > 0.001


def test_without_replacement_the_first_class_is_uniform_and_rows_are_distinct(uneven):
    memory = uneven(False)
    first = [memory.sample(6)["y"][0] for _ in range(1500)]
    assert stats.chisquare(np.bincount(first)[[3, 5, 9]]).pvalue > 0.001
    for n in (1, 6, 19, 20, 50):
        rows = memory.sample(n)
        assert len(rows["x"]) == len(set(rows["x"])) == min(n, 20)


def test_without_replacement_exhausted_classes_leave_by_hand(uneven):
    """One of 4 rows is of class 3 with probability 1 - (2/3)^4: class 5 cannot run out before."""
    memory, trials = uneven(False), 3000
    met = sum(3 in memory.sample(4)["y"] for _ in range(trials))
    assert stats.binomtest(met, trials, 1 - (2 / 3) ** 4).pvalue > 0.001


def test_every_row_of_a_class_is_drawn_alike_without_replacement(uneven):
    memory = uneven(False)
    rows = [memory.sample(6) for _ in range(1500)]
    x = np.concatenate([part["x"][part["y"] == 9] for part in rows])
    assert stats.chisquare(np.unique(x, return_counts=True)[1]).pvalue > 0.001


@pytest.mark.parametrize("replace", [True, False])
def test_tasks_are_drawn_uniformly(uneven, replace):
    memory = uneven(replace, draw="task-uniform")
    first = [memory.sample(3)["task"][0] for _ in range(1000)]
    assert stats.chisquare(np.bincount(first)).pvalue > 0.001


def test_a_field_that_rows_do_not_have_is_refused():
    memory = StoredReplay(5, draw="task-uniform")
    memory.add({"y": np.arange(3)})
    with pytest.raises(DataError, match="the rows of this memory have no field 'task', they have y"):
        memory.sample(2)
