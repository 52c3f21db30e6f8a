import numpy as np
import pytest

from recollect.errors import MetricWarning
from recollect.metrics.level import accuracy
from recollect.metrics.worst_case import boundary_min_acc, min_acc, wc_acc


def test_with_every_step_the_fall_after_the_switch_is_seen(history_of, errors_of, every_step):
    # task 0 after its end: min(.3, .5, .8) = .3, not the .2 of its own learning; task 1 is the current one
    assert min_acc(history_of(every_step)) == pytest.approx(0.3)
    assert min_acc(errors_of(every_step)) == pytest.approx(0.7)  # most errors
    # .7 / 2 + (1 - 1 / 2) * .3 = .5
    assert wc_acc(history_of(every_step)) == pytest.approx(0.5)
    assert wc_acc(errors_of(every_step)) == pytest.approx(0.5)


def test_at_task_ends_only_it_is_not(history_of, every_step):
    run = [evaluation for evaluation in every_step if evaluation[1] or evaluation[0] < 0]
    assert min_acc(history_of(run)) == pytest.approx(0.8)
    assert wc_acc(history_of(run)) == pytest.approx(0.75)


def test_boundary_min_acc_is_min_acc_of_the_task_ends(history_of, errors_of, every_step, boundaries, cyclic):
    assert boundary_min_acc(history_of(every_step)) == pytest.approx(0.8)
    assert boundary_min_acc(errors_of(every_step)) == pytest.approx(0.2)
    for run in (boundaries, cyclic):
        assert boundary_min_acc(history_of(run)) == pytest.approx(min_acc(history_of(run)))
    with pytest.warns(MetricWarning, match="two tasks that have ended"):
        assert np.isnan(boundary_min_acc(history_of(every_step[:6])))


def test_three_tasks(history_of, errors_of, boundaries):
    # task 0: min(.9, .6) = .6; task 1: .5; mean .55. WC-ACC: .9 / 3 + 2 / 3 * .55
    assert min_acc(history_of(boundaries)) == pytest.approx(0.55)
    assert min_acc(errors_of(boundaries)) == pytest.approx(0.45)
    assert wc_acc(history_of(boundaries)) == pytest.approx(0.3 + 2 / 3 * 0.55)
    assert wc_acc(errors_of(boundaries)) == pytest.approx(0.1 / 3 + 2 / 3 * 0.45)


def test_the_minimum_is_strictly_after_the_end_of_the_task(history_of):
    # .25 at its own end does not count
    run = [(-1, False, [0, 0]), (0, True, [0.25, 0]), (1, False, [0.5, 0.5]), (1, True, [0.75, 1])]
    assert min_acc(history_of(run)) == pytest.approx(0.5)
    assert wc_acc(history_of(run)) == pytest.approx((0.5 + 1) / 2)


def test_in_the_middle_of_a_task_it_is_the_current_one(history_of, every_step):
    assert min_acc(history_of(every_step[:6])) == pytest.approx(0.3)
    assert wc_acc(history_of(every_step[:6])) == pytest.approx((0.3 + 0.7) / 2)


def test_cyclic_counts_from_the_last_end(history_of, errors_of, cyclic):
    # task 0 ended last at position 2, so only .6 counts; WC-ACC: (.6 + .9) / 2
    assert min_acc(history_of(cyclic)) == pytest.approx(0.6)
    assert min_acc(errors_of(cyclic)) == pytest.approx(0.4)
    assert wc_acc(history_of(cyclic)) == pytest.approx(0.75)
    # one position fewer, task 0 is the current one and task 1 fell to .5; WC-ACC: (.5 + .7) / 2
    assert min_acc(history_of(cyclic[:4])) == pytest.approx(0.5)
    assert wc_acc(history_of(cyclic[:4])) == pytest.approx(0.6)


def test_one_task_has_no_old_ones_but_a_current_one(history_of, single):
    with pytest.warns(MetricWarning, match=r"min-acc is undefined \(NaN\): it needs a task that has ended and another"):
        assert np.isnan(min_acc(history_of(single)))
    assert wc_acc(history_of(single)) == pytest.approx(0.75)


@pytest.mark.parametrize("evaluations", [0, 1])
def test_before_the_first_step_both_are_undefined(history_of, boundaries, evaluations):
    history = history_of(boundaries[:evaluations])
    with pytest.warns(MetricWarning, match="min-acc is undefined"):
        assert np.isnan(min_acc(history))
    with pytest.warns(MetricWarning, match="wc-acc is undefined .*no task was trained"):
        assert np.isnan(wc_acc(history))


@pytest.mark.parametrize("seed", range(100))
def test_the_worst_case_is_never_better_than_accuracy(history_of, errors_of, random_run, seed):
    rng = np.random.default_rng(seed)
    run = random_run(rng, int(rng.integers(2, 6)))
    run = run[: int(rng.integers(2, len(run) + 1))]  # stopped anywhere
    assert wc_acc(history_of(run)) <= accuracy(history_of(run)) + 1e-12
    assert wc_acc(errors_of(run)) >= accuracy(errors_of(run)) - 1e-12


@pytest.mark.parametrize("seed", range(30))
def test_fewer_evaluations_never_show_a_worse_case(history_of, random_run, seed):
    rng = np.random.default_rng(seed)
    run = random_run(rng, 4)
    sparse = [evaluation for evaluation in run if evaluation[1] or evaluation[0] < 0 or rng.random() < 0.5]
    ends = [evaluation for evaluation in sparse if evaluation[1] or evaluation[0] < 0]
    if run[-1][0] != run[1][0]:
        assert min_acc(history_of(ends)) >= min_acc(history_of(sparse)) >= min_acc(history_of(run))
    assert wc_acc(history_of(ends)) >= wc_acc(history_of(sparse)) - 1e-12


@pytest.mark.parametrize("every", [2, 3, 7])
@pytest.mark.parametrize("seed", range(10))
def test_evaluating_every_so_many_steps_is_never_worse_than_every_step(history_of, random_run, seed, every):
    run = random_run(np.random.default_rng(seed), 3)
    sparse = [evaluation for step, evaluation in enumerate(run) if evaluation[1] or step % every == 0]
    if run[-1][0] != run[1][0]:
        assert min_acc(history_of(sparse)) >= min_acc(history_of(run))
    assert wc_acc(history_of(sparse)) >= wc_acc(history_of(run)) - 1e-12
