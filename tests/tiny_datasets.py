"""Tiny Minari datasets under the ids of published ones, so that tests need no download."""

import os
import warnings
from pathlib import Path

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box

DEFAULTS = ("mujoco/invertedpendulum/medium-v0", "mujoco/invertedpendulum/expert-v0")


def episodes(count, steps, seed, buffer):
    """Episodes of random numbers, in the spaces of InvertedPendulum-v5."""
    rng = np.random.default_rng(seed)
    ends = np.arange(steps) == steps - 1
    return [
        buffer(
            observations=rng.normal(size=(steps + 1, 4)),
            actions=rng.uniform(-3, 3, size=(steps, 1)).astype(np.float32),
            rewards=np.ones(steps),
            terminations=ends & (number % 2 == 0),
            truncations=ends & (number % 2 == 1),
        )
        for number in range(count)
    ]


def write_all(folder):
    """The datasets that built-in streams are made of without options."""
    os.environ["MINARI_DATASETS_PATH"] = str(Path(folder) / "minari")
    import minari
    from minari.data_collector import EpisodeBuffer

    env = gym.Env()
    env.spec = gym.spec("InvertedPendulum-v5")
    env.observation_space = Box(-np.inf, np.inf, (4,), np.float64)
    env.action_space = Box(-3.0, 3.0, (1,), np.float32)
    for number, name in enumerate(DEFAULTS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            minari.create_dataset_from_buffers(name, episodes(4, 10, number, EpisodeBuffer), env=env)
    return os.environ["MINARI_DATASETS_PATH"]
