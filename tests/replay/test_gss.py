from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import recollect
from recollect.errors import OptionError
from recollect.replay.gss import FIRST, GSSGreedy
from recollect.testing.comparison import difference, through_checkpoint


def bound(capacity, **options):
    """The gradient of a row is its x."""
    memory = GSSGreedy(capacity, **options)
    memory.bind(SimpleNamespace(replay_batch=None, gradients=lambda rows: rows["x"]))
    return memory


def rows(*angles, y=0):
    angle = np.deg2rad(np.array(angles, float))
    return {"x": np.stack([np.cos(angle), np.sin(angle)], 1), "y": np.full(len(angles), y)}


def test_scores_by_hand():
    """In an empty memory 0.1; then the largest cosine with the gradients of the subsets, here single rows."""
    memory = bound(6, subset_rows=1)
    memory.add(rows(0, 90))
    assert memory.keep.scores.tolist() == [FIRST, FIRST]
    memory.add(rows(60, 180, 225))
    np.testing.assert_allclose(memory.keep.scores[2:], [3**0.5 / 2, 0, -(2**-0.5)], atol=1e-12)
    assert len(memory) == 5


def test_the_gradient_of_a_subset_is_the_mean_of_its_rows():
    memory = bound(6, subset_rows=2)
    memory.add(rows(0, 90))  # mean at 45 degrees
    memory.add(rows(45))
    assert memory.keep.scores[2] == pytest.approx(1.0)


def test_a_batch_that_points_where_the_memory_does_is_left_out_as_a_whole():
    memory = bound(2, subset_rows=1)
    memory.add(rows(0, 0))
    memory.add(rows(180, 10, 10, y=2))  # mean cosine above 0, although one row is opposite
    assert 2 not in memory.store.column("y")


def test_an_opposite_row_always_replaces_and_an_equal_one_is_a_matter_of_chance():
    memory = bound(3, subset_rows=1)
    memory.add(rows(0, 0, 0))
    memory.add(rows(180, y=1))  # s_new = (-1 + 1) / 2 = 0: taken with probability 1
    assert memory.store.column("y").tolist().count(1) == 1
    assert sorted(memory.keep.scores) == [pytest.approx(-1), FIRST, FIRST]


def test_how_often_a_row_is_taken():
    """s_i = (0.1 + 1) / 2, s_new = (cos 120 + 1) / 2 = 1/4: taken with probability 0.55 / 0.8."""
    taken = 0
    for seed in range(1500):
        memory = bound(2, subset_rows=1, seed=seed)
        memory.add(rows(0, 0))
        memory.add(rows(120, y=1))
        taken += 1 in memory.store.column("y")
    assert stats.binomtest(taken, 1500, 0.55 / 0.8).pvalue > 0.001


def test_candidates_are_drawn_in_proportion_to_scores():
    counts = np.zeros(3)
    for seed in range(1500):
        memory = bound(3, subset_rows=1, seed=seed)
        memory.add(rows(0, 0, 0))
        memory.keep.scores = np.array([-1.0, 0.0, 1.0])  # scaled: 0, 1 / 2.01, 2 / 2.01
        memory.add(rows(180, y=1))
        counts[np.flatnonzero(memory.store.column("y"))] += 1
    assert counts[0] == 0
    assert stats.binomtest(int(counts[2]), int(counts.sum()), 2 / 3).pvalue > 0.001


def test_subsets_are_disjoint_and_as_many_as_there_are():
    memory, asked = bound(40, subsets=3, subset_rows=10), []
    memory.add(rows(*range(35)))
    memory.agent.gradients = lambda rows: asked.append(rows.get("index")) or rows["x"]
    memory.add(rows(5))
    subsets = [index for index in asked if index is not None]
    assert [len(index) for index in subsets] == [10, 10, 10]
    assert len(set(np.concatenate(subsets))) == 30


def test_a_batch_that_fills_the_memory_goes_on_with_its_rest():
    memory = bound(3, subset_rows=1)
    memory.add(rows(0, 0))
    memory.add(rows(0, 180, y=1))  # the first takes the free slot, the second a used one
    assert len(memory) == 3
    assert memory.store.column("y").tolist().count(1) in (1, 2)
    assert -1 in np.round(memory.keep.scores, 6)
    large = bound(3)
    large.add(rows(0, 1, 2, 3, 4))
    assert len(large) == 3


def test_the_state_comes_back_through_a_checkpoint():
    first, second = bound(8, seed=1), bound(8, seed=2)
    angles = np.random.default_rng(0).random((30, 4)) * 360
    for some in angles[:15]:
        first.add(rows(*some))
    second.load_state_dict(through_checkpoint(first.state_dict()))
    for some in angles[15:]:
        for memory in (first, second):
            memory.add(rows(*some))
    assert not difference(first.state_dict(), second.state_dict())
    assert first.nbytes == 8 * (16 + 8 + 8) + 8 * 8  # x, y, index; a score


def test_options():
    assert recollect.make_replay("gss-greedy", 5).keep.subsets == 10
    with pytest.raises(OptionError, match="subset_rows must be a whole number of at least 1, got 0"):
        GSSGreedy(5, subset_rows=0)
