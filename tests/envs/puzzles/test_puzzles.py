import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.puzzles import PUZZLES


@pytest.mark.parametrize("name", [name for name, *_ in PUZZLES])
def test_growing_sizes_share_their_spaces(name):
    stream = gym.make(f"recollect/{name}-v0", steps_per_task=150)
    stream.reset(seed=0)
    met, ended = set(), []
    for _ in range(450):
        obs, _, terminated, truncated, info = stream.step(stream.action_space.sample())
        assert stream.observation_space.contains(obs)
        met.add(info["task"])
        if info["boundary"]:
            ended.append(info["task"])
        if terminated or truncated:
            stream.reset()
    assert met == {0, 1, 2}
    assert ended == [0, 1, 2]


@pytest.mark.parametrize("name", [name for name, *_ in PUZZLES])
def test_conformance_of_a_single_size(name, conform):
    conform(gym.make(f"recollect/{name}-v0", sizes=[4]))


@pytest.mark.parametrize("name", [name for name, *_ in PUZZLES])
def test_states_can_be_restored_and_simulated(name):
    """From a stored state, and with equal random numbers, the simulator and the stream live the same."""
    stream = gym.make(f"recollect/{name}-v0").unwrapped
    for task in range(3):
        stream.reset(seed=task, options={"task": task})
        stream.step(1)
        stored, rng = stream.state, np.random.default_rng(5)
        acts = [3, 4, 2, 1, 2, 3, 0] if name != "PanFlute" else [2, 1, 0, 1, 2, 2, 0]
        lives = []
        for _ in range(2):
            stream.restore(stored)
            stream.np_random = np.random.default_rng(5)
            lives.append([stream.step(act)[:3] for act in acts])
        states = stored[None]
        for act, *steps in zip(acts, *lives, strict=True):
            states, rew, terminated = stream.advance(states, np.array([act]), rng)
            for obs, its_rew, its_terminated in steps:
                assert np.array_equal(obs, stream.observe(states)[0])
                assert (its_rew, its_terminated) == (rew[0], terminated[0])
        assert states.dtype == stored.dtype == np.int16
        assert not np.array_equal(states[0], stored)


@pytest.mark.parametrize("name", [name for name, *_ in PUZZLES])
def test_many_states_at_once_are_each_alone(name):
    stream = gym.make(f"recollect/{name}-v0", spontaneous=False).unwrapped
    rng = np.random.default_rng(0)
    states = np.stack([stream.begin(size, rng) for size in stream.sizes for _ in range(5)])
    for _ in range(20):
        acts = rng.integers(stream.action_space.n, size=len(states))
        after, rew, ends = stream.advance(states, acts, rng)
        for i, act in enumerate(acts):
            alone = stream.advance(states[i : i + 1], np.array([act]), rng)
            drawn_anew = name == "ButtonGrid" and rew[i] == 1
            assert drawn_anew or np.array_equal(alone[0][0], after[i])
            assert (alone[1][0], alone[2][0]) == (rew[i], ends[i])
            assert np.array_equal(stream.observe(after)[i], stream.observe(after[i : i + 1])[0])
        states = after
