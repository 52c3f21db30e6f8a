import numpy as np
import pytest

from recollect.errors import MetricWarning
from recollect.metrics.matrix import (
    defined,
    ended_matrix,
    last,
    met,
    old_tasks,
    oriented,
    own_ends,
    segments,
    sign,
    undefined,
)


def test_scores_of_which_smaller_is_better_are_negated(history_of, every_step):
    high, low = history_of(every_step), history_of(every_step, "min")
    assert (sign(high, None), sign(low, "quality")) == (1, -1)
    assert oriented(high, None)[1].tolist() == [0.6, 0.5]
    assert oriented(low, None)[1].tolist() == [-0.6, -0.5]
    assert low.scores["quality"][1].tolist() == [0.6, 0.5]  # the history is untouched


def test_the_matrix_holds_the_ends_of_positions(history_of, every_step, cyclic):
    R, trained = ended_matrix(history_of(every_step), None)
    assert R.tolist() == [[0.9, 0.4], [0.8, 0.7]]
    assert trained.tolist() == [0, 1]
    R, trained = ended_matrix(history_of(cyclic), None)
    assert R[:, 0].tolist() == [0.9, 0.4, 0.7, 0.6]
    assert trained.tolist() == [0, 1, 0, 1]


def test_a_task_is_met_from_its_first_evaluation_on(history_of, every_step):
    expected = [[False, False], [True, False], [True, False], [True, False], [True, True], [True, True], [True, True]]
    assert met(history_of(every_step)).tolist() == expected


@pytest.mark.parametrize(
    ("trained", "old"),
    [([], []), ([-1], []), ([1], []), ([-1, 2, 2], []), ([2, 0, 1], [0, 2]), ([0, 1, 0], [1]), ([-1, 0, 0, 3], [0])],
)
def test_old_tasks_are_all_but_the_last(trained, old):
    assert old_tasks(np.array(trained, np.int64)) == old


def test_a_task_ends_where_it_ended_last():
    tasks, own = own_ends(np.array([2, 0, 2, 1, 0]))
    assert (tasks.tolist(), own.tolist()) == ([0, 1, 2], [4, 3, 2])
    assert [part.tolist() for part in own_ends(np.array([], np.int64))] == [[], []]


def test_segments_are_the_evaluations_of_positions_that_have_ended(history_of, every_step, cyclic):
    parts = [part.tolist() for part in segments(history_of(every_step))]
    assert parts == [[1, 4], [4, 7], [0, 1]]
    assert [part.tolist() for part in segments(history_of(every_step[:6]))] == [[1], [4], [0]]
    assert [part.tolist() for part in segments(history_of(every_step[1:], start=1))] == [[0, 3], [3, 6], [0, 1]]
    assert [part.tolist() for part in segments(history_of(cyclic))] == [[1, 2, 3, 4], [2, 3, 4, 5], [0, 1, 0, 1]]
    for few in ([], every_step[:1], every_step[:2]):
        assert [part.tolist() for part in segments(history_of(few))] == [[], [], []]


def test_last():
    assert last(np.array([True, False, True, False])) == 2


def test_what_is_undefined_is_nan_with_a_reason():
    with pytest.warns(MetricWarning, match=r"bwt is undefined \(NaN\): too short"):
        assert np.isnan(undefined("bwt", "too short"))
    with pytest.warns(MetricWarning, match="bwt is undefined .*scores that it is made of are NaN"):
        assert np.isnan(defined("bwt", np.float64("nan")))
    value = defined("bwt", np.float64(0.5))
    assert (value, type(value)) == (0.5, float)
