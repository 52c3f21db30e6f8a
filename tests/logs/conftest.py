import gymnasium as gym
import numpy as np
import pytest

from recollect.testing import register_toys

register_toys()


@pytest.fixture(autouse=True)
def own_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))


@pytest.fixture
def corridor():
    """The stream, and the logged rows of its first two tasks."""
    env = gym.make("recollect/ToyLoggedCorridor-v0")
    parts = [env.unwrapped.data(task) | {"task": np.array([task])} for task in (0, 1)]
    for part in parts:
        part["task"] = np.repeat(part["task"], len(part["rew"]))
    return env, {field: np.concatenate([part[field] for part in parts]) for field in parts[0]}
