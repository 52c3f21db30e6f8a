import numpy as np
import pytest

from recollect.errors import MetricWarning, UnknownName
from recollect.history import History
from recollect.metrics.level import aaa, accuracy, aia, last_task, learning_accuracy
from recollect.metrics.transfer import bwt


def test_accuracy_is_the_mean_of_the_last_evaluation(history_of, errors_of, boundaries):
    # (.6 + .5 + .9) / 3 = 2 / 3; as errors (.4 + .5 + .1) / 3 = 1 / 3, in their own units
    assert accuracy(history_of(boundaries)) == pytest.approx(2 / 3)
    assert accuracy(errors_of(boundaries)) == pytest.approx(1 / 3)


def test_accuracy_in_the_middle_of_a_run_is_over_the_tasks_met(history_of, boundaries, every_step):
    assert accuracy(history_of(boundaries[:2])) == pytest.approx(0.7)
    assert accuracy(history_of(boundaries[:3])) == pytest.approx((0.9 + 0.8) / 2)
    assert accuracy(history_of(every_step[:3])) == pytest.approx(0.2)
    assert accuracy(history_of(every_step[:5])) == pytest.approx((0.3 + 0.6) / 2)  # task 1 is met, though not ended


def test_accuracy_leaves_tasks_out_that_were_never_trained(history_of):
    run = [(-1, False, [0, 0, 0]), (2, True, [0.1, 0.9, 0.7]), (0, True, [0.5, 0.9, 0.6])]
    assert accuracy(history_of(run)) == pytest.approx((0.5 + 0.6) / 2)


def test_aaa_averages_over_evaluations_and_tasks_met_so_far(history_of, errors_of, boundaries):
    # .7, (.9 + .8) / 2 = .85, (.6 + .5 + .9) / 3 = 2 / 3
    assert aaa(history_of(boundaries)) == pytest.approx((0.7 + 0.85 + 2 / 3) / 3)
    assert aaa(errors_of(boundaries)) == pytest.approx((0.3 + 0.15 + 1 / 3) / 3)


def test_aaa_with_every_step(history_of, errors_of, every_step):
    # .6, .2, .9, (.3 + .6) / 2 = .45, (.5 + .7) / 2 = .6, (.8 + .7) / 2 = .75: 3.5 / 6
    assert aaa(history_of(every_step)) == pytest.approx(3.5 / 6)
    assert aaa(errors_of(every_step)) == pytest.approx(2.5 / 6)


def test_a_task_trained_twice_is_met_once(history_of, cyclic):
    # .9, (.4 + .8) / 2 = .6, (.7 + .5) / 2 = .6, (.6 + .9) / 2 = .75
    assert accuracy(history_of(cyclic)) == pytest.approx(0.75)
    assert aaa(history_of(cyclic)) == pytest.approx((0.9 + 0.6 + 0.6 + 0.75) / 4)


def test_one_task(history_of, single):
    assert accuracy(history_of(single)) == pytest.approx(0.75)
    assert aaa(history_of(single)) == pytest.approx((0.5 + 0.75) / 2)


@pytest.mark.parametrize("metric", [accuracy, aaa])
@pytest.mark.parametrize("evaluations", [0, 1])
def test_before_the_first_step_both_are_undefined(history_of, boundaries, metric, evaluations):
    with pytest.warns(MetricWarning, match=f"^{metric.__name__} is undefined .*: no task was trained"):
        assert np.isnan(metric(history_of(boundaries[:evaluations])))


@pytest.mark.parametrize("metric", [accuracy, aaa])
def test_scores_that_are_nan_are_not_passed_over_in_silence(history_of, metric):
    run = [(-1, False, [0, np.nan]), (0, True, [0.5, np.nan])]
    assert metric(history_of(run)) == 0.5  # task 1 was not met
    with pytest.warns(MetricWarning, match="are NaN"):
        assert np.isnan(metric(history_of([*run, (1, True, [0.5, np.nan])])))


def test_the_score_is_chosen_by_name():
    history = History(("a",), {"intent": "max", "wer": "min"})
    counters = {"rows": 1, "env_steps": 1, "updates": 1, "position": 0}
    history.append({"intent": [0.8], "wer": [30]}, step=1, task=0, ended=True, **counters)
    assert accuracy(history) == 0.8
    assert accuracy(history, score="intent") == 0.8
    assert accuracy(history, score="wer") == aaa(history, score="wer") == 30
    with pytest.raises(UnknownName, match=r"score 'wor' does not exist\. Did you mean wer\?"):
        accuracy(history, score="wor")


def test_aia_averages_the_tasks_met_at_task_ends(history_of, errors_of, boundaries, every_step):
    # .7, (.9 + .8) / 2 = .85, (.6 + .5 + .9) / 3 = 2 / 3
    assert aia(history_of(boundaries)) == pytest.approx((0.7 + 0.85 + 2 / 3) / 3)
    assert aia(errors_of(boundaries)) == pytest.approx((0.3 + 0.15 + 1 / 3) / 3)
    # evaluations between task ends do not count: .9, (.8 + .7) / 2
    assert aia(history_of(every_step)) == pytest.approx((0.9 + 0.75) / 2)


def test_aia_cyclic_counts_a_task_from_its_first_end_on(history_of, cyclic):
    # .9, (.4 + .8) / 2, (.7 + .5) / 2, (.6 + .9) / 2
    assert aia(history_of(cyclic)) == pytest.approx((0.9 + 0.6 + 0.6 + 0.75) / 4)


def test_learning_accuracy_is_the_diagonal(history_of, errors_of, boundaries, every_step, cyclic):
    assert learning_accuracy(history_of(boundaries)) == pytest.approx((0.7 + 0.8 + 0.9) / 3)
    assert learning_accuracy(errors_of(boundaries)) == pytest.approx((0.3 + 0.2 + 0.1) / 3)
    assert learning_accuracy(history_of(every_step)) == pytest.approx((0.9 + 0.7) / 2)
    assert learning_accuracy(history_of(cyclic)) == pytest.approx((0.7 + 0.9) / 2)  # the last ends


@pytest.mark.parametrize(("metric", "name"), [(aia, "aia"), (learning_accuracy, "learning-accuracy")])
def test_in_the_middle_of_the_first_task_both_are_undefined(history_of, every_step, metric, name):
    with pytest.warns(MetricWarning, match=f"^{name} is undefined .*: no task has ended"):
        assert np.isnan(metric(history_of(every_step[:3])))


@pytest.mark.parametrize("seed", range(20))
def test_accuracy_is_what_was_learned_less_what_was_forgotten(history_of, sequential_run, seed):
    tasks = 2 + seed % 5
    history = history_of(sequential_run(np.random.default_rng(seed), tasks))
    assert accuracy(history) == pytest.approx(learning_accuracy(history) + bwt(history) * (tasks - 1) / tasks)


@pytest.mark.parametrize("seed", range(20))
def test_aia_is_aaa_of_task_ends(history_of, random_run, seed):
    run = random_run(np.random.default_rng(seed), 4)
    ends = [evaluation for evaluation in run if evaluation[1] or evaluation[0] < 0]
    assert aia(history_of(run)) == pytest.approx(aaa(history_of(ends)))


def test_last_task_is_the_task_trained_last_at_the_end(history_of, errors_of, boundaries, every_step):
    assert last_task(history_of(boundaries)) == pytest.approx(0.9)
    assert last_task(errors_of(boundaries)) == pytest.approx(0.1)
    assert last_task(history_of(every_step[:5])) == pytest.approx(0.6)  # in the middle of task 1
    back = [(0, True, [0.5, 0.1, 0.0]), (2, True, [0.3, 0.2, 0.7]), (0, True, [0.8, 0.4, 0.6])]
    assert last_task(history_of(back)) == pytest.approx(0.8)
    with pytest.warns(MetricWarning, match="last-task is undefined"):
        assert np.isnan(last_task(history_of([(-1, False, [0, 0, 0])])))
