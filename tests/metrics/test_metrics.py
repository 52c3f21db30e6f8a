"""What all registered metrics have in common."""

import inspect
from importlib import import_module

import pytest

from recollect import metrics
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
    assert set(METRICS) >= {"accuracy", "forgetting", "bwt", "fwt", "aaa", "min-acc", "wc-acc"}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_the_one_signature_and_a_summary(name):
    function = resolved(name)
    assert function.__name__ == name.replace("-", "_")
    assert function.__doc__
    assert METRICS[name][1]
    parameters = inspect.signature(function).parameters.values()
    assert [(p.name, p.default) for p in parameters] == [
        ("history", inspect.Parameter.empty),
        ("reference", None),
        ("score", None),
    ]


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_a_pure_function_that_gives_a_float(name, history_of, boundaries):
    history = history_of(boundaries)
    first = resolved(name)(history)
    assert type(first) is float
    assert first == resolved(name)(history, None, "quality")
    assert isinstance(history, History)
    assert history == history_of(boundaries)
