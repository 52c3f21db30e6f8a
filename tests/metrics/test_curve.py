import numpy as np
import pytest

from recollect.errors import MetricWarning, OptionError
from recollect.metrics.curve import lca, lca_10


def test_the_area_by_hand(history_of, errors_of, every_step):
    # task 0: .5 before, then .6, .2, .9; task 1: .4 before, then .6, .7, .7
    assert lca(history_of(every_step), beta=0) == pytest.approx((0.5 + 0.4) / 2)
    assert lca(history_of(every_step), beta=1) == pytest.approx((0.5 + 0.6 + 0.4 + 0.6) / 4)
    assert lca(history_of(every_step), beta=3) == pytest.approx((0.5 + 0.6 + 0.2 + 0.9 + 0.4 + 0.6 + 0.7 + 0.7) / 8)
    assert lca(errors_of(every_step), beta=1) == pytest.approx((0.5 + 0.4 + 0.6 + 0.4) / 4)  # a level


def test_the_variant_without_the_score_before(history_of, every_step):
    assert lca(history_of(every_step), beta=2, before=False) == pytest.approx((0.6 + 0.2 + 0.6 + 0.7) / 4)


def test_ten_mini_batches_have_a_name(history_of):
    # 0, .01, ... .12: the mean of 0 to .10
    run = [(-1, False, [0.0]), *((0, n == 12, [n / 100]) for n in range(1, 13))]
    assert lca_10(history_of(run)) == lca(history_of(run)) == pytest.approx(0.05)


def test_only_the_first_training_of_a_task_counts(history_of, cyclic):
    # task 0: .1, .9; task 1: .3, .8
    assert lca(history_of(cyclic), beta=1) == pytest.approx((0.1 + 0.9 + 0.3 + 0.8) / 4)


def test_in_the_middle_of_a_run_tasks_that_have_ended_count(history_of, every_step):
    assert lca(history_of(every_step[:6]), beta=1) == pytest.approx((0.5 + 0.6) / 2)


def test_mini_batches_are_steps_not_evaluations(history_of, every_step):
    sparse = history_of(every_step)
    del every_step[5]  # step 5 is not evaluated, the third evaluation of task 1 would take its place
    gap = history_of(every_step)
    state = gap.state_dict() | {"step": np.delete(sparse.step, 5)}
    gap.load_state_dict(state)
    assert lca(gap, beta=1) == lca(sparse, beta=1)
    with pytest.warns(
        MetricWarning, match="^lca-2 is undefined .*: task b was not evaluated after each of its first 2"
    ):
        assert np.isnan(lca(gap, beta=2))


def test_tasks_that_are_too_short_or_seldom_evaluated(history_of, boundaries, every_step):
    for run in (boundaries, every_step):
        with pytest.warns(MetricWarning, match=r"^lca-10 is undefined \(NaN\): task a was not evaluated after each"):
            assert np.isnan(lca_10(history_of(run)))


def test_without_the_evaluation_at_step_0_there_is_no_score_before(history_of, every_step):
    late = history_of(every_step[1:], start=1)
    with pytest.warns(MetricWarning, match="task a was not evaluated"):
        assert np.isnan(lca(late, beta=1))
    assert lca(late, beta=2, before=False) == pytest.approx((0.6 + 0.2 + 0.6 + 0.7) / 4)


def test_before_a_task_has_ended_it_is_undefined(history_of, every_step):
    with pytest.warns(MetricWarning, match="no task has ended"):
        assert np.isnan(lca(history_of(every_step[:3]), beta=1))


@pytest.mark.parametrize("options", [{"beta": -1}, {"beta": 1.5}, {"beta": True}, {"beta": 0, "before": False}])
def test_beta_counts_mini_batches(history_of, every_step, options):
    with pytest.raises(OptionError, match="beta counts mini-batches"):
        lca(history_of(every_step), **options)
