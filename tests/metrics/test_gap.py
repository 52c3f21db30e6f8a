import numpy as np
import pytest

from recollect.errors import MetricWarning, OptionError
from recollect.history import History
from recollect.metrics.gap import x_gap_area, x_gap_depth, x_gap_rise, x_rec90, x_recovered
from recollect.metrics.worst_case import min_acc


def switch(*curve, before=1.0):
    """Task 0 stands at `before`, then goes along `curve` while task 1 is trained, one step each."""
    after = [(1, n == len(curve) - 1, [score, 0.5]) for n, score in enumerate(curve)]
    return [(-1, False, [0.0, 0.0]), (0, True, [before, 0.0]), *after]


@pytest.fixture
def three():
    """Three tasks of two steps: task 0 has a gap at both switches, task 1 at the second."""
    return [
        (-1, False, [0.1, 0.1, 0.1]),
        (0, False, [0.5, 0.1, 0.1]),
        (0, True, [0.9, 0.2, 0.1]),
        (1, False, [0.4, 0.6, 0.1]),
        (1, True, [0.8, 0.7, 0.1]),
        (2, False, [0.6, 0.8, 0.5]),
        (2, True, [0.7, 0.9, 0.6]),
    ]


def test_the_depth_is_from_the_switch_to_the_lowest_point(history_of, errors_of, every_step, three):
    # .9 - min(.3, .5, .8); the .2 of its own learning does not count
    assert x_gap_depth(history_of(every_step)) == pytest.approx(0.6)
    assert x_gap_depth(errors_of(every_step)) == pytest.approx(0.6)
    # first switch, task 0: .9 - .4 = .5; second, task 0: .8 - .6 = .2, task 1: .7 - .8 = -.1
    assert x_gap_depth(history_of(three)) == pytest.approx((0.5 + 0.2 - 0.1) / 3)
    assert x_gap_depth(errors_of(three)) == pytest.approx((0.5 + 0.2 - 0.1) / 3)


def test_the_area_is_the_mean_distance_below_the_switch(history_of, errors_of, every_step, three):
    # (.6 + .4 + .1) / 3
    assert x_gap_area(history_of(every_step)) == pytest.approx(1.1 / 3)
    assert x_gap_area(errors_of(every_step)) == pytest.approx(1.1 / 3)
    # (.5 + .1) / 2 = .3; (.2 + .1) / 2 = .15; task 1 was never below
    assert x_gap_area(history_of(three)) == pytest.approx((0.3 + 0.15 + 0) / 3)


def test_the_rise_is_from_the_lowest_point_to_the_end(history_of, errors_of, three):
    # first switch, task 0: .8 - .4 = .4; second, task 0: .7 - .6 = .1, task 1: .9 - .8 = .1
    assert x_gap_rise(history_of(three)) == pytest.approx(0.6 / 3)
    assert x_gap_rise(errors_of(three)) == pytest.approx(0.6 / 3)
    assert x_gap_rise(history_of(three), switches=1) == pytest.approx(0.4)
    assert x_gap_rise(history_of(switch(0.5, 0.3, 0.2))) == 0


def test_recovery_is_from_the_lowest_point_to_nine_tenths_of_the_way_to_the_end(history_of, errors_of):
    # lowest .2 at the 2nd step, end .7: .2 + .9 * .5 = .65 is reached at the 5th, three steps later
    run = switch(0.5, 0.2, 0.4, 0.6, 0.66, 0.7)
    assert x_rec90(history_of(run)) == 3
    assert x_rec90(errors_of(run)) == 3
    assert x_rec90(history_of(run), fraction=0.8) == 2  # .6, a tie
    assert x_rec90(history_of(run), fraction=1.0) == 4
    assert x_recovered(history_of(run)) == 1


def test_what_is_passed_on_the_way_down_is_no_recovery(history_of):
    assert x_rec90(history_of(switch(0.9, 0.8, 0.1, 0.2, 0.3))) == 2


def test_the_first_of_two_equally_low_points_counts(history_of):
    assert x_rec90(history_of(switch(0.2, 0.5, 0.2, 0.5))) == 1


def test_recovery_is_counted_in_gradient_steps(history_of):
    history = history_of(switch(0.5, 0.2, 0.4, 0.6, 0.66, 0.7))
    state = history.state_dict() | {"updates": np.array([0, 1, 10, 20, 25, 40, 41, 50])}
    history = History(history.tasks, history.directions)
    history.load_state_dict(state)
    assert x_rec90(history) == 41 - 20


def test_back_to_what_it_was_before_is_a_longer_way(history_of):
    # from .2 to 1: .92 is never reached; half the way, .6, is after two steps
    run = switch(0.5, 0.2, 0.4, 0.6, 0.66, 0.7)
    with pytest.warns(MetricWarning, match=r"^x-rec90 is undefined \(NaN\): no gap has recovered"):
        assert np.isnan(x_rec90(history_of(run), to="before"))
    assert x_recovered(history_of(run), to="before") == 0
    assert x_rec90(history_of(run), to="before", fraction=0.5) == 2
    # reached on the way, though forgotten again at the end
    assert x_rec90(history_of(switch(0.2, 0.95, 0.4)), to="before") == 1


def test_a_fall_to_the_end_has_no_recovery(history_of, errors_of):
    for run in (switch(0.6, 0.3, 0.1), switch(0.5, 0.0, 0.0), switch(0.4)):
        for history in (history_of(run), errors_of(run)):
            with pytest.warns(MetricWarning, match="no gap has recovered"):
                assert np.isnan(x_rec90(history))
            assert x_recovered(history) == 0


def test_gaps_that_recovered_are_averaged_and_the_others_counted(history_of, three):
    # task 0: back after one step at both switches; task 1 has no gap
    assert x_rec90(history_of(three)) == 1
    assert x_recovered(history_of(three)) == 1
    three[6] = (2, True, [0.5, 0.9, 0.6])  # at the second switch task 0 ends at its lowest point
    assert x_rec90(history_of(three)) == 1
    assert x_recovered(history_of(three)) == 0.5


def test_without_a_fall_there_is_nothing_to_recover_from(history_of):
    history = history_of(switch(1.0, 1.1, 1.2))
    for metric, name in ((x_rec90, "x-rec90"), (x_recovered, "x-recovered")):
        with pytest.warns(MetricWarning, match=f"^{name} is undefined .*: no old task fell after a switch"):
            assert np.isnan(metric(history))
    assert x_gap_depth(history) == 0
    assert x_gap_area(history) == 0


def test_the_first_switches_alone(history_of, three):
    history = history_of(three)
    assert x_gap_depth(history, switches=1) == pytest.approx(0.5)
    assert x_gap_depth(history, switches=2) == x_gap_depth(history, switches=9) == x_gap_depth(history)
    assert x_gap_area(history, switches=1) == pytest.approx(0.3)
    three[6] = (2, True, [0.5, 0.9, 0.6])
    assert x_recovered(history_of(three), switches=1) == 1
    three[4] = (1, True, [0.4, 0.7, 0.1])  # not back at the first switch; at the second it is the other way round
    three[5] = (2, False, [0.3, 0.8, 0.5])
    assert x_rec90(history_of(three)) == 1
    with pytest.warns(MetricWarning, match="no gap has recovered"):
        assert np.isnan(x_rec90(history_of(three), switches=1))


@pytest.mark.parametrize("metric", [x_gap_depth, x_gap_area, x_rec90, x_recovered])
@pytest.mark.parametrize("switches", [0, -1, 1.5])
def test_at_least_one_switch_counts(history_of, three, metric, switches):
    with pytest.raises(OptionError, match=f"how many switches count, at least 1, got {switches}"):
        metric(history_of(three), switches=switches)


def test_cyclic_a_task_is_not_old_while_it_is_trained_again(history_of, cyclic):
    # task 0 at the 1st switch: .9 - .4; task 1 at the 2nd: .8 - .5; task 0 at the 3rd: .7 - .6
    assert x_gap_depth(history_of(cyclic)) == pytest.approx((0.5 + 0.3 + 0.1) / 3)


def test_in_the_middle_of_a_run_positions_that_have_ended_count(history_of, three):
    assert x_gap_depth(history_of(three[:6])) == pytest.approx(0.5)


@pytest.mark.parametrize("metric", [x_gap_depth, x_gap_area, x_rec90, x_recovered])
def test_one_task_has_no_gap(history_of, single, metric):
    with pytest.warns(MetricWarning, match=f"^{metric.__name__.replace('_', '-')} is undefined"):
        assert np.isnan(metric(history_of(single)))


@pytest.mark.parametrize("metric", [x_rec90, x_recovered])
@pytest.mark.parametrize("options", [{"fraction": 0}, {"fraction": 1.1}, {"fraction": float("nan")}, {"to": "start"}])
def test_options_out_of_their_range(history_of, every_step, metric, options):
    with pytest.raises(OptionError, match="fraction lies in"):
        metric(history_of(every_step), **options)


@pytest.mark.parametrize("seed", range(30))
def test_fewer_evaluations_show_no_deeper_gap(history_of, errors_of, random_run, seed):
    rng = np.random.default_rng(seed)
    run = random_run(rng, 4)
    sparse = [evaluation for evaluation in run if evaluation[1] or evaluation[0] < 0 or rng.random() < 0.5]
    for build in (history_of, errors_of):
        assert x_gap_depth(build(sparse)) <= x_gap_depth(build(run)) + 1e-12
    assert x_gap_area(history_of(run)) >= 0


@pytest.mark.parametrize("seed", range(10))
def test_of_two_tasks_the_lowest_point_is_min_acc(history_of, sequential_run, seed):
    run = sequential_run(np.random.default_rng(seed), 2)
    assert x_gap_depth(history_of(run)) == pytest.approx(run[4][2][0] - min_acc(history_of(run)))
