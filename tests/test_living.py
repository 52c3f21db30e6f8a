"""Open episodes are played again after a pause; what cannot be is not interrupted."""

import json

import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.core import Agent, TaskStream
from recollect.lanes import open_lanes
from recollect.living import Steps, check_numbers
from recollect.opening import opener
from recollect.schedule import Walk
from recollect.testing.toy_streams import ToyCorridor, ToyGoals
from recollect.testing.toys import register_toys

register_toys()
KINDS = [("ToyCorridor", "toy-q", 3), ("ToyCorridorVector", "toy-q", 3), ("ToyOracle", "toy-query", 1)]


def steps_of(stream, agent="toy-random", count=1, num_tasks=2, per_task=20):
    """A life in steps, and its walk."""
    opened = opener(f"recollect/{stream}-v0" if isinstance(stream, str) else stream)
    made = opened.make()
    agent = recollect.make_agent(agent, made, seed=1) if isinstance(agent, str) else agent
    lanes = open_lanes(opened, count, made.unwrapped.batched)
    return Steps(lanes, made.unwrapped, agent, count, False, True, 7), Walk(None, num_tasks, per_task)


def lived(living, walk, steps):
    return [living.meet(walk)[0] for _ in range(steps)]


@pytest.mark.parametrize(("stream", "agent", "count"), KINDS)
@pytest.mark.parametrize("pause", range(8))
def test_open_episodes_are_played_again(stream, agent, count, pause):
    living, walk = steps_of(stream, agent, count)
    lived(living, walk, pause)
    state, where, rng = living.state_dict(), walk.state_dict(), living.agent.rng.bit_generator.state
    assert living.resumable
    other, its_walk = steps_of(stream, agent, count)
    its_walk.load_state_dict(json.loads(json.dumps(where)))
    other.load_state_dict(state)
    other.agent.rng.bit_generator.state = rng
    living.agent.rng.bit_generator.state = rng
    for one, two in zip(lived(living, walk, 9), lived(other, its_walk, 9), strict=True):
        assert one.keys() == two.keys()
        for field, values in one.items():
            np.testing.assert_array_equal(values, two[field], err_msg=field)
    assert other.env_steps == living.env_steps
    assert other.episode == living.episode


def test_lanes_that_are_replayed_reach_their_last_step_together():
    living, walk = steps_of("ToyCorridor", count=3)
    while len({len(acts) for acts, start in zip(living.acts, living.starts, strict=True) if start}) < 2:
        lived(living, walk, 1)  # until the lanes stand at different times
    other, _ = steps_of("ToyCorridor", count=3)
    state = living.state_dict()
    other.load_state_dict(state)
    for lane, start in enumerate(living.starts):
        if start:
            np.testing.assert_array_equal(other.obs[lane], living.obs[lane])
            assert other.lanes.envs[lane].unwrapped.total == living.lanes.envs[lane].unwrapped.total
    assert other.starts == living.starts
    assert other.env_steps == living.env_steps  # nothing is counted twice


def test_an_open_episode_that_could_not_be_played_again_is_not_interrupted():
    living, walk = steps_of("ToyVisits", num_tasks=2)
    seen = []
    for _ in range(12):
        rows = living.meet(walk)[0]
        ended = bool((rows["terminated"] | rows["truncated"])[0])
        assert living.resumable is ended
        seen.append(ended)
    assert set(seen) == {True, False}
    assert living.acts == [[]]  # nothing is kept for a replay that cannot be
    certain, walk = steps_of(ToyGoals)
    lived(certain, walk, 1)
    assert certain.resumable


class Reused(ToyCorridor):
    """Writes every observation into the same array."""

    def __init__(self):
        super().__init__()
        self.buffer = np.zeros(5, np.float32)

    def reset(self, **options):
        self.buffer[:], info = super().reset(**options)
        return self.buffer, info

    def step(self, action):
        self.buffer[:], *rest = super().step(action)
        return self.buffer, *rest


@pytest.mark.parametrize("count", [1, 2])
def test_an_env_may_reuse_its_observation(count):
    living, walk = steps_of(Reused, count=count)
    for rows in lived(living, walk, 12):
        np.testing.assert_array_equal(rows["obs_next"][:, 2], rows["obs"][:, 2] + 1)


class Levers(TaskStream):
    """Actions are dictionaries; an episode lasts for ever."""

    tasks = ("pull",)
    observation_space = gym.spaces.Box(0, 1, (1,), np.float32)
    action_space = gym.spaces.Dict({"lever": gym.spaces.Box(0, 99, (1,), np.float32)})

    def reset(self, *, seed=None, options=None):
        self.choose(options)
        return np.zeros(1, np.float32), self.info()

    def step(self, action):
        return np.zeros(1, np.float32), float(action["lever"][0]), False, False, self.info()


class Puller(Agent):
    """Pulls harder at every step; writes every action into the same array."""

    def act(self, obs, *, task=None, explore=False):
        if not hasattr(self, "action"):
            self.action = {"lever": np.zeros((len(obs), 1), np.float32)}
        self.action["lever"] += 1
        return self.action


def test_an_agent_may_reuse_its_action():
    agent = Puller(Levers(), recollect.make_replay("none", 1))
    living, walk = steps_of(Levers, agent, count=2, num_tasks=1)
    rows = lived(living, walk, 4)
    assert [row["act/lever"].ravel().tolist() for row in rows] == [[n, n] for n in (1, 2, 3, 4)]
    acts = living.state_dict()["acts"]
    assert [lane["lever"].ravel().tolist() for lane in acts] == [[1, 2, 3, 4]] * 2


def test_numbers_are_checked_leaf_by_leaf():
    stream, task = ToyCorridor(), np.array([1, 0])
    good = {"a": np.zeros(2), "b": np.array(["x"]), "c": np.array([1])}
    check_numbers(good, stream, task, "obs", 0)
    with pytest.raises(recollect.errors.StreamError, match="obs/d/e of ToyCorridor after 4 env steps, task corridor-0"):
        check_numbers(good | {"d": {"e": np.array([0, np.nan])}}, stream, task, "obs", 4)
