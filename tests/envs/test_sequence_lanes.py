"""Sequences in several lanes: Gymnasium's vector environments in every autoreset mode, and our own runs."""

import gymnasium as gym
import numpy as np
from gymnasium.vector import AutoresetMode

import recollect
from recollect.testing import register_toys

register_toys()
ID = "recollect/Sequence-v0"
POLES = ["CartPole-v1", {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": True}}]


def vector(mode):
    envs = gym.make_vec(ID, num_envs=2, envs=POLES, steps_per_task=[5, 100], vector_kwargs={"autoreset_mode": mode})
    envs.reset(seed=0)
    for step in range(4):
        _, _, terminated, truncated, info = envs.step(np.full(2, step % 2))
        assert not (terminated | truncated | info["boundary"]).any()
    return envs, envs.step(np.zeros(2, int))  # the last of the task


def test_vector_next_step_resets_with_the_step_after_the_boundary():
    envs, (_, _, terminated, truncated, info) = vector(AutoresetMode.NEXT_STEP)
    assert (truncated & info["boundary"] & ~terminated).all()
    assert info["task"].tolist() == [0, 0]
    _, rew, terminated, truncated, info = envs.step(np.ones(2, int))  # no transition: the action is not taken
    assert rew.tolist() == [0.0, 0.0]
    assert not (terminated | truncated | info["boundary"]).any()
    assert info["task"].tolist() == [1, 1]


def test_vector_same_step_shows_the_next_task_and_keeps_the_end_in_final_info():
    _, (_, _, terminated, truncated, info) = vector(AutoresetMode.SAME_STEP)
    assert (truncated & ~terminated).all()
    assert info["task"].tolist() == [1, 1]
    assert not info["boundary"].any()
    assert info["final_info"]["task"].tolist() == [0, 0]
    assert info["final_info"]["boundary"].all()
    assert info["final_info"]["score"].tolist() == [5.0, 5.0]


def test_vector_disabled_waits_for_the_reset_of_its_mask():
    envs, (_, _, _, truncated, info) = vector(AutoresetMode.DISABLED)
    assert truncated.all()
    assert info["boundary"].all()
    _, info = envs.reset(options={"reset_mask": np.array([True, True])})
    assert info["task"].tolist() == [1, 1]
    _, _, terminated, truncated, info = envs.step(np.ones(2, int))
    assert not (terminated | truncated).any()
    assert info["task"].tolist() == [1, 1]


def test_rows_are_steps_that_were_lived_and_lanes_switch_together():
    """Two lanes: as many rows as env steps, no row from one task to the next, all open rows truncated at its end."""
    stream, met = gym.make(ID, envs=POLES), []
    agent = recollect.make_agent("toy-random", stream, replay="fifo", capacity=10_000)
    history = recollect.run(stream, agent, num_envs=2, steps_per_task=30, plugins=[Listener(met)], evaluate_episodes=1)
    rows = {field: np.concatenate([batch[field] for batch in met]) for field in met[0]}
    assert len(rows["obs"]) == len(agent.replay) == 120 == history.env_steps[-1]
    assert rows["task"].reshape(60, 2).tolist() == [[0, 0]] * 30 + [[1, 1]] * 30
    over = (rows["terminated"] | rows["truncated"]).reshape(60, 2)
    assert over[29].all()
    assert over[59].all()
    lived = rows["obs_next"].reshape(60, 2, 4)[:-1], rows["obs"].reshape(60, 2, 4)[1:]
    same = (lived[0] == lived[1]).all(axis=2)
    assert np.array_equal(same, ~over[:-1])  # an episode goes on where it was, and begins somewhere else


class Listener:
    def __init__(self, met):
        self.met = met

    def recollect_step_end(self, rows):
        self.met.append(rows)
