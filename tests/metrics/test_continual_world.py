import numpy as np
import pytest

from recollect.errors import MetricWarning, OptionError
from recollect.history import History
from recollect.metrics.continual_world import cw_forgetting, cw_forward_transfer, cw_performance
from recollect.metrics.forgetting import forg


@pytest.fixture
def success():
    """Success rates of two tasks, seven evaluations each."""
    first = [0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 0.7]  # the last five: 3.5 / 5 = .7; all: 3.7 / 7
    later = [0.9, 0.9, 0.5, 0.4, 0.3, 0.2, 0.1]  # the last five: 1.5 / 5 = .3
    second = [0.0, 0.1, 0.5, 0.5, 0.6, 0.7, 0.7]  # the last five: 3 / 5 = .6; all: 3.1 / 7
    run = [(-1, False, [0.0, 0.0]), *((0, n == 6, [score, 0.0]) for n, score in enumerate(first))]
    return run + [(1, n == 6, [old, new]) for n, (old, new) in enumerate(zip(later, second, strict=True))]


def alone(task, *curve, tasks=("a", "b"), direction="max"):
    """The history of training one task from scratch."""
    history = History(tasks, {"quality": direction})
    for step, score in enumerate((0.0, *curve)):
        counters = dict.fromkeys(("step", "rows", "env_steps", "updates"), step) | {"position": 0 if step else -1}
        scores = np.where(np.array(tasks) == task, score, 0.0)
        trained = tasks.index(task) if step else -1
        history.append({"quality": scores}, **counters, task=trained, ended=step == len(curve))
    return history


def test_performance_is_of_the_last_five_evaluations(history_of, errors_of, success):
    assert cw_performance(history_of(success)) == pytest.approx((0.3 + 0.6) / 2)
    assert cw_performance(errors_of(success)) == pytest.approx((0.7 + 0.4) / 2)
    assert cw_performance(history_of(success), last=1) == pytest.approx((0.1 + 0.7) / 2)


def test_performance_is_over_all_tasks_met_or_not(history_of, success):
    run = [(task, ended, [*scores, 0.9]) for task, ended, scores in success]
    assert cw_performance(history_of(run), last=1) == pytest.approx((0.1 + 0.7 + 0.9) / 3)


def test_the_end_of_a_position_does_not_reach_into_the_one_before(history_of, success):
    # two evaluations of task 1 so far
    assert cw_performance(history_of(success[:10])) == pytest.approx((0.9 + 0.05) / 2)


def test_forgetting_is_between_means_of_five_over_all_positions(history_of, errors_of, success):
    # task 0: .7 - .3; task 1 was trained last: 0
    assert cw_forgetting(history_of(success)) == pytest.approx((0.4 + 0) / 2)
    assert cw_forgetting(errors_of(success)) == pytest.approx((0.4 + 0) / 2)
    assert cw_forgetting(history_of(success), last=1) == pytest.approx((0.6 + 0) / 2)


def test_forgetting_is_by_position_where_tasks_repeat(history_of, cyclic):
    # ends .9 .8 .7 .9, last evaluation .6 .9: .3, -.1, .1, 0
    assert cw_forgetting(history_of(cyclic)) == pytest.approx((0.3 - 0.1 + 0.1 + 0) / 4)


@pytest.mark.parametrize("seed", range(10))
def test_with_one_evaluation_it_is_forg_over_all_positions(history_of, sequential_run, seed):
    history = history_of(sequential_run(np.random.default_rng(seed), 4))
    assert cw_forgetting(history, last=1) == pytest.approx(forg(history) * 3 / 4)


def test_forward_transfer_is_the_share_of_what_was_left_to_gain(history_of, success):
    # areas 3.7 / 7 and 3.1 / 7; alone: 2.8 / 7 = .4 and .5
    references = [alone("a", 0.2, 0.6), alone("b", 0.5)]
    expected = ((3.7 / 7 - 0.4) / 0.6 + (3.1 / 7 - 0.5) / 0.5) / 2
    assert cw_forward_transfer(history_of(success), references) == pytest.approx(expected)
    assert cw_forward_transfer(history_of(success), references[::-1]) == pytest.approx(expected)


def test_forward_transfer_of_errors_is_that_of_successes(errors_of, history_of, success):
    references = [alone("a", 0.2, 0.6), alone("b", 0.5)]
    errors = [alone("a", 0.8, 0.4, direction="min"), alone("b", 0.5, direction="min")]
    expected = cw_forward_transfer(history_of(success), references)
    assert cw_forward_transfer(errors_of(success), errors) == pytest.approx(expected)


def test_references_are_found_by_name_and_seeds_are_averaged_before_the_ratio(history_of, success):
    seeds = [alone("a", 0.2, tasks=("a",)), alone("a", 0.6, tasks=("c", "a")), alone("b", 0.5)]
    one = [alone("a", 0.4), alone("b", 0.5)]
    expected = cw_forward_transfer(history_of(success), one)
    assert cw_forward_transfer(history_of(success), seeds) == pytest.approx(expected)


def test_a_reference_counts_for_the_task_it_trained_first(history_of, success):
    # success itself trains a from scratch, then b not from scratch
    with pytest.warns(MetricWarning, match="there is no reference of b trained alone"):
        assert np.isnan(cw_forward_transfer(history_of(success), history_of(success)))
    references = [history_of(success), alone("b", 0.5)]
    assert cw_forward_transfer(history_of(success), references) == pytest.approx((0 + (3.1 / 7 - 0.5) / 0.5) / 2)


def test_a_task_that_comes_twice_counts_twice(history_of, cyclic):
    # own positions: .9 .8 .7 .9; alone .5 and .6
    references = [alone("a", 0.5), alone("b", 0.6)]
    expected = (0.4 / 0.5 + 0.2 / 0.4 + 0.2 / 0.5 + 0.3 / 0.4) / 4
    assert cw_forward_transfer(history_of(cyclic), references) == pytest.approx(expected)


def test_forward_transfer_is_undefined_where_nothing_is_left_to_gain(history_of, success):
    with pytest.warns(MetricWarning, match="the reference of b leaves nothing to be gained"):
        assert np.isnan(cw_forward_transfer(history_of(success), [alone("a", 0.4), alone("b", 1.0)]))
    with pytest.warns(MetricWarning, match="it needs references"):
        assert np.isnan(cw_forward_transfer(history_of(success)))


def test_before_a_task_has_ended(history_of, success):
    assert cw_performance(history_of(success[:1])) == 0
    for metric, name in ((cw_forgetting, "cw-forgetting"), (cw_forward_transfer, "cw-forward-transfer")):
        with pytest.warns(MetricWarning, match=f"^{name} is undefined .*: no task has ended"):
            assert np.isnan(metric(history_of(success[:3]), [alone("a", 0.4)]))
    with pytest.warns(MetricWarning, match="^cw-performance is undefined .*: there is no evaluation"):
        assert np.isnan(cw_performance(history_of([])))


@pytest.mark.parametrize("metric", [cw_performance, cw_forgetting])
@pytest.mark.parametrize("last", [0, -1, 2.0, True])
def test_an_end_is_one_evaluation_at_least(history_of, success, metric, last):
    with pytest.raises(OptionError, match="last is a number of evaluations"):
        metric(history_of(success), last=last)
