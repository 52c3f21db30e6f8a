"""What every metric keeps to."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from recollect.errors import MetricWarning
from recollect.history import History


@dataclass(frozen=True)
class MetricSubject:
    """A metric to check.

    Attributes:
        function: `f(history, reference=None, score=None) -> float`.
    """

    function: Callable[..., float]


def example_history(direction: str = "max", *, negated: bool = False) -> History:
    """Three tasks, evaluated before, between and after them; the second score has the other direction.

    Args:
        direction: of the first score.
        negated: whether the numbers of the first score are negated.
    """
    other = "min" if direction == "max" else "max"
    history = History(("a", "b", "c"), {"first": direction, "second": other})
    table = [(0, -1, False, [0.1, 0.2, 0.1]), (5, 0, False, [0.7, 0.2, 0.1]), (10, 0, True, [0.9, 0.3, 0.2])]
    table += [(20, 1, True, [0.6, 0.8, 0.2]), (30, 2, True, [0.5, 0.7, 0.9])]
    for step, task, ended, values in table:
        first = np.array(values) * (-1 if negated else 1)
        scores = {"first": first, "second": 1 - np.array(values)}
        counters = {"step": step, "rows": 4 * step, "env_steps": 0, "updates": step}
        history.append(scores, **counters, position=task, task=task, ended=ended)
    return history


def value_of(subject: MetricSubject, *arguments: Any, **options: Any) -> float:
    """The metric's value; NaN is allowed with a MetricWarning that says why."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        value = subject.function(*arguments, **options)
    assert type(value) is float, f"a metric returns a float, got {type(value).__name__} {value!r}"
    said = any(issubclass(one.category, MetricWarning) for one in caught)
    assert not np.isnan(value) or said, "NaN without a MetricWarning that says why"
    return value


def check_gives_a_float(subject: MetricSubject) -> None:
    """A float for a max and for a min history, with and without a reference, for every score."""
    for direction in ("max", "min"):
        history = example_history(direction)
        for reference in (None, example_history(direction)):
            for score in (None, "first", "second"):
                value_of(subject, history, reference=reference, score=score)


def check_takes_the_primary_score(subject: MetricSubject) -> None:
    """score=None is the first score."""
    history = example_history()
    reference = example_history()
    default = value_of(subject, history, reference=reference)
    named = value_of(subject, history, reference=reference, score="first")
    assert np.array_equal(default, named, equal_nan=True), f"score=None gives {default}, score='first' gives {named}"


def check_min_scores_are_turned_round(subject: MetricSubject) -> None:
    """A min score that is a max score negated gives the same number, or its negative where the score itself is told."""
    high = value_of(subject, example_history("max"), reference=example_history("max"))
    low_history = example_history("min", negated=True)
    low = value_of(subject, low_history, reference=low_history)
    same = np.allclose(abs(high), abs(low), equal_nan=True)
    assert same, f"a loss that is -score gives {low}, the score gives {high}: negate min scores before differences"


def check_is_pure(subject: MetricSubject) -> None:
    """The history is what it was, and the same history gives the same number."""
    history = example_history()
    first = value_of(subject, history, reference=example_history())
    assert history == example_history(), "the metric changed the history"
    second = value_of(subject, history, reference=example_history())
    assert np.array_equal(first, second, equal_nan=True), f"the same history gave {first}, then {second}"


def check_bears_short_histories(subject: MetricSubject) -> None:
    """A history of the first evaluation only gives a float, or NaN with a sentence."""
    history = History(("a", "b"), {"first": "max"})
    counters = {"step": 0, "rows": 0, "env_steps": 0, "updates": 0}
    history.append({"first": np.array([0.1, 0.2])}, **counters, position=-1, task=-1, ended=False)
    value_of(subject, history)


METRIC_CHECKS = (
    check_gives_a_float, check_takes_the_primary_score, check_min_scores_are_turned_round, check_is_pure,
    check_bears_short_histories,
)  # fmt: skip
