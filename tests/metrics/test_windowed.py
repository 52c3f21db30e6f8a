import numpy as np
import pytest

from recollect.errors import MetricWarning, OptionError
from recollect.metrics.windowed import largest_fall, wf, wf_10, wf_100, wp, wp_10, wp_100


def test_windowed_forgetting_by_hand(history_of, errors_of, every_step):
    # w = 2, neighbours. Task 0: .6 .2 .9 .3 .5 .8: falls .4, .6; task 1 from its own first update: .6 .7 .7: 0
    assert wf(history_of(every_step), w=2) == pytest.approx((0.6 + 0) / 2)
    assert wf(errors_of(every_step), w=2) == pytest.approx((0.6 + 0) / 2)
    # a slow fall needs a wide window: .9 .7 .5 .4 falls .2 in two evaluations, .4 in three, .5 in four
    slow = [(-1, False, [0.0]), *((0, False, [score]) for score in (0.9, 0.7, 0.5, 0.4))]
    for w, fall in ((2, 0.2), (3, 0.4), (4, 0.5), (10, 0.5)):
        assert wf(history_of(slow), w=w) == pytest.approx(fall)


def test_windowed_plasticity_by_hand(history_of, errors_of, every_step):
    # w = 2. Task 0 with step 0: .5 .6 .2 .9 .3 .5 .8: rises .1, .7, .2, .3; task 1: .6 .7 .7: .1
    assert wp(history_of(every_step), w=2) == pytest.approx((0.7 + 0.1) / 2)
    assert wp(errors_of(every_step), w=2) == pytest.approx((0.7 + 0.1) / 2)
    # w = 3: .3 .5 .8 rises .5, still less than .7
    assert wp(history_of(every_step), w=3) == pytest.approx((0.7 + 0.1) / 2)


def test_the_pair_is_ordered(history_of):
    rise = [(-1, False, [0.0]), (0, False, [0.2]), (0, True, [0.9])]
    assert wf(history_of(rise), w=3) == 0
    assert wp(history_of(rise), w=3) == pytest.approx(0.9)


def test_the_score_at_random_initialisation_counts_for_plasticity_alone(history_of):
    # from .5 at random: to .1 is no forgetting; to .8 is plasticity
    assert wf(history_of([(-1, False, [0.5]), (0, False, [0.1]), (0, True, [0.1])])) == 0
    assert wp(history_of([(-1, False, [0.5]), (0, False, [0.8]), (0, True, [0.8])])) == pytest.approx(0.3)
    assert wp(history_of([(0, False, [0.8]), (0, True, [0.9])], start=1)) == pytest.approx(0.1)  # not evaluated


def test_a_task_enters_at_its_own_first_update(history_of):
    # task 1 falls from .9 to .2 before it is trained, and rises from .2 to .8 by its first update
    run = [(-1, False, [0, 0.9]), (0, True, [0.5, 0.2]), (1, False, [0.5, 0.8]), (1, True, [0.5, 0.7])]
    assert wf(history_of(run)) == pytest.approx((0 + 0.1) / 2)
    assert wp(history_of(run)) == pytest.approx((0.5 + 0) / 2)


def test_the_usual_windows_have_names(history_of):
    # a fall of .01 at each of 120 evaluations: 9 of them fit into a window of 10, 99 into one of 100
    run = [(-1, False, [0.0]), *((0, False, [1.2 - 0.01 * n]) for n in range(120))]
    assert wf_10(history_of(run)) == pytest.approx(0.09)
    assert wf_100(history_of(run)) == pytest.approx(0.99)
    run = [(-1, False, [0.0]), *((0, False, [0.01 * n]) for n in range(120))]
    assert wp_10(history_of(run)) == pytest.approx(0.09)
    assert wp_100(history_of(run)) == pytest.approx(0.99)


@pytest.mark.parametrize("w", [2, 3, 5, 7, 8, 100])
def test_it_is_the_largest_of_all_pairs_in_a_window(w):
    rng = np.random.default_rng(w)
    for size in (1, 2, 3, 6, 7, 8, 9, 40):
        curve = rng.random(size)
        pairs = [curve[m] - curve[n] for n in range(size) for m in range(max(0, n - w + 1), n)]
        assert largest_fall(curve, w) == max([0, *pairs])


@pytest.mark.parametrize("seed", range(20))
def test_wider_windows_see_no_less(history_of, random_run, seed):
    history = history_of(random_run(np.random.default_rng(seed), 4))
    for metric in (wf, wp):
        values = [metric(history, w=w) for w in (2, 3, 10, 100)]
        assert values == sorted(values)
        assert values[0] >= 0


@pytest.mark.parametrize("metric", [wf, wp])
@pytest.mark.parametrize("w", [1, 0, -3, 2.5, True, "10"])
def test_a_window_holds_two_evaluations_at_least(history_of, every_step, metric, w):
    with pytest.raises(OptionError, match="a whole number of at least 2, got"):
        metric(history_of(every_step), w=w)


@pytest.mark.parametrize(
    ("metric", "name"), [(wf_10, "wf-10"), (wf_100, "wf-100"), (wp_10, "wp-10"), (wp_100, "wp-100")]
)
def test_before_the_first_step_they_are_undefined(history_of, every_step, metric, name):
    with pytest.warns(MetricWarning, match=f"^{name} is undefined .*: no task was trained"):
        assert np.isnan(metric(history_of(every_step[:1])))
