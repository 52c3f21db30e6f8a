import numpy as np
import pytest

from recollect.errors import MetricWarning, UnknownName
from recollect.history import History
from recollect.metrics.joint import intransigence, intransigence_mean, omega_all

METRICS = [(intransigence, "intransigence"), (intransigence_mean, "intransigence-mean"), (omega_all, "omega-all")]


@pytest.fixture
def joint():
    """The same three tasks, trained jointly."""
    return [
        (-1, False, [0.10, 0.15, 0.10]),
        (0, True, [0.80, 0.20, 0.40]),
        (1, True, [0.80, 0.90, 0.20]),
        (2, True, [0.75, 0.95, 1.00]),
    ]


def test_intransigence_is_of_the_last_task_at_its_own_end(history_of, errors_of, boundaries, joint):
    assert intransigence(history_of(boundaries), history_of(joint)) == pytest.approx(1.0 - 0.9)
    assert intransigence(errors_of(boundaries), errors_of(joint)) == pytest.approx(0.1)
    # after two tasks; the reference may be longer
    assert intransigence(history_of(boundaries[:3]), history_of(joint)) == pytest.approx(0.9 - 0.8)


def test_its_mean_is_over_all_tasks(history_of, errors_of, boundaries, joint):
    # .8 - .7, .9 - .8, 1 - .9
    assert intransigence_mean(history_of(boundaries), history_of(joint)) == pytest.approx(0.1)
    joint[1] = (0, True, [0.4, 0.2, 0.4])  # -.3
    assert intransigence_mean(history_of(boundaries), history_of(joint)) == pytest.approx((-0.3 + 0.1 + 0.1) / 3)
    assert intransigence_mean(errors_of(boundaries), errors_of(joint)) == pytest.approx((-0.3 + 0.1 + 0.1) / 3)


def test_cyclic_the_mean_takes_the_last_ends(history_of, cyclic):
    joint = [(task, ended, [1.0, 1.0]) for task, ended, _ in cyclic]
    assert intransigence_mean(history_of(cyclic), history_of(joint)) == pytest.approx((0.3 + 0.1) / 2)


def test_omega_is_the_mean_share(history_of, errors_of, boundaries, joint):
    # .7 / .8; .85 / .85; (2 / 3) / .9
    assert omega_all(history_of(boundaries), history_of(joint)) == pytest.approx((0.875 + 1 + 2 / 2.7) / 3)
    # errors: .3 / .2; .15 / .15; (1 / 3) / .1
    assert omega_all(errors_of(boundaries), errors_of(joint)) == pytest.approx((1.5 + 1 + 10 / 3) / 3)


def test_evaluations_between_task_ends_do_not_count(history_of, every_step):
    joint = [(-1, False, [0.5, 0.5]), (0, True, [1.0, 0.5]), (1, True, [1.0, 1.0])]
    assert intransigence(history_of(every_step), history_of(joint)) == pytest.approx(0.3)
    assert omega_all(history_of(every_step), history_of(joint)) == pytest.approx((0.9 + 0.75) / 2)


def test_the_reference_is_read_by_the_name_of_the_score():
    ours, theirs = History(("a",), {"intent": "max"}), History(("a",), {"wer": "min", "intent": "max"})
    counters = {"step": 1, "rows": 1, "env_steps": 1, "updates": 1, "position": 0, "task": 0, "ended": True}
    ours.append({"intent": [0.6]}, **counters)
    theirs.append({"wer": [30], "intent": [0.8]}, **counters)
    assert intransigence(ours, theirs) == pytest.approx(0.2)
    assert omega_all(ours, theirs) == pytest.approx(0.75)
    with pytest.raises(UnknownName, match="wer"):
        intransigence(theirs, ours)


@pytest.mark.parametrize(("metric", "name"), METRICS)
def test_they_need_a_reference_that_fits(history_of, boundaries, joint, metric, name):
    run = history_of(boundaries)
    with pytest.warns(MetricWarning, match=rf"^{name} is undefined \(NaN\): it needs a reference"):
        assert np.isnan(metric(run))
    swapped = [joint[0], (1, *joint[1][1:]), (0, *joint[2][1:]), joint[3]]
    more = [(task, ended, [*scores, 0.5]) for task, ended, scores in joint]  # four tasks, of which three are trained
    for other in (joint[:3], swapped, more):
        with pytest.warns(MetricWarning, match=f"^{name} is undefined .*the same tasks in the same order"):
            assert np.isnan(metric(run, history_of(other)))
    with pytest.warns(MetricWarning, match="no task has ended"):
        assert np.isnan(metric(history_of(boundaries[:1]), history_of(joint)))


def test_omega_of_a_reference_at_zero_is_undefined(history_of, boundaries):
    nothing = [(task, ended, [0, 0, 0]) for task, ended, _ in boundaries]
    with pytest.warns(MetricWarning, match="omega-all is undefined .*scores 0"):
        assert np.isnan(omega_all(history_of(boundaries), history_of(nothing)))
