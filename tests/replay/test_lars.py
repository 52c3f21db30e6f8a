import numpy as np
import pytest
from scipy import stats

from recollect.errors import DataError
from recollect.replay.lars import LARS, LossAware, shares
from recollect.testing.comparison import difference, through_checkpoint


class Told:
    """An agent whose loss of a row is the row's own x; notes what it was asked."""

    replay_batch = None

    def __init__(self):
        self.asked = []

    def losses(self, rows):
        self.asked.append(rows["y"].tolist())
        return rows["x"].astype(np.float32)


def memory(capacity=4, seed=0):
    made = LARS(capacity, seed=seed)
    made.bind(Told())
    return made


def rows(x, start=0):
    return {"x": np.asarray(x, float), "y": np.arange(start, start + len(x))}


def test_shares_by_hand():
    # minus losses 1, 2, 4: scaled to 1, 2/3, 0
    np.testing.assert_allclose(shares(-np.array([1.0, 2.0, 4.0])), [0.6, 0.4, 0.0])
    np.testing.assert_allclose(shares(np.array([3.0, 3.0])), [0.5, 0.5])


def test_low_losses_go_and_the_highest_stays():
    gone = np.zeros(4)
    for seed in range(2000):
        held = memory(seed=seed)
        held.add(rows([1.0, 2.0, 4.0, 3.0]))
        held.add(rows([9.0], start=4))
        gone += ~np.isin(np.arange(4), held.store.column("y"))
    taken = gone.sum()
    assert stats.binomtest(int(taken), 2000, 4 / 5).pvalue > 0.01  # as often as a reservoir takes the fifth row
    assert gone[2] == 0
    assert stats.chisquare(gone[[0, 1, 3]], taken * np.array([3, 2, 1]) / 6).pvalue > 0.01


def test_feedback_says_what_the_losses_have_become():
    held = memory(2)
    held.add(rows([5.0, 1.0]))
    sampled = held.sample(2)
    held.feedback(sampled["index"], loss=np.where(sampled["y"] == 0, 0.5, 7.0))
    assert held.keep.losses.tolist() == [0.5, 7.0]
    for start in range(2, 6):
        held.add(rows([3.0], start))  # each but the first row meets 3 and 7: the 7 stays
    assert 1 in held.store.column("y")
    held.feedback(np.array([-1, 10**6, *sampled["index"]]), loss=np.array([1.0, 2.0, np.nan, 6.0]))
    assert np.isfinite(held.keep.losses).all()
    assert sorted(held.keep.losses) in ([3.0, 6.0], [3.0, 7.0], [0.5, 6.0], [0.5, 7.0])


def test_rows_are_asked_about_when_they_enter_alone():
    held = memory(3)
    held.add(rows([1.0, 2.0]))
    held.add(rows([3.0, 4.0, 5.0, 6.0], start=2))
    first, second = held.agent.asked
    assert first == [0, 1]
    assert second[0] == 2
    assert set(second) <= {2, 3, 4, 5}
    by_row = dict(zip(held.store.column("y").tolist(), held.keep.losses.tolist(), strict=True))
    assert all(loss == y + 1 for y, loss in by_row.items())


@pytest.mark.parametrize("split", [1, 7, 60])
def test_it_goes_on_where_a_checkpoint_was_taken(split):
    x = np.random.default_rng(0).random(120)
    first, second = memory(8), memory(8, seed=3)
    for start in range(0, 60, split):
        first.add(rows(x[start : min(start + split, 60)], start))
    assert len(first) == 8
    second.load_state_dict(through_checkpoint(first.state_dict()))
    for held in (first, second):
        held.add(rows(x[60:], 60))
        held.feedback(held.sample(3)["index"], loss=np.zeros(3))
    assert not difference(first.state_dict(), second.state_dict())


def test_another_keep_may_be_given():
    held = LARS(4, keep="ring")
    held.add(rows([1.0, 2.0]))
    held.feedback(held.sample(1)["index"], loss=np.zeros(1))
    assert not isinstance(held.keep, LossAware)


@pytest.mark.parametrize("loss", [np.ones(3), np.ones(1), 2.0])
def test_losses_that_are_not_one_per_row_are_refused_and_change_nothing(loss):
    held = memory()
    held.add(rows([1.0, 2.0]))
    with pytest.raises(DataError, match=r"feedback 'loss' must have one entry per index, \(2,\), got"):
        held.feedback(held.sample(2)["index"], loss=loss)
    assert held.keep.losses.tolist() == [1.0, 2.0]


def test_keep_and_draw_hear_the_same_rows():
    held = LARS(4, draw="proportional")
    held.bind(Told())
    held.add(rows([1.0, 2.0]))
    index = held.sample(2)["index"]
    held.feedback(index, loss=np.array([5.0, 5.0]), priority=np.array([3.0, 3.0]))
    slots = held.find(index)
    assert held.keep.losses[slots].tolist() == [5.0, 5.0]
    np.testing.assert_allclose(held.draw.tree.leaves[slots], (3 + 1e-6) ** 0.6)
