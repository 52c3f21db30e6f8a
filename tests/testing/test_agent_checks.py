"""Every check of agents is failed by an agent that is broken in just that way, and by no other check."""

import numpy as np
import pytest

from recollect.testing import run_checks
from recollect.testing.agent_checks import AGENT_CHECKS, AgentSubject
from recollect.testing.toy_agents import ToyRandom, ToyRetrieval
from recollect.testing.toy_learners import ToyGroups, ToyOffline, ToyQ
from recollect.testing.toy_students import ToyMeans, ToyQuery, ToyText

SOUND = [ToyRandom, ToyRetrieval, ToyQ, ToyGroups, ToyOffline, ToyMeans, ToyQuery, ToyText]


class PositionalOption(ToyRandom):
    def __init__(self, stream, replay, width=3, *, penalty=None, seed=0, device="auto"):
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)


class OneAction(ToyRandom):
    def act(self, obs, *, task=None, explore=False):
        return super().act(obs, task=task, explore=explore) if explore or len(obs) < 5 else np.zeros(1, np.int64)


class OutsideTheSpace(ToyRandom):
    def act(self, obs, *, task=None, explore=False):
        return super().act(obs, task=task, explore=explore) + (0 if explore else 7)

    def learn(self, new):
        return super().learn(new)


class CountsItsActs(ToyQ):
    def __init__(self, stream, replay, *, penalty=None, seed=0, device="auto"):
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.acts = 0

    def act(self, obs, *, task=None, explore=False):
        self.acts += not explore
        return super().act(obs, task=task, explore=explore)


class LearnsWhileExamined(ToyText):
    def predict(self, rows):
        found = super().predict(rows)
        self.bigrams = self.bigrams + 1e-3
        return found


class NeedsReplayedRows(ToyQ):
    def update(self, new, replayed):
        return super().update(new, {"index": replayed["index"], **replayed})


class NeedsNewRows(ToyText):
    def update(self, new, replayed):
        return super().update({field: new[field] for field in self.reads}, replayed)


class GivesArrays(ToyText):
    def update(self, new, replayed):
        return {name: np.array([value]) for name, value in super().update(new, replayed).items()}


class UnseededWeights(ToyQ):
    drawn = 0

    def __init__(self, stream, replay, *, penalty=None, seed=0, device="auto"):
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        type(self).drawn += 1
        self.weights += type(self).drawn


class ForgetsItsCounts(ToyText):
    def load_state_dict(self, state):
        mine = self.bigrams
        super().load_state_dict(state)
        self.bigrams = mine


class PromisesLogits(ToyText):
    adds = ("logits",)


class AnnotatesInPlace(ToyMeans):
    def annotate(self, rows):
        rows |= super().annotate(rows)
        return rows


class WritesOnRows(ToyText):
    def learn(self, new):
        losses = super().learn(new)
        new["x"] += 1
        return losses


class WantsTheTask(ToyText):
    def update(self, new, replayed):
        return super().update(new, replayed) | {"task": float(new["task"][0]) if new else 0.0}


class StopsAtTaskOne(ToyText):
    def begin_task(self, task, data):
        if task:
            raise RuntimeError("no room")


BROKEN = {
    PositionalOption: {"options_are_keywords"},
    OneAction: {"acts_in_batches"},
    CountsItsActs: {"acting_changes_nothing", "evaluation_changes_nothing"},
    LearnsWhileExamined: {"evaluation_changes_nothing"},
    NeedsReplayedRows: {"learns_without_replayed_rows"},
    NeedsNewRows: {"learns_from_replayed_rows_alone"},
    GivesArrays: {"learns_without_replayed_rows", "learns_from_replayed_rows_alone"},
    UnseededWeights: {"same_seed_same_agent"},
    ForgetsItsCounts: {"state_round_trip"},
    PromisesLogits: {"annotate_adds_what_it_says"},
    AnnotatesInPlace: {"annotate_adds_what_it_says", "learning_leaves_rows_alone"},
    WritesOnRows: {"learning_leaves_rows_alone"},
    WantsTheTask: {"hidden_tasks_are_borne"},
    StopsAtTaskOne: {"runs"},
}


@pytest.mark.parametrize("cls", SOUND, ids=lambda cls: cls.__name__)
def test_sound_agents_pass(cls):
    assert [str(result) for result in run_checks("agent", cls) if not result.ok] == []


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_broken_agents_fail_the_check_that_is_meant(cls):
    assert {result.check for result in run_checks("agent", cls) if not result.ok} == BROKEN[cls]


def test_every_check_can_fail():
    caught = set().union(*BROKEN.values())
    assert {check.__name__.removeprefix("check_") for check in AGENT_CHECKS} == caught


def test_actions_outside_the_space_are_told():
    failed = {result.check: result.message for result in run_checks("agent", OutsideTheSpace) if not result.ok}
    assert failed["acts_in_batches"].startswith("act gave ")
    assert failed["acts_in_batches"].endswith("which is not in Discrete(2)")


def test_an_agent_that_fits_nothing_is_told_so():
    class Smells(ToyText):
        reads = ("smell",)

    failed = {result.check: result.message for result in run_checks("agent", Smells) if not result.ok}
    assert failed["runs"].startswith("Smells fits no registered stream and replay")


def test_rows_are_met_bare_and_annotated():
    subject = AgentSubject(ToyMeans)
    assert "logits" in subject.batches[0]
    assert "logits" not in subject.bare(subject.batches[0])
    assert subject.setting.stream_id == "recollect/ToyBlobs-v0"
