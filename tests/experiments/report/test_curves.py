import numpy as np
import pytest
from report_histories import history

from recollect.experiments.report.curves import drawn, interval, join, segments, thin
from recollect.experiments.statistics import mean


def test_seeds_are_joined_at_the_steps_that_all_have():
    every, longer = history(tasks=2, per=4), history(tasks=2, per=6, seed=1)
    joined = join([every, longer], "accuracy")
    assert joined.counters["step"].tolist() == list(range(9))
    assert joined.scores.shape == (2, 9, 2)
    assert joined.scores[1, 8].tolist() == longer.scores["accuracy"][8].tolist()
    assert joined.ended.tolist() == [False] * 4 + [True] + [False] * 3 + [True]


def test_the_mean_of_tasks_so_far_by_hand():
    joined = join([history(tasks=2, per=2)], "accuracy")
    scores = joined.scores[0]
    expected = [np.nan, scores[1, 0], scores[2, 0], scores[3].mean(), scores[4].mean()]
    assert np.array_equal(joined.so_far[0], expected, equal_nan=True)


def test_the_interval_is_that_of_the_statistics():
    values = np.random.default_rng(0).random((4, 3))
    for column, *found in zip(values.T, *interval(values), strict=True):
        assert found == pytest.approx(list(mean(column)))
    assert np.isnan(interval(values[:1])[1]).all()


def test_a_dip_of_one_evaluation_is_drawn():
    values = np.sin(np.arange(100_000) / 9000)
    values[70_001], values[33_333] = -5, 5
    values[50_000:60_000] = np.nan
    at = thin(values, 200)
    assert len(at) <= 202
    assert {0, 33_333, 70_001, 99_999} <= set(at.tolist())
    assert sorted(set(at.tolist())) == at.tolist()
    assert np.nanmin(values[at]) == -5
    assert np.isnan(values[at]).any()  # the gap stays a gap
    assert thin(values[:200], 200).tolist() == list(range(200))


def test_a_curve_of_few_points_has_the_seeds_interval_there():
    values = np.random.default_rng(1).random((3, 1000))
    line = drawn(values, 50)
    assert len(line.at) < 60
    assert line.mean.tolist() == values[:, line.at].mean(0).tolist()
    assert ((line.low < line.mean) & (line.mean < line.high)).all()


def test_segments_are_the_positions_of_the_schedule():
    found = segments(join([history(tasks=2, per=3, schedule=[1, 0, 1])], "accuracy"))
    assert found == [
        {"start": 0, "end": 3, "task": 1},
        {"start": 3, "end": 6, "task": 0},
        {"start": 6, "end": 9, "task": 1},
    ]
