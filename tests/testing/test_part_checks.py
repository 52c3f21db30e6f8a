"""Checks of penalties and observers, seen to pass and to fail."""

import numpy as np
import pytest

from recollect.core import Penalty
from recollect.registry import registry
from recollect.testing import run_checks
from recollect.testing.part_checks import penalty_subject


class Shrink(Penalty):
    """A loss that is a constant number."""

    def loss(self, new, replayed):
        return 0.5


class Silent(Penalty):
    """Overrides nothing."""


class PerRow(Penalty):
    """One loss per row: not a number."""

    def loss(self, new, replayed):
        return np.zeros(len(next(iter(new.values()))))


class Unseeded(Penalty):
    """Draws from nothing that was seeded."""

    made = 0

    def __init__(self, *, seed=0):
        super().__init__(seed=seed)
        type(self).made += 1
        self.number = type(self).made

    def loss(self, new, replayed):
        return 0.0


class AsksTheMoon(Shrink):
    asks = ("moon",)


def test_sound_penalties_pass():
    for penalty in (Shrink, *(registry.resolve("penalty", name) for name in registry.names("penalty"))):
        assert [str(result) for result in run_checks("penalty", penalty) if not result.ok] == []


@pytest.mark.parametrize(
    ("penalty", "check"), [(Silent, "restrains"), (PerRow, "restrains"), (Unseeded, "same_seed_same_agent")]
)
def test_broken_penalties_fail(penalty, check):
    assert check in {result.check for result in run_checks("penalty", penalty) if not result.ok}


def test_a_penalty_is_tried_on_an_agent_with_networks():
    agent = penalty_subject(Shrink).setting.build()
    assert len(list(agent.named_parameters())) > 0
    assert isinstance(agent.penalty, Shrink)
    with pytest.raises(AssertionError, match="no registered agent with networks fits penalty AsksTheMoon"):
        penalty_subject(AsksTheMoon)


class Counts:
    def __init__(self):
        self.steps = 0

    def recollect_step_end(self, step):
        self.steps = step


class Misspelt:
    def recollect_step_ended(self, step):
        pass


class NeedsAnOption:
    def __init__(self, path):
        self.path = path

    def recollect_step_end(self, step):
        pass


class Steers:
    def recollect_step_end(self, run, step):
        vars(run.agent)["sums" if hasattr(run.agent, "sums") else "weights"] += 100.0


class HoldsWhatCannotBeSaved(Counts):
    def state_dict(self):
        return {"file": open}

    def load_state_dict(self, state):
        pass


@pytest.mark.parametrize(
    ("observer", "failed"),
    [
        (Counts, set()),
        (Misspelt, {"has_known_hooks", "hears_a_run"}),
        (NeedsAnOption, {"has_known_hooks", "hears_a_run"}),
        (Steers, {"hears_a_run"}),
        (HoldsWhatCannotBeSaved, {"hears_a_run"}),
    ],
)
def test_observers(observer, failed):
    assert {result.check for result in run_checks("observer", observer) if not result.ok} == failed
