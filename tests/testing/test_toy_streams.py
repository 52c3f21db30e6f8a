"""Lived toys: what the corridor and the goals do, worked out by hand."""

import numpy as np
import pytest

from recollect.rows import num_rows
from recollect.testing.toy_streams import ToyCorridor, ToyGoals, ToyLoggedCorridor, walk_corridor


def test_a_corridor_step_by_hand():
    state = np.array([[0, 0, 1, 2, 5], [1, 0, 4, 2, 5], [0, 0.5, 0, 0, 3.0]])
    after, rew, ends = walk_corridor(state, np.array([1, 1, 0]))
    assert after.tolist() == [[0, 0, 2, 3, 5], [1, 0, 5, 1, 5], [0, 0.5, 1, -0.75, 3]]
    assert rew.tolist() == [1, 1, -0.75]
    assert ends.tolist() == [False, True, False]


@pytest.mark.parametrize("task", [0, 1])
def test_an_episode_shows_task_and_time_and_ends_at_its_length(task):
    env = ToyCorridor(horizon=None)
    obs, info = env.reset(seed=0, options={"task": task, "drift": 0.5})
    assert obs[:3].tolist() == [task, 0.5, 0]
    assert info == {"task": task, "boundary": False, "score": 0.0, "goal": -1}
    length, total = int(obs[4]), 0.0
    assert length == 3 + 2 * task + obs[3]
    for time in range(1, length + 1):
        obs, rew, terminated, truncated, info = env.step(1)
        total += rew
        assert (obs[2], terminated, truncated) == (time, time == length, False)
    assert info["score"] == total == 0.75 * length


def test_the_horizon_truncates():
    env = ToyCorridor(horizon=2)
    env.reset(seed=0)
    assert env.step(0)[2:4] == (False, False)
    assert env.step(0)[2:4] == (False, True)


def test_logged_rows_are_whole_episodes():
    data = ToyLoggedCorridor().data(1)
    assert (data["obs"][:, 0] == 1).all()
    np.testing.assert_array_equal(data["obs_next"][:, 2], data["obs"][:, 2] + 1)
    assert data["terminated"].sum() + data["truncated"].sum() == 8
    assert num_rows(data) == len(data["act"]) > 8 * 5 - 1
    assert ToyLoggedCorridor().data(0, "test") is None


def test_goals_are_of_the_seed_and_are_reached():
    env = ToyGoals()
    obs, info = env.reset(seed=4, options={"task": 1})
    goal = info["goal"] - 3
    assert obs["elements"][:, 0].tolist() == np.eye(3)[goal].tolist()
    assert obs["action_mask"][goal] == 1
    assert obs["action_mask"].sum() == 2
    assert env.step((goal + 2) % 3)[1:3] == (0.0, False)
    *_, info = step = env.step(goal)
    assert step[1:4] == (1.0, True, False)
    assert info["score"] == 1.0
    again, same = env.reset(seed=4, options={"task": 1})
    assert same["goal"] == info["goal"]
    np.testing.assert_array_equal(again["elements"], obs["elements"])


def test_visits_make_it_nondeterministic():
    env = ToyGoals(visits=True)
    first, second = (env.reset(seed=4)[0]["elements"] for _ in range(2))
    assert not env.deterministic
    assert (first != second).sum() == 1
