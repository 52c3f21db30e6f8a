"""What is hidden from an agent, what is refused, and what ends a task early."""

import gymnasium as gym
import numpy as np
import pytest
from living import met

import recollect
from recollect.errors import DataError, SchemaError, StreamError
from recollect.testing.toy_batches import ToyBlobs
from recollect.testing.toy_streams import ToyCorridor, ToyGoals

TIME = 2  # column of the corridor's observation


@pytest.mark.parametrize(("stream", "agent"), [("ToyBlobs-v0", "toy-means"), ("ToyGoals-v0", "toy-random")])
def test_drifting_needs_parameters(stream, agent):
    with pytest.raises(StreamError, match="needs a stream whose parameters drift.*blurred"):
        met(f"recollect/{stream}", agent, steps_per_task=5, schedule="drifting")


def test_hidden_tasks_reach_neither_rows_nor_agent():
    told = []

    made = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-random", made)
    act = agent.act
    agent.act = lambda obs, *, task=None, explore=False: (told.append(task), act(obs, explore=explore))[1]
    agent.begin_task = agent.end_task = lambda task, data: told.append(task)
    recollect.run(made, agent, steps_per_task=4, announce_tasks=False, evaluate_episodes=1)
    assert told
    assert all(task is None for task in told)
    assert all("task" not in rows for rows in agent.met)


def test_a_task_field_of_logged_rows_is_hidden_too(monkeypatch):
    data = ToyBlobs.data
    monkeypatch.setattr(
        ToyBlobs,
        "data",
        lambda self, task, split="train": (
            data(self, task, split) | {"task": np.full(24 if split == "train" else 12, task)}
        ),
    )
    steps, _, _ = met("recollect/ToyBlobs-v0", "toy-means", announce_tasks=False)
    assert all("task" not in rows for rows in steps)


class ShortGoals(ToyGoals):
    """Has nothing more to give after six episodes of a task."""

    def step(self, action):
        obs, rew, terminated, truncated, info = super().step(action)
        spent = (terminated or truncated) and self.split == "train" and self.played % 6 == 0
        return obs, rew, terminated, truncated, info | {"boundary": spent}


def test_episodes_too_end_their_task_early():
    agent = recollect.make_agent("toy-groups", ShortGoals())
    history = recollect.run(ShortGoals, agent, steps_per_task=9, evaluate_episodes=1)
    assert history.step.tolist() == [0, 1, 2]  # two groups of three episodes each


def test_a_part_that_needs_tasks_is_refused_where_they_are_hidden():
    with pytest.raises(SchemaError, match="ToyOffline works at task boundaries.*announce"):
        met("recollect/ToyLoggedCorridor-v0", "toy-offline", announce_tasks=False)


def test_a_lived_stream_without_a_budget_says_what_to_do():
    with pytest.raises(StreamError, match=r"steps_per_task=1000"):
        met("recollect/ToyCorridor-v0")


class Poisoned(ToyCorridor):
    """NaN in the third observation of an episode, or in its reward."""

    field = "obs"

    def step(self, action):
        obs, rew, *rest = super().step(action)
        if obs[TIME] == 3:
            obs, rew = (np.full_like(obs, np.nan), rew) if self.field == "obs" else (obs, float("nan"))
        return obs, rew, *rest


class PoisonedReward(Poisoned):
    field = "rew"


@pytest.mark.parametrize(("kind", "field"), [(Poisoned, "obs_next"), (PoisonedReward, "rew")])
@pytest.mark.parametrize("agent", ["toy-random", "toy-groups"])
def test_nan_is_refused_with_field_step_and_task(kind, field, agent):
    made = kind()
    learner = recollect.make_agent(agent, made)
    with pytest.raises(StreamError, match=f"NaN in {field} of {kind.__name__} at env step 2, task corridor-0"):
        recollect.run(kind, learner, steps_per_task=5)


class NanGoals(ToyGoals):
    def _observe(self):
        return super()._observe() | {"elements": np.full((3, 2), np.nan, np.float32)}


def test_nan_in_a_leaf_of_the_first_observation_is_refused():
    learner = recollect.make_agent("toy-random", NanGoals())
    with pytest.raises(StreamError, match="NaN in obs/elements of NanGoals at env step 0, task goals-0"):
        recollect.run(NanGoals, learner, steps_per_task=5)


def test_nan_in_logged_rows_is_refused_with_its_row(monkeypatch):
    data = ToyBlobs.data

    def poisoned(self, task, split="train"):
        rows = data(self, task, split)
        rows["x"][7 * task, 1] = np.nan if task else rows["x"][0, 1]
        return rows

    monkeypatch.setattr(ToyBlobs, "data", poisoned)
    with pytest.raises(DataError, match="field 'x' of task 'blobs-1' is NaN in row 7"):
        met("recollect/ToyBlobs-v0", "toy-means")


def test_an_agent_that_returns_too_few_actions_is_named():
    made = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-random", made)
    agent.act = lambda obs, *, task=None, explore=False: np.zeros(1, int)
    with pytest.raises(SchemaError, match=r"ToyRandom.act was given 3 observations and gave 1 actions"):
        recollect.run(made, agent, num_envs=3, steps_per_task=2, evaluate_episodes=1)
