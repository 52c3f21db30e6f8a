import numpy as np
import pytest
from rliable import library, metrics

from recollect.errors import DataError, MetricWarning
from recollect.experiments.statistics import (
    Estimate,
    interval,
    iqm,
    mean,
    paired_difference,
    performance_profile,
    probability_of_improvement,
)

RNG = np.random.default_rng(7)
A, B = RNG.normal(0.6, 0.2, (8, 3)), RNG.normal(0.5, 0.2, (6, 3))  # 8 and 6 seeds on 3 streams


def theirs(func, scores, reps=2000):
    np.random.seed(0)  # rliable draws from the global generator
    point, bounds = library.get_interval_estimates({"it": scores}, func, reps=reps)
    return point["it"], bounds["it"]


def test_iqm_is_rliables_and_the_mean_of_the_middle():
    assert iqm(A) == metrics.aggregate_iqm(A)
    assert iqm([100, 1, 2, 3, 4, -50, 5, 6]) == pytest.approx((2 + 3 + 4 + 5) / 4)
    assert iqm([1.0, 5.0, 3.0]) == pytest.approx(3.0)  # of three nothing is cut off


def test_interval_is_rliables():
    ours = interval(A, resamples=4000)
    point, bounds = theirs(lambda x: np.array([metrics.aggregate_iqm(x)]), A, 4000)
    assert ours.value == pytest.approx(point[0])
    width = np.ptp(bounds)
    np.testing.assert_allclose([ours.low, ours.high], bounds[:, 0], atol=0.05 * width)


def test_interval_is_stratified():
    apart = np.array([[0.0, 100.0], [1.0, 101.0], [2.0, 102.0], [3.0, 103.0]])
    ours = interval(apart, np.mean)
    assert 49.5 < ours.low < ours.value == 51.5 < ours.high < 53.5  # drawn across streams it would be tens wide


def test_intervals_are_a_function_of_the_seed():
    assert interval(A, seed=1) == interval(A, seed=1) != interval(A, seed=2)
    assert probability_of_improvement(A, B, seed=1) == probability_of_improvement(A, B, seed=1)
    state = np.random.get_state()[1].copy()
    interval(A)
    assert (np.random.get_state()[1] == state).all()


def test_mean_has_students_interval():
    ours = mean([1.0, 2.0, 3.0, 4.0, 5.0])
    half = 2.7764451052 * np.sqrt(2.5) / np.sqrt(5)  # t of 4 degrees of freedom at .975; variance 2.5
    assert ours == pytest.approx((3.0, 3.0 - half, 3.0 + half))
    assert mean([1.0, 2.0, 3.0, 4.0, 5.0], confidence=0.5).high < ours.high


def test_mean_of_equal_values_is_certain_and_of_one_has_no_interval():
    assert mean([0.3, 0.3, 0.3]) == pytest.approx((0.3, 0.3, 0.3))
    assert np.isnan(mean([0.3])[1:]).all()
    assert np.isnan(interval([0.3])[1:]).all()
    assert mean([0.3]).value == interval([0.3]).value == 0.3


def test_paired_difference_pairs_seeds():
    a, b = np.array([1.0, 2.0, 3.0]), np.array([0.9, 1.8, 3.0])
    assert paired_difference(a, b) == pytest.approx(mean([0.1, 0.2, 0.0]))
    both = paired_difference(np.stack([a, a], 1), np.stack([b, b - 0.2], 1))  # two streams count as one per seed
    assert both == pytest.approx(mean([0.2, 0.3, 0.1]))


def test_probability_of_improvement_is_rliables():
    ours = probability_of_improvement(A, B, resamples=4000)
    np.random.seed(0)
    point, bounds = library.get_interval_estimates(
        {"it": [A, B]}, lambda x, y: np.array([metrics.probability_of_improvement(x, y)]), reps=600
    )
    assert ours.value == pytest.approx(point["it"][0])
    np.testing.assert_allclose([ours.low, ours.high], bounds["it"][:, 0], atol=0.04)


def test_probability_of_improvement_by_hand():
    assert probability_of_improvement([1.0, 3.0], [2.0, 0.0]).value == 0.75
    assert probability_of_improvement([1.0, 1.0], [1.0, 1.0]) == (0.5, 0.5, 0.5)
    assert probability_of_improvement([1.0, 2.0], [1.0, 0.0]).value == 0.875  # a tie is half


def test_performance_profile_is_rliables():
    levels = np.linspace(0, 1, 5)
    ours = performance_profile(A, levels, resamples=4000)
    np.random.seed(0)
    share, bounds = library.create_performance_profile({"it": A}, levels, reps=4000)
    np.testing.assert_allclose(ours.share, share["it"])
    np.testing.assert_allclose([ours.low, ours.high], bounds["it"], atol=0.05)
    assert ours.share[0] > ours.share[-1]


@pytest.mark.parametrize("measure", [iqm, interval, mean, lambda x: paired_difference(x, np.zeros(3))])
def test_nan_makes_nan_and_a_sentence(measure):
    with pytest.warns(MetricWarning, match=r"run 1 of 3 has the score NaN"):
        found = measure([0.5, np.nan, 0.5])
    assert np.isnan(found).all()


def test_nan_among_two_methods_or_levels():
    with pytest.warns(MetricWarning, match="run 0 of 2"):
        assert np.isnan(probability_of_improvement([0.5, 0.6], [np.nan, 0.1])).all()
    with pytest.warns(MetricWarning, match="run 1 of 2"):
        profile = performance_profile([0.5, np.nan], [0.1, 0.2])
    assert np.isnan(profile.share).all()
    assert profile.share.shape == (2,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: iqm([]), r"got \(0,\)"),
        (lambda: mean(np.zeros((2, 2, 2))), r"got \(2, 2, 2\)"),
        (lambda: interval(["a"]), "must be numbers"),
        (lambda: paired_difference([1, 2], [1, 2, 3]), "the same seeds"),
        (lambda: probability_of_improvement(A, B[:, :2]), "got 3 and 2"),
    ],
)
def test_scores_of_other_shapes_are_refused(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_an_estimate_is_three_numbers():
    assert Estimate(1.0, 0.5, 1.5)._asdict() == {"value": 1.0, "low": 0.5, "high": 1.5}


def test_an_estimate_is_spelt():
    assert str(Estimate(0.5, 0.25, 0.75)) == "0.500 [0.250, 0.750]"
    assert str(Estimate(0.5, np.nan, np.nan)) == "0.500"
    assert str(Estimate(np.nan, np.nan, np.nan)) == "-"


def test_a_profile_takes_infinite_scores():
    found = performance_profile([-np.inf, 1.0, np.inf], [0.0, 2.0])
    assert found.share.tolist() == pytest.approx([2 / 3, 1 / 3])
