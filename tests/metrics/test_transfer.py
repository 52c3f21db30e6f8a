import numpy as np
import pytest

from recollect.errors import MetricWarning
from recollect.metrics.transfer import bwt, bwt_plus, fwt, upper_triangle_mean


def test_bwt_is_from_a_tasks_own_end_to_the_last(history_of, errors_of, boundaries):
    # task 0: .6 - .7 = -.1; task 1: .5 - .8 = -.3
    assert bwt(history_of(boundaries)) == pytest.approx(-0.2)
    assert bwt(errors_of(boundaries)) == pytest.approx(-0.2)  # errors rose: negative as well


def test_bwt_is_positive_where_later_tasks_helped(history_of, errors_of, boundaries):
    # after two tasks, task 0: .9 - .7
    assert bwt(history_of(boundaries[:3])) == pytest.approx(0.2)
    assert bwt(errors_of(boundaries[:3])) == pytest.approx(0.2)


def test_bwt_with_every_step_looks_at_task_ends_only(history_of, every_step):
    assert bwt(history_of(every_step)) == pytest.approx(0.8 - 0.9)


def test_bwt_cyclic_starts_at_the_last_end_of_a_task(history_of, errors_of, cyclic):
    # task 0 ended last at position 2: .6 - .7
    assert bwt(history_of(cyclic)) == pytest.approx(-0.1)
    assert bwt(errors_of(cyclic)) == pytest.approx(-0.1)
    # one position fewer, task 1 is the old one: .5 - .8
    assert bwt(history_of(cyclic[:4])) == pytest.approx(-0.3)


def test_bwt_of_tasks_in_another_order(history_of):
    # order 2, 0; task 1 is never trained: only task 2 is old, .6 - .7
    run = [(-1, False, [0, 0, 0]), (2, True, [0.1, 0.9, 0.7]), (0, True, [0.5, 0.2, 0.6])]
    assert bwt(history_of(run)) == pytest.approx(-0.1)


def test_fwt_is_from_no_training_to_just_before_its_own(history_of, errors_of, boundaries):
    # task 1: .20 - .15 = .05; task 2: .20 - .10 = .10
    assert fwt(history_of(boundaries)) == pytest.approx(0.075)
    assert fwt(errors_of(boundaries)) == pytest.approx(0.075)  # fewer errors before training: positive as well


def test_fwt_with_every_step(history_of, every_step):
    assert fwt(history_of(every_step)) == pytest.approx(0.4 - 0.5)


def test_fwt_cyclic_counts_the_first_time_only(history_of, cyclic):
    # task 1: .3 - .1
    assert fwt(history_of(cyclic)) == pytest.approx(0.2)


def test_fwt_of_tasks_in_another_order(history_of):
    # order 2, 0: task 0 stood at .4 when task 2 ended, and at .3 at first
    run = [(-1, False, [0.3, 0, 0]), (2, True, [0.4, 0.9, 0.7]), (0, True, [0.5, 0.2, 0.6])]
    assert fwt(history_of(run)) == pytest.approx(0.1)


def test_fwt_needs_the_evaluation_before_any_training(history_of, boundaries):
    with pytest.warns(MetricWarning, match="fwt is undefined .*no evaluation at step 0"):
        assert np.isnan(fwt(history_of(boundaries[1:], start=1)))


@pytest.mark.parametrize("metric", [bwt, fwt])
def test_one_task_has_no_transfer(history_of, single, metric):
    for evaluations in (single, single[:1], []):
        with pytest.warns(MetricWarning, match=f"{metric.__name__} is undefined .*two tasks that have ended"):
            assert np.isnan(metric(history_of(evaluations)))


def test_bwt_plus_averages_over_all_later_ends(history_of, errors_of):
    # task 0 from .5: .7 - .5 = .2 and .6 - .5 = .1; task 1 from .4: .9 - .4 = .5; N(N-1)/2 = 3
    run = [(-1, False, [0, 0, 0]), (0, True, [0.5, 0, 0]), (1, True, [0.7, 0.4, 0]), (2, True, [0.6, 0.9, 1])]
    assert bwt_plus(history_of(run)) == pytest.approx((0.2 + 0.1 + 0.5) / 3)
    assert bwt_plus(errors_of(run)) == pytest.approx((0.2 + 0.1 + 0.5) / 3)


def test_bwt_plus_cuts_the_mean_not_its_terms(history_of, errors_of, boundaries):
    # task 0: .9 - .7 = .2 and .6 - .7 = -.1; task 1: .5 - .8 = -.3: the sum is -.2
    assert bwt_plus(history_of(boundaries)) == 0
    assert bwt_plus(errors_of(boundaries)) == 0
    boundaries[3] = (2, True, [0.6, 0.75, 0.9])  # .2 - .1 - .05 = .05
    assert bwt_plus(history_of(boundaries)) == pytest.approx(0.05 / 3)


def test_bwt_plus_cyclic_starts_at_the_last_end_of_a_task(history_of, cyclic):
    # only task 0 at the last position, .6 - .7; with .8 there it is .1
    assert bwt_plus(history_of(cyclic)) == 0
    assert bwt_plus(history_of([*cyclic[:4], (1, True, [0.8, 0.9])])) == pytest.approx(0.1)


def test_the_upper_triangle_is_not_forward_transfer(history_of, errors_of, boundaries):
    # after task 0: .2 and .4; after task 1: .2
    assert upper_triangle_mean(history_of(boundaries)) == pytest.approx((0.2 + 0.4 + 0.2) / 3)
    assert upper_triangle_mean(errors_of(boundaries)) == pytest.approx((0.8 + 0.6 + 0.8) / 3)  # a level
    assert fwt(history_of(boundaries)) == pytest.approx(0.075)


def test_the_upper_triangle_cyclic_ends_at_the_first_training(history_of, cyclic):
    assert upper_triangle_mean(history_of(cyclic)) == pytest.approx(0.3)


def test_the_upper_triangle_leaves_tasks_out_that_were_never_trained(history_of):
    # order 2, 0: task 0 after task 2
    run = [(-1, False, [0.3, 0, 0]), (2, True, [0.4, 0.9, 0.7]), (0, True, [0.5, 0.2, 0.6])]
    assert upper_triangle_mean(history_of(run)) == pytest.approx(0.4)


@pytest.mark.parametrize(("metric", "name"), [(bwt_plus, "bwt-plus"), (upper_triangle_mean, "upper-triangle-mean")])
def test_one_task_has_no_triangles(history_of, single, metric, name):
    for evaluations in (single, single[:1], []):
        with pytest.warns(MetricWarning, match=f"^{name} is undefined .*two tasks that have ended"):
            assert np.isnan(metric(history_of(evaluations)))
