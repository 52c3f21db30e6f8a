"""Every check of metrics is failed by a metric that is broken in just that way, and by no other check."""

import warnings

import numpy as np
import pytest

from recollect.errors import MetricWarning
from recollect.history import History
from recollect.testing import run_checks
from recollect.testing.metric_checks import METRIC_CHECKS, MetricSubject, example_history, value_of


def gain(history, reference=None, score=None):
    """Last minus first score, averaged over tasks; losses count downwards."""
    score = score or history.primary
    sign = 1 if history.directions[score] == "max" else -1
    return float(sign * (history.scores[score][-1] - history.scores[score][0]).mean())


def array_gain(history, reference=None, score=None):
    return np.float64(gain(history, reference, score))


def last_score(history, reference=None, score=None):
    return gain(history, score=score or list(history.directions)[-1])


def absolute_rise(history, reference=None, score=None):
    score = score or history.primary
    return float(np.maximum(history.scores[score][-1] - history.scores[score][0], 0).mean())


def growing(history, reference=None, score=None):
    history.append(
        {name: np.ones(3) for name in history.directions},
        step=99, rows=0, env_steps=0, updates=0, position=0, task=0, ended=False,
    )  # fmt: skip
    return 1.0


def needs_three(history, reference=None, score=None):
    if len(history) < 3:
        raise IndexError(len(history))
    return gain(history, score=score)


def silent_nan(history, reference=None, score=None):
    return gain(history, score=score) if len(history) > 1 else float("nan")


def spoken_nan(history, reference=None, score=None):
    if len(history) < 2:
        warnings.warn("one evaluation has no gain", MetricWarning, stacklevel=2)
        return float("nan")
    return gain(history, score=score)


BROKEN = {
    array_gain: {check.__name__.removeprefix("check_") for check in METRIC_CHECKS},
    last_score: {"takes_the_primary_score"},
    absolute_rise: {"min_scores_are_turned_round"},
    growing: {"is_pure", "bears_short_histories"},
    needs_three: {"bears_short_histories"},
    silent_nan: {"bears_short_histories"},
}


@pytest.mark.parametrize("metric", [gain, spoken_nan])
def test_sound_metrics_pass(metric):
    assert [str(result) for result in run_checks("metric", metric) if not result.ok] == []


@pytest.mark.parametrize("metric", BROKEN)
def test_broken_metrics_fail_the_check_that_is_meant(metric):
    assert {result.check for result in run_checks("metric", metric) if not result.ok} == BROKEN[metric]


def test_the_example_is_what_it_says():
    history = example_history("min", negated=True)
    assert history.directions == {"first": "min", "second": "max"}
    assert np.allclose(history.scores["first"], -example_history().scores["first"])
    assert history.ended.tolist() == [False, False, True, True, True]
    assert isinstance(history, History)


def test_value_of_wants_a_sentence_with_nan():
    assert np.isnan(value_of(MetricSubject(spoken_nan), _short()))
    with pytest.raises(AssertionError, match="NaN without a MetricWarning"):
        value_of(MetricSubject(silent_nan), _short())


def _short():
    history = History(("a",), {"first": "max"})
    history.append(
        {"first": np.zeros(1)}, step=0, rows=0, env_steps=0, updates=0, position=-1, task=-1, ended=False
    )  # fmt: skip
    return history
