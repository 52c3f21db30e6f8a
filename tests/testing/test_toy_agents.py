"""Acting toys: what is recorded, and what is asked of the memory at act time."""

import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, MultiDiscrete

from recollect import run
from recollect.rows import num_rows
from recollect.testing.toy_agents import ToyRandom, ToyRetrieval, choices, draw_actions, flat, observed, width
from recollect.testing.toy_replays import ToyNearest
from recollect.testing.toy_streams import ToyCorridor, ToyGoals


def test_observations_are_flattened_with_a_constant():
    obs = {"b": np.array([[1, 2]]), "a": np.array([[[3.0], [4.0]]])}
    assert flat(obs).tolist() == [[3, 4, 1, 2, 1]]
    assert flat(np.array([5.0, 6.0])).tolist() == [[5, 1], [6, 1]]
    assert width(ToyGoals().observation_space) == 3 + 6 + 1
    assert observed({"obs/a": 1, "obs_next/a": 2, "act": 3}) == {"a": 1}
    assert observed({"obs_next/a": 2}, "obs_next") == {"a": 2}


def test_actions_of_discrete_and_box_spaces():
    rng = np.random.default_rng(0)
    assert draw_actions(Discrete(3, start=5), rng, 2, False).tolist() == [5, 5]
    assert set(draw_actions(Discrete(3, start=5), rng, 50, True)) == {5, 6, 7}
    space = Box(np.array([2.0, -np.inf]), np.array([np.inf, 3.0]), dtype=np.float64)
    drawn = draw_actions(space, rng, 50, True)
    assert all(space.contains(act) for act in drawn)
    assert drawn[:, 1].min() >= -1
    assert draw_actions(space, rng, 1, False).tolist() == [[2.0, -1.0]]
    assert choices(Discrete(2)) is None
    assert choices(Discrete(2, start=1)) == choices(MultiDiscrete([2])) == "its actions are not Discrete from 0"


@pytest.mark.parametrize("lanes", [1, 3])
def test_everything_met_is_recorded(lanes):
    stream = ToyCorridor()
    agent = ToyRandom(stream, ToyNearest(50), seed=0)
    history = run(ToyCorridor, agent, num_envs=lanes, steps_per_task=7, evaluate_episodes=1)
    assert [num_rows(rows) for rows in agent.met] == [lanes] * 14
    assert history.rows.tolist() == [0, 7 * lanes, 14 * lanes]
    assert agent.drawn[:2] == [0, min(lanes, 1 * lanes)]
    tasks = np.concatenate([rows["obs"][:, 0] for rows in agent.met])
    np.testing.assert_array_equal(tasks, np.concatenate([rows["task"] for rows in agent.met]))
    for rows in agent.met:
        np.testing.assert_array_equal(rows["obs_next"][:, 2], rows["obs"][:, 2] + 1)  # the true next observation
        np.testing.assert_array_equal(rows["obs_next"][:, 0], rows["obs"][:, 0])
    assert agent.met[6]["truncated"].any() or agent.met[6]["terminated"].any()


def test_retrieval_acts_as_the_best_near_memory_did():
    stream, replay = ToyCorridor(), ToyNearest(50)
    agent = ToyRetrieval(stream, replay)
    obs = np.zeros((1, 5), np.float32)
    assert agent.act(obs).tolist() == [0]
    near = {"obs": np.zeros((3, 5), np.float32), "act": np.array([0, 1, 0]), "rew": np.array([0.0, 2.0, 1.0])}
    far = {"obs": np.full((3, 5), 9, np.float32), "act": np.array([0, 0, 0]), "rew": np.array([9.0, 9.0, 9.0])}
    for rows in (near, far):
        replay.add(rows)
    assert agent.act(obs).tolist() == [1]
    assert agent.act(obs + 9).tolist() == [0]
    assert len(replay) == 6
