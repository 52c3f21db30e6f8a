import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.errors import OptionError, StreamError
from recollect.logs.playing import check_budget, play_rows
from recollect.logs.policies import random_policy

PENDULUM = {"id": "Pendulum-v1", "kwargs": {"g": 2.0}}


def corridor(act=1, task=0, **budget):
    env = gym.make("recollect/ToyCorridor-v0")
    return play_rows(env, lambda obs: act, task, **budget)


def test_whole_episodes_are_played():
    rows = corridor(episodes=3, task=1)
    ends = np.flatnonzero(rows["terminated"] | rows["truncated"])
    assert len(ends) == 3
    assert ends[-1] == len(rows["rew"]) - 1
    assert set(rows["task"]) == {1}
    inside = np.setdiff1d(np.arange(len(rows["rew"]) - 1), ends)
    assert np.array_equal(rows["obs_next"][inside], rows["obs"][inside + 1])
    assert not np.array_equal(rows["obs_next"][ends[0]], rows["obs"][ends[0] + 1])


def test_the_last_episode_is_cut_where_the_steps_are_used_up():
    whole = corridor(episodes=1)
    length = len(whole["rew"])
    rows = corridor(steps=length + 1)
    assert len(rows["rew"]) == length + 1
    assert rows["truncated"][-1]
    assert not rows["terminated"][-1]
    assert all(np.array_equal(rows[field][:length], whole[field]) for field in whole)
    assert len(corridor(steps=1000, episodes=2)["rew"]) < 1000


def test_an_episode_that_ends_with_the_steps_is_not_cut():
    whole = corridor(episodes=1)
    assert whole["terminated"][-1]
    rows = corridor(steps=len(whole["rew"]))
    assert (rows["terminated"][-1], rows["truncated"][-1]) == (True, False)


def test_the_horizon_ends_an_episode_that_does_not():
    stream = recollect.stream_from([PENDULUM])
    stream.unwrapped.horizon = 7
    rows = play_rows(stream, lambda obs: np.zeros(1, np.float32), 0, episodes=2)
    assert np.flatnonzero(rows["truncated"]).tolist() == [6, 13]


def test_the_seed_decides():
    stream = recollect.stream_from([PENDULUM])
    first, again, other = (
        play_rows(stream, random_policy(stream.action_space, 3), 0, steps=5, seed=seed)["obs"] for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("budget", [{}, {"episodes": 0}, {"steps": 1.5}, {"steps": True}, {"episodes": -1, "steps": 3}])
def test_bad_budgets_are_refused(budget):
    with pytest.raises(OptionError, match="whole number of at least 1|say how long"):
        check_budget(**{"episodes": None, "steps": None} | budget)


def test_only_transitions_can_be_played():
    with pytest.raises(StreamError, match="gives SAMPLE records"):
        play_rows(gym.make("recollect/SplitDigits-v0"), lambda obs: 0, 0, steps=3)


@pytest.mark.parametrize(("place", "field"), [(0, "obs_next"), (1, "rew")])
def test_nan_is_refused(place, field, monkeypatch):
    env = gym.make("recollect/ToyCorridor-v0", disable_env_checker=True)
    step = type(env.unwrapped).step

    def broken(self, action):
        outcome = list(step(self, action))
        outcome[place] = outcome[place] * np.float32(np.nan)
        return tuple(outcome)

    monkeypatch.setattr(type(env.unwrapped), "step", broken)
    with pytest.raises(StreamError, match=f"NaN in {field}"):
        play_rows(env, lambda obs: 0, 0, steps=3)
