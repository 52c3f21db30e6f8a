import re

import numpy as np
import pytest
from scipy import stats

from recollect.errors import DataError, OptionError
from recollect.replay.prioritized import Prioritized
from recollect.replay.proportional import Proportional
from recollect.replay.stored import StoredReplay
from recollect.testing.comparison import difference, through_checkpoint


def filled(count=20, capacity=20, **options):
    memory = Prioritized(capacity, **options)
    memory.add({"y": np.arange(count)})
    return memory


def prioritise(memory, priority):
    """Gives the row with y = i the priority priority[i]."""
    stored = memory.store.records[: len(memory)]
    memory.feedback(stored["index"], priority=np.asarray(priority, float)[stored["y"]])


@pytest.mark.parametrize("alpha", [0.6, 1.0])
def test_rows_are_drawn_in_proportion_to_their_priorities(alpha):
    priority = np.random.default_rng(0).random(20) * 5 + 0.1
    memory = filled(alpha=alpha, seed=1)
    prioritise(memory, priority)
    drawn = np.concatenate([memory.sample(1)["y"] for _ in range(8000)])
    p = (priority + 1e-6) ** alpha
    expected = 8000 * p / p.sum()
    pvalue = stats.chisquare(np.bincount(drawn, minlength=20), expected).pvalue
    assert 0.001 < pvalue < 0.999
    assert stats.chisquare(np.bincount(drawn, minlength=20), np.full(20, 400.0)).pvalue < 1e-6  # not uniform


def test_every_row_comes_once_or_twice_more_or_less_than_expected_in_a_stratified_sample():
    priority = np.random.default_rng(0).random(20) * 5 + 0.1
    memory = filled(alpha=1.0, seed=1)
    prioritise(memory, priority)
    for _ in range(50):
        times = np.bincount(memory.sample(100)["y"], minlength=20)
        assert (np.abs(times - 100 * (priority + 1e-6) / (priority + 1e-6).sum()) < 2).all()


def test_every_place_of_a_sample_is_drawn_alike():
    memory = filled(seed=2)
    prioritise(memory, np.arange(20) + 1.0)
    p = (np.arange(20) + 1.0 + 1e-6) ** 0.6
    for place in (0, 9):
        drawn = [memory.sample(10)["y"][place] for _ in range(3000)]
        assert stats.chisquare(np.bincount(drawn, minlength=20), 3000 * p / p.sum()).pvalue > 0.001


def test_weights_by_hand():
    """alpha 0.5, beta 0.5: P = sqrt(p) / sum, w = (N P)^-0.5 over the largest, which the lowest priority has."""
    memory = filled(4, alpha=0.5, beta=0.5, epsilon=1e-12, seed=0)
    prioritise(memory, [1.0, 16.0, 81.0, 1.0])
    rows = memory.sample(200)
    assert rows["weight"].dtype == np.float32
    expected = np.array([1.0, 4**-0.5, 9**-0.5, 1.0])  # (1 / 1)^-.5, (4 / 1)^-.5, (9 / 1)^-.5
    np.testing.assert_allclose(rows["weight"], expected[rows["y"]], rtol=1e-6)


def test_beta_grows_to_one():
    memory = filled(2, alpha=1.0, beta=0.4, beta_draws=10, epsilon=1e-12, seed=0)
    prioritise(memory, [1.0, 4.0])
    for draw in range(14):
        lowest = memory.sample(50)["weight"].min()
        assert lowest == pytest.approx(4 ** -min(0.4 + 0.6 * draw / 10, 1.0), rel=1e-5)


def test_new_rows_have_the_largest_priority_met():
    memory = filled(10, alpha=1.0, capacity=12, epsilon=1e-12)
    prioritise(memory, np.arange(10.0))
    prioritise(memory, np.arange(10.0) / 2)  # 9 was the largest
    memory.add({"y": np.arange(10, 14)})  # two of them overwrite rows 0 and 1
    expected = [9, 9, *(np.arange(2, 10) / 2), 9, 9]
    np.testing.assert_allclose(memory.draw.tree.leaves[:12], expected, rtol=1e-9)
    assert memory.draw.tree.total == pytest.approx(sum(expected))


def test_priorities_of_rows_that_are_gone_are_passed_over():
    memory = filled(5, capacity=5, alpha=1.0, epsilon=1e-12)
    old = memory.sample(100)
    memory.add({"y": np.arange(5, 8)})  # overwrites 0, 1 and 2
    memory.feedback(old["index"], priority=np.full(100, 7.0))
    np.testing.assert_allclose(memory.draw.tree.leaves[:5], [1, 1, 1, 7, 7])
    memory.feedback(old["index"][old["y"] < 3], priority=np.full((old["y"] < 3).sum(), 100.0))
    assert memory.draw.largest == 7.0


def test_negative_indices_are_passed_over():
    memory = filled(5, alpha=1.0)
    before = memory.draw.state_dict()["leaves"].copy()
    memory.feedback(np.array([-1, -5]), priority=np.array([np.nan, 3.0]))
    np.testing.assert_array_equal(memory.draw.tree.leaves[:5], before)


@pytest.mark.parametrize("bad", [np.nan, -0.5, np.inf])
def test_a_bad_priority_is_refused_and_none_is_taken(bad):
    memory = filled(5)
    index, before = memory.sample(3)["index"], memory.draw.tree.leaves.copy()
    with pytest.raises(DataError, match=re.escape(f"a priority must be a finite number of at least 0, got {bad} in")):
        memory.feedback(index, priority=np.array([1.0, bad, 2.0]))
    np.testing.assert_array_equal(memory.draw.tree.leaves, before)


def test_signals_must_be_as_many_as_indices():
    memory = filled(5)
    with pytest.raises(DataError, match=r"feedback 'priority' must have one entry per index, \(3,\), got \(2,\)"):
        memory.feedback(memory.sample(3)["index"], priority=np.ones(2))


def test_other_signals_and_no_rows_change_nothing():
    memory = filled(5)
    before = memory.draw.tree.leaves.copy()
    memory.feedback(memory.sample(3)["index"], loss=np.full(3, np.nan))
    memory.feedback(np.zeros(0, int), priority=np.zeros(0))
    np.testing.assert_array_equal(memory.draw.tree.leaves, before)


def test_it_joins_with_any_keep():
    memory = StoredReplay(10, keep="reservoir", draw="proportional", seed=1)
    for y in range(100):
        memory.add({"y": np.array([y])})
    rows = memory.sample(1000)
    assert set(rows["y"]) == set(memory.store.column("y"))
    assert (rows["weight"] == 1).all()
    assert memory.draw.tree.total == pytest.approx(10 * (1 + 1e-6) ** 0.6)
    memory.add({"y": np.arange(100, 350)})  # many rows for one slot
    assert memory.draw.tree.total == pytest.approx(10 * (1 + 1e-6) ** 0.6)


@pytest.mark.parametrize("counts", [[3], [30, 50], [1] * 30])
def test_the_tree_follows_the_ring(counts):
    memory = Prioritized(20, alpha=1.0, epsilon=1e-12)
    for count in counts:
        memory.add({"y": np.arange(count)})
        assert memory.draw.tree.total == pytest.approx(len(memory))


def test_the_state_comes_back_through_a_checkpoint():
    memory, again = filled(17, seed=4, beta_draws=50), Prioritized(20, seed=9, beta_draws=50)
    prioritise(memory, np.arange(17.0))
    again.load_state_dict(through_checkpoint(memory.state_dict()))
    for _ in range(3):
        one, other = memory.sample(50), again.sample(50)
        assert not difference(one, other)
        memory.feedback(one["index"], priority=np.arange(50.0))
        again.feedback(other["index"], priority=np.arange(50.0))
        for replay in (memory, again):
            replay.add({"y": np.arange(4)})
    assert not difference(memory.state_dict(), again.state_dict())
    empty = Prioritized(20)
    empty.load_state_dict(through_checkpoint(Prioritized(20).state_dict()))
    assert len(empty) == 0


def test_bytes_are_rows_and_priorities():
    assert filled(17).nbytes == 17 * (8 + 8) + 17 * 8


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alpha": -1}, "alpha must be a finite number of at least 0, got -1"),
        ({"alpha": np.inf}, "alpha must be a finite number of at least 0, got inf"),
        ({"beta": 1.5}, r"beta must be in \[0, 1\], got 1.5"),
        ({"beta_draws": 0}, "beta_draws must be at least 1"),
        ({"epsilon": 0}, "epsilon must be a finite number above 0"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        Proportional(**options)
