import numpy as np
import pytest

from recollect.errors import DataError, UnknownName
from recollect.metrics.forgetting import forg
from recollect.metrics.level import accuracy
from recollect.metrics.normalised import normalised


@pytest.fixture
def returns():
    """Two tasks whose returns lie on different scales."""
    return [(-1, False, [-100, 0]), (0, True, [900, 1]), (1, True, [400, 4])]


def test_random_is_0_and_alone_is_1(history_of, returns):
    q = normalised(history_of(returns), random=[-100, 0], single=[900, 5])
    assert q.scores["quality"].tolist() == [[0, 0], [1, 0.2], [0.5, 0.8]]
    assert accuracy(q) == pytest.approx(0.65)
    assert forg(q) == pytest.approx(0.5)


def test_it_is_not_clipped(history_of, returns):
    q = normalised(history_of(returns), random=[500, 0], single=[700, 2])
    assert q.scores["quality"][1:].tolist() == [[2, 0.5], [-0.5, 2]]


def test_smaller_costs_are_larger_q(history_of, returns):
    costs = [(task, ended, [-score for score in scores]) for task, ended, scores in returns]
    q = normalised(history_of(costs, "min"), random=[100, 0], single=[-900, -5])
    assert q.directions == {"quality": "max"}
    assert q == normalised(history_of(returns), random=[-100, 0], single=[900, 5])


def test_counters_stay_and_the_history_is_not_changed(history_of, returns):
    history = history_of(returns)
    q = normalised(history, random=[-100, 0], single=[900, 5])
    assert history == history_of(returns)
    assert q.tasks == history.tasks
    for counter in ("step", "rows", "env_steps", "updates", "position", "task", "ended"):
        assert np.array_equal(getattr(q, counter), getattr(history, counter))


def test_a_scale_needs_two_ends(history_of, returns):
    history = history_of(returns)
    for single in ([900, 0], [900, -1], [900, float("nan")]):
        with pytest.raises(DataError, match="task b scored .* trained alone and 0.0 at random: there is nothing"):
            normalised(history, random=[-100, 0], single=single)
    with pytest.raises(DataError, match=r"random must be one score per task, shape \(2,\), got \(1,\)"):
        normalised(history, random=[0], single=[900, 5])
    with pytest.raises(DataError, match="single must be one score per task"):
        normalised(history, random=[0, 0], single=5)
    with pytest.raises(UnknownName, match="score 'qualty' does not exist"):
        normalised(history, random=[0, 0], single=[900, 5], score="qualty")
