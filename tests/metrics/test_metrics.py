"""What all registered metrics have in common."""

import inspect
import sys
import warnings
from importlib import import_module

import numpy as np
import pytest

from recollect import metrics
from recollect.errors import MetricWarning
from recollect.history import History


class Listing:
    """Takes the place of the registry."""

    def __init__(self):
        self.found = {}

    def metric(self, name, target, summary):
        assert name not in self.found
        self.found[name] = (target, summary)


def registered():
    listing = Listing()
    metrics.recollect_register(listing)
    return listing.found


METRICS = registered()


def resolved(name):
    module, function = METRICS[name][0].split(":")
    return getattr(import_module(module), function)


def test_these_are_there():
    assert set(METRICS) == {
        *("accuracy", "aia", "aaa", "learning-accuracy", "lca-10", "upper-triangle-mean", "min-acc", "wc-acc"),
        *("boundary-min-acc", "last-task"),
        *("forgetting", "forgetting-from-best", "forg", "bwt", "bwt-plus", "fwt"),
        *("intransigence", "intransigence-mean", "omega-all", "wf-10", "wf-100", "wp-10", "wp-100"),
        *("x-gap-depth", "x-gap-area", "x-gap-rise", "x-rec90", "x-recovered"),
        *("cw-performance", "cw-forgetting", "cw-forward-transfer"),
    }


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_the_one_signature_and_a_summary(name):
    function = resolved(name)
    assert function.__name__ == name.replace("-", "_")
    assert function.__doc__
    assert METRICS[name][1]
    parameters = list(inspect.signature(function).parameters.values())
    assert [(p.name, p.default) for p in parameters[:3]] == [
        ("history", inspect.Parameter.empty),
        ("reference", None),
        ("score", None),
    ]
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in parameters[3:])


@pytest.fixture
def full(history_of):
    """Two tasks of twelve steps, evaluated after each: every metric is defined."""
    rng = np.random.default_rng(1)
    run = [(-1, False, rng.random(2))]
    return history_of(run + [(task, step == 11, rng.random(2)) for task in (0, 1) for step in range(12)])


@pytest.fixture
def reference_of(history_of):
    """Gives the reference that a metric takes, if any: each task alone, or another run over the same tasks."""

    def give(name, history):
        if name == "cw-forward-transfer":
            return [history_of([(-1, False, [0.1, 0.1]), (task, True, [0.5, 0.5])]) for task in (0, 1)]
        return history

    return give


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_a_pure_function_that_gives_a_float(name, full, reference_of):
    before, reference = full.state_dict(), reference_of(name, full)
    before = {column: values.copy() for column, values in before.items()}
    first = resolved(name)(full, reference)
    assert type(first) is float
    assert np.isfinite(first)
    assert first == resolved(name)(full, reference, "quality")
    assert all(np.array_equal(values, before[column]) for column, values in full.state_dict().items())


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_of_a_history_without_evaluations_is_undefined(name, history_of):
    empty = history_of([])
    with pytest.warns(MetricWarning, match=rf"^{name} is undefined \(NaN\): "):
        assert np.isnan(resolved(name)(empty, empty))


@pytest.mark.parametrize("name", METRICS)
def test_scores_that_are_nan_make_a_metric_undefined(name, full, reference_of):
    broken = History(full.tasks, full.directions)
    broken.load_state_dict(full.state_dict() | {"scores/quality": np.full((len(full), 2), np.nan)})
    with pytest.warns(MetricWarning, match=f"^{name} is undefined .*are NaN"):
        assert np.isnan(resolved(name)(broken, reference_of(name, full)))


@pytest.fixture(scope="module")
def million():
    """Five tasks of 200,000 steps, evaluated after each."""
    count, tasks = 1_000_000, 5
    step = np.arange(count)
    task = np.where(step == 0, -1, (step - 1) * tasks // count)
    ended = np.append(task[1:] != task[:-1], True) & (task >= 0)
    history = History(tuple("abcde"), {"quality": "max"})
    counters = dict.fromkeys(("step", "rows", "env_steps", "updates"), step) | {"position": task, "task": task}
    scores = np.random.default_rng(0).random((count, tasks))
    history.load_state_dict(counters | {"scores/quality": scores, "ended": ended})
    return history


@pytest.mark.parametrize("name", METRICS)
def test_a_million_evaluations_are_taken_as_whole_arrays(name, million):
    lines = 0

    def count_lines(frame, event, argument):
        nonlocal lines
        lines += event == "line"
        return count_lines

    before = sys.gettrace()
    sys.settrace(count_lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MetricWarning)
            resolved(name)(million, million)
    finally:
        sys.settrace(before)
    assert 0 < lines < 2_000  # no evaluation is looked at by itself
