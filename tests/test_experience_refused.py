"""What is hidden from an agent, what is refused, and what ends a task early."""

import gymnasium as gym
import numpy as np
import pytest
from living import met

import recollect
from recollect.errors import DataError, OptionError, SchemaError, StreamError
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
        if obs[TIME] == 3 and self.split == "train":
            obs, rew = (np.full_like(obs, np.nan), rew) if self.field == "obs" else (obs, float("nan"))
        return obs, rew, *rest


class PoisonedReward(Poisoned):
    field = "rew"


@pytest.mark.parametrize(("kind", "field"), [(Poisoned, "obs_next"), (PoisonedReward, "rew")])
@pytest.mark.parametrize("agent", ["toy-random", "toy-groups"])
def test_nan_is_refused_with_field_step_and_task(kind, field, agent):
    made = kind()
    learner = recollect.make_agent(agent, made)
    with pytest.raises(StreamError, match=f"NaN in {field} of {kind.__name__} after 2 env steps, task corridor-0"):
        recollect.run(kind, learner, steps_per_task=5)


class NanGoals(ToyGoals):
    def _observe(self):
        return super()._observe() | {"elements": np.full((3, 2), np.nan, np.float32)}


def test_nan_in_a_leaf_of_the_first_observation_is_refused():
    learner = recollect.make_agent("toy-random", NanGoals())
    with pytest.raises(StreamError, match="NaN in obs/elements of NanGoals after 0 env steps, task goals-0"):
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
    with pytest.raises(SchemaError, match=r"act was given 3 observations and gave 1 actions"):
        recollect.run(made, agent, num_envs=3, steps_per_task=2, evaluate_episodes=1)


class Blinded(ToyCorridor):
    """Sees nothing in tests."""

    def reset(self, *, seed=None, options=None):
        obs, info = super().reset(seed=seed, options=options)
        return (obs * np.nan if self.split == "test" else obs), info


def test_nan_in_tests_is_refused_too():
    agent = recollect.make_agent("toy-random", Blinded())
    with pytest.raises(StreamError, match="NaN in obs of Blinded after 0 env steps, task corridor-0"):
        recollect.evaluate(Blinded, agent)


@pytest.mark.parametrize("answer", [1, np.zeros(2, int)])
def test_wrong_actions_in_tests_are_named(answer):
    agent = recollect.make_agent("toy-random", ToyCorridor())
    agent.act = lambda obs, *, task=None, explore=False: answer
    with pytest.raises(SchemaError, match=r"act was given 1 observations and gave (the single value|2 actions)"):
        recollect.evaluate(ToyCorridor, agent)


class Words(gym.Env):
    """Texts that grow longer and longer."""

    observation_space = gym.spaces.Dict({"text": gym.spaces.Text(9, min_length=0), "n": gym.spaces.Discrete(9)})
    action_space = gym.spaces.Discrete(2)

    def _see(self):
        return {"text": "word" * (self.time // 2) + "s", "n": np.int64(self.time)}

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.time = 0
        return self._see(), {}

    def step(self, action):
        self.time += 1
        return self._see(), 1.0, self.time == 5, False, {}


@pytest.mark.parametrize("num_envs", [1, 2])
def test_texts_have_the_width_of_their_space(num_envs):
    stream = recollect.stream_from([Words, Words], steps_per_task=11)
    memory = recollect.make_replay("fifo", 100)

    class Reader(recollect.Agent):
        def act(self, obs, *, task=None, explore=False):
            assert obs["text"].dtype.kind == "U"
            return np.zeros(len(obs["n"]), int)

        def update(self, new, replayed):
            return {}

    recollect.run(stream, Reader(stream, memory), num_envs=num_envs, evaluate_episodes=1)
    rows = memory.sample(100)
    assert rows["obs/text"].dtype == rows["obs_next/text"].dtype == np.dtype("<U9")
    assert "wordwords" in rows["obs_next/text"]


class Pair(ToyCorridor):
    def __init__(self):
        super().__init__()
        self.observation_space = gym.spaces.Dict(a=gym.spaces.Tuple([self.observation_space]))


def test_spaces_that_rows_cannot_hold_are_refused():
    with pytest.raises(StreamError, match="Pair: observation_space holds a Tuple space, which rows cannot hold"):
        recollect.make_agent("toy-random", Pair())


@pytest.mark.parametrize(("stream", "agent"), [("ToyBlobs-v0", "toy-means"), ("ToyLoggedCorridor-v0", "toy-offline")])
def test_lanes_are_refused_where_there_are_none(stream, agent):
    with pytest.raises(OptionError, match="num_envs=2: lanes are for streams that are lived one step at a time"):
        met(f"recollect/{stream}", agent, num_envs=2)
