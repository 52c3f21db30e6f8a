import numpy as np
import pytest

from recollect.errors import MetricWarning
from recollect.metrics.forgetting import forg, forgetting, forgetting_from_best
from recollect.metrics.transfer import bwt


def test_from_the_best_end_before_to_the_last(history_of, errors_of, boundaries):
    # task 0: max(.7, .9) - .6 = .3; task 1: max(.2, .8) - .5 = .3; task 2 was trained last
    assert forgetting(history_of(boundaries)) == pytest.approx(0.3)
    assert forgetting(errors_of(boundaries)) == pytest.approx(0.3)  # more errors are forgetting too


def test_it_is_negative_where_the_last_task_helped(history_of, errors_of):
    run = [(-1, False, [0, 0]), (0, True, [0.5, 0]), (1, True, [0.75, 1])]
    assert forgetting(history_of(run)) == pytest.approx(-0.25)
    assert forgetting(errors_of(run)) == pytest.approx(-0.25)


def test_only_task_ends_count(history_of, every_step):
    # task 0: .9 - .8; with a better evaluation in mid-task it is the same
    assert forgetting(history_of(every_step)) == pytest.approx(0.1)
    every_step[5] = (1, False, [1.0, 0.7])
    assert forgetting(history_of(every_step)) == pytest.approx(0.1)


def test_the_evaluation_before_any_training_does_not_count(history_of):
    run = [(-1, False, [1.0, 0]), (0, True, [0.5, 0]), (1, True, [0.25, 1])]
    assert forgetting(history_of(run)) == pytest.approx(0.25)


def test_in_the_middle_of_a_run_it_stands_at_the_last_task_end(history_of, boundaries, every_step):
    # task 0: .7 - .9, two tasks having ended
    assert forgetting(history_of(boundaries[:3])) == pytest.approx(-0.2)
    with pytest.warns(MetricWarning, match="two tasks that have ended"):
        assert np.isnan(forgetting(history_of(every_step[:6])))


def test_cyclic(history_of, errors_of, cyclic):
    # task 0: max(.9, .4, .7) - .6 = .3; task 1 was trained last
    assert forgetting(history_of(cyclic)) == pytest.approx(0.3)
    assert forgetting(errors_of(cyclic)) == pytest.approx(0.3)
    # one position fewer, task 0 was trained last; task 1: max(.3, .8) - .5 = .3
    assert forgetting(history_of(cyclic[:4])) == pytest.approx(0.3)


def test_the_same_task_twice_is_still_one(history_of):
    run = [(-1, False, [0, 0]), (0, True, [0.5, 0]), (0, True, [0.25, 0])]
    with pytest.warns(MetricWarning, match="forgetting is undefined"):
        assert np.isnan(forgetting(history_of(run)))


def test_one_task_has_none(history_of, single):
    with pytest.warns(MetricWarning, match=r"forgetting is undefined \(NaN\): it needs two tasks that have ended"):
        assert np.isnan(forgetting(history_of(single)))


def test_from_the_best_ever_the_last_end_counts_too(history_of, errors_of):
    # task 0 is at its best at the last end: 0; task 1: .8 - .5
    run = [(-1, False, [0, 0, 0]), (0, True, [0.5, 0, 0]), (1, True, [0.6, 0.8, 0]), (2, True, [0.7, 0.5, 1])]
    assert forgetting_from_best(history_of(run)) == pytest.approx((0 + 0.3) / 2)
    assert forgetting_from_best(errors_of(run)) == pytest.approx((0 + 0.3) / 2)
    assert forgetting(history_of(run)) == pytest.approx((-0.1 + 0.3) / 2)


def test_from_the_best_ever_ends_before_the_first_training_do_not_count(history_of):
    # task 1 was better before it was trained (.9), which `forgetting` takes for its best
    run = [(-1, False, [0, 0, 0]), (0, True, [0.5, 0.9, 0]), (1, True, [0.5, 0.8, 0]), (2, True, [0.5, 0.6, 1])]
    assert forgetting_from_best(history_of(run)) == pytest.approx((0 + 0.2) / 2)
    assert forgetting(history_of(run)) == pytest.approx((0 + 0.3) / 2)


def test_from_the_best_ever_cyclic(history_of, cyclic):
    # task 0 from its first end on: max(.9, .4, .7, .6) - .6; task 1 was trained last
    assert forgetting_from_best(history_of(cyclic)) == pytest.approx(0.3)


def test_forg_is_from_a_tasks_own_end(history_of, errors_of, boundaries, cyclic):
    # task 0: .7 - .6 = .1; task 1: .8 - .5 = .3
    assert forg(history_of(boundaries)) == pytest.approx(0.2)
    assert forg(errors_of(boundaries)) == pytest.approx(0.2)
    assert forg(history_of(cyclic)) == pytest.approx(0.7 - 0.6)


@pytest.mark.parametrize("seed", range(50))
def test_how_the_three_forms_lie(history_of, errors_of, random_run, seed):
    run = random_run(np.random.default_rng(seed), 4)  # two tasks at least
    for history in (history_of(run), errors_of(run)):
        assert forg(history) == pytest.approx(-bwt(history))
        assert forgetting_from_best(history) >= max(0, forg(history) - 1e-12)


@pytest.mark.parametrize(("metric", "name"), [(forg, "forg"), (forgetting_from_best, "forgetting-from-best")])
def test_one_task_has_no_variant_of_it_either(history_of, single, metric, name):
    with pytest.warns(MetricWarning, match=rf"^{name} is undefined \(NaN\): it needs two tasks that have ended"):
        assert np.isnan(metric(history_of(single)))
