import importlib
import sys

import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.envs.continual_world import ContinualWorld
from recollect.errors import MissingExtra, OptionError, UnknownName
from recollect.testing import register_toys

TEN = (
    "hammer", "push-wall", "faucet-close", "push-back", "stick-pull", "handle-press-side", "push", "shelf-place",
    "window-close", "peg-unplug-side",
)  # fmt: skip


def test_the_two_sequences():
    ten, twenty = gym.make("recollect/CW10-v0").unwrapped, gym.make("recollect/CW20-v0").unwrapped
    assert ten.tasks == TEN
    assert twenty.tasks == TEN + tuple(f"{name} #2" for name in TEN)
    assert not twenty.made
    assert (ten.horizon, ten.scores) == (200, {"success": "max"})
    assert gym.make("recollect/CW20-v0", one_hot=True).observation_space.shape == (59,)


def test_positions_are_drawn_by_the_seed_and_anew_in_every_episode(conform):
    stream = ContinualWorld(["hammer", "push"], horizon=3)
    for task in (0, 1):
        first, _ = stream.reset(seed=1, options={"task": task})
        steps = [stream.step(np.ones(4, np.float32)) for _ in range(3)]
        assert [step[3] for step in steps] == [False, False, True]
        assert all(stream.observation_space.contains(step[0]) for step in steps)
        second, _ = stream.reset()
        assert not np.array_equal(first, second)
        assert np.array_equal(stream.reset(seed=1, options={"task": task})[0], first)
        assert not np.array_equal(stream.reset(seed=2, options={"task": task})[0], first)
        assert first[-3:].any()  # the goal is seen
    conform(stream)


def test_success_is_the_score(monkeypatch):
    stream = ContinualWorld(["push"])
    stream.reset(seed=0)
    robot = stream.env.robot
    assert stream.step(np.zeros(4, np.float32))[4]["score"] == 0.0
    told = iter([0.0, 1.0, 0.0])
    evaluate = robot.evaluate_state
    monkeypatch.setattr(robot, "evaluate_state", lambda *given: (1.0, evaluate(*given)[1] | {"success": next(told)}))
    assert [stream.step(np.zeros(4, np.float32))[4]["score"] for _ in range(3)] == [0.0, 1.0, 1.0]


def test_its_first_three_tasks_run():
    register_toys()
    stream = gym.make("recollect/CW10-v0", robots=list(TEN[:3]), horizon=4)
    agent = recollect.make_agent("toy-random", stream, replay="reservoir", capacity=50)
    history = recollect.run(stream, agent, steps_per_task=6, evaluate_episodes=1)
    assert history.tasks == TEN[:3]
    assert len(agent.replay) == 18


@pytest.mark.parametrize(
    ("error", "words", "robots", "options"),
    [
        (UnknownName, "task of Meta-World 'hammr' does not exist. Did you mean hammer", ["hammr"], {}),
        (OptionError, "at least one of Meta-World's tasks", [], {}),
        (OptionError, "at least one of Meta-World's tasks", "hammer", {}),
        (OptionError, "from 1 to 500, got 501", ["hammer"], {"horizon": 501}),
    ],
)
def test_refusals(error, words, robots, options):
    with pytest.raises(error, match=words):
        ContinualWorld(robots, **options)


def test_without_metaworld(monkeypatch):
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "recollect.envs.continual_world")
    with pytest.raises(MissingExtra, match=r"recollect/CW10-v0 needs metaworld: pip install 'recollect\[metaworld\]'"):
        importlib.import_module("recollect.envs.continual_world")
