import numpy as np
import pytest
from scipy import stats

from recollect.replay.draw import DRAWS, Draw
from recollect.replay.stored import Fifo


@pytest.fixture
def filled():
    def make(replace, count=20):
        memory = Fifo(50, replace=replace, seed=1)
        memory.add({"y": np.arange(count)})
        return memory

    return make


def test_parts_are_draws():
    assert all(isinstance(part(), Draw) for part in DRAWS.values())


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
