"""The native vector env: lanes are reset one by one, and ended lanes wait."""

import gymnasium
import numpy as np

from recollect.testing import register_toys
from recollect.testing.toy_vector import ToyCorridorVector


def start(env, mask, task=(0, 1, 0)):
    options = {"reset_mask": np.array(mask), "task": np.array(task), "split": "train", "drift": np.zeros(3)}
    return env.reset(seed=[5, 6, 7], options=options)


def test_ended_lanes_wait_for_their_reset():
    env = ToyCorridorVector(3)
    obs, infos = start(env, [True] * 3)
    assert infos["task"].tolist() == [0, 1, 0]
    assert {key: values.shape for key, values in infos.items()} == dict.fromkeys(infos, (3,))
    lengths, ended = obs[:, 4].astype(int), np.zeros(3, int)
    for time in range(1, lengths.max() + 1):
        obs, rew, terminated, truncated, infos = env.step(np.ones(3, int))
        ended += terminated | truncated
        np.testing.assert_array_equal(obs[:, 2], np.minimum(time, np.minimum(lengths, 8)))
        assert (rew == (obs[:, 2] == time)).all()
    assert ended.tolist() == [1, 1, 1]  # each lane ends once, although all are stepped on
    obs, infos = start(env, [False, True, False])
    assert obs[:, 2].tolist() == [lengths[0], 0, lengths[2]]
    assert infos["score"][1] == 0
    assert infos["score"][0] == lengths[0]


def test_its_own_schedule_counts_every_lane():
    register_toys()
    env = gymnasium.make_vec("recollect/ToyCorridorVector-v0", num_envs=2, steps_per_task=4)
    assert isinstance(env.unwrapped, ToyCorridorVector)
    env.reset(seed=0)
    assert not env.step(np.zeros(2, int))[4]["boundary"].any()
    *_, truncated, infos = env.step(np.zeros(2, int))
    assert infos["boundary"].all()
    assert truncated.all()
    assert env.reset()[1]["task"].tolist() == [1, 1]
