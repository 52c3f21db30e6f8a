"""Evaluation leaves no trace, and asks for what a stream declares."""

import random

import gymnasium as gym
import numpy as np
import pytest
import torch

import recollect
from recollect.core import Agent
from recollect.errors import OptionError, StreamError
from recollect.evaluation import untouched
from recollect.schema import SAMPLE
from recollect.testing.toy_batches import ToyBlobs
from recollect.testing.toy_streams import ToyCorridor
from recollect.testing.toys import register_toys

register_toys()


class Restless(Agent):
    """Draws from every generator there is whenever it predicts, through dropout and batch norm."""

    schema = SAMPLE

    def __init__(self, stream, replay, **given):
        super().__init__(stream, replay, **given)
        self.net = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.BatchNorm1d(8), torch.nn.Dropout(0.5))
        self.net[2].dice = torch.Generator().manual_seed(1)  # a generator inside a network
        self.net[1].eval()  # frozen, as pretrained statistics are
        self.tools = {"dice": [torch.Generator().manual_seed(0)]}
        self.modes = []

    def predict(self, rows):
        random.random()
        np.random.random()
        torch.rand(1)
        self.rng.random()
        self.replay.rng.random()
        torch.rand(1, generator=self.tools["dice"][0])
        torch.rand(1, generator=self.net[2].dice)
        self.modes.append([module.training for module in self.net.modules()])
        logits = self.net(torch.from_numpy(rows["x"])).detach().numpy()[:, :4]
        return {"y": logits.argmax(1), "logits": logits}

    def update(self, new, replayed):
        return {}


@pytest.fixture
def restless():
    memory = recollect.make_replay("reservoir", 10)
    return Restless(ToyBlobs(), memory)


def states(agent):
    """Every random state there is, and the modes and numbers of the network."""
    return [
        random.getstate(),
        np.random.get_state()[1].tolist(),
        torch.get_rng_state().tolist(),
        agent.rng.bit_generator.state,
        agent.replay.rng.bit_generator.state,
        agent.tools["dice"][0].get_state().tolist(),
        agent.net[2].dice.get_state().tolist(),
        [module.training for module in agent.net.modules()],
        [value.tolist() for value in agent.net.state_dict().values()],
    ]


def test_every_random_state_and_mode_is_put_back(restless):
    before = states(restless)
    first = recollect.evaluate("recollect/ToyBlobs-v0", restless)
    assert states(restless) == before
    assert set(first) == {"accuracy", "loss"}
    assert first["accuracy"].shape == (2,)
    assert not any(flag for modes in restless.modes for flag in modes)  # eval mode inside
    again = recollect.evaluate("recollect/ToyBlobs-v0", restless)
    np.testing.assert_array_equal(first["loss"], again["loss"])


def test_they_are_put_back_after_a_failure_too(restless):
    before = states(restless)
    with pytest.raises(ZeroDivisionError), untouched(restless):
        restless.predict({"x": np.zeros((2, 3), np.float32)})
        _ = 1 / 0
    assert states(restless) == before


@pytest.mark.parametrize(
    ("stream", "agent", "settings"),
    [
        ("recollect/SplitDigits-v0", "er", {"evaluate_rows": 20}),
        ("recollect/ToyCorridor-v0", "toy-q", {"steps_per_task": 60, "num_envs": 2, "evaluate_episodes": 1}),
        ("recollect/ToyGoals-v0", "toy-groups", {"steps_per_task": 10, "evaluate_episodes": 2}),
    ],
)
def test_evaluating_at_every_step_does_not_change_what_is_learned(stream, agent, settings):
    found = []
    for every in (None, 1):
        made = gym.make(stream)
        learner = recollect.make_agent(agent, made, replay="reservoir", capacity=50, seed=1)
        history = recollect.run(made, learner, evaluate_every=every, seed=2, **settings)
        numbers = [p.detach().numpy() for _, p in learner.named_parameters()] or list(vars(learner).values())
        found.append((history, [n for n in numbers if isinstance(n, np.ndarray)]))
    (seldom, weights), (often, same_weights) = found
    assert len(often) == 1 + often.step[-1]  # before the first, and after every step; task ends count once
    np.testing.assert_array_equal(
        seldom.scores[seldom.primary], often.scores[seldom.primary][[0, *np.flatnonzero(often.ended)]]
    )
    assert weights
    for one, other in zip(weights, same_weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_some_tasks_and_a_fixed_subset(restless):
    one = recollect.evaluate(ToyBlobs, restless, [1], episodes=5, seed=3)
    assert one["accuracy"].shape == (1,)
    assert (one["accuracy"] * 5 % 1).round(9).tolist() == [0]
    same = recollect.evaluate(ToyBlobs, restless, [1], episodes=5, seed=3)
    np.testing.assert_array_equal(one["loss"], same["loss"])
    other = recollect.evaluate(ToyBlobs, restless, [1], episodes=5, seed=4)
    assert one["loss"] != other["loss"]


@pytest.mark.parametrize("seed", [-1, 2**32, 0.5, True])
def test_a_bad_seed(seed):
    agent = recollect.make_agent("toy-random", ToyCorridor())
    with pytest.raises(OptionError, match=r"seed must be a whole number of at least 0 and below 2\*\*32, got"):
        recollect.evaluate(ToyCorridor, agent, seed=seed)


@pytest.mark.parametrize("task", [-1, 2])
def test_a_task_that_does_not_exist(task, restless):
    with pytest.raises(OptionError, match=f"there is no task {task}: the stream has tasks 0 to 1"):
        recollect.evaluate(ToyBlobs, restless, [task])


class Forgetful(ToyCorridor):
    scores = {"return": "max", "steps": "min"}


class Shapeless(ToyCorridor):
    def score(self, agent, tasks, **settings):
        return {"return": np.zeros(7)}


@pytest.mark.parametrize(("kind", "got"), [(Forgetful, r"only \['return'\]"), (Shapeless, r"shape \(7,\)")])
def test_a_stream_must_return_the_scores_it_declares(kind, got):
    agent = recollect.make_agent("toy-random", kind())
    with pytest.raises(StreamError, match=rf"{kind.__name__}.score must return .* with shape \(2,\), got {got}"):
        recollect.evaluate(kind, agent, episodes=1)


def test_wrappers_are_played_through():
    seen = []

    class Spy(gym.ObservationWrapper):
        def observation(self, observation):
            seen.append(observation)
            return observation

    agent = recollect.make_agent("toy-random", ToyCorridor())
    recollect.evaluate(lambda: Spy(ToyCorridor()), agent, episodes=1)
    assert len(seen) > 4
