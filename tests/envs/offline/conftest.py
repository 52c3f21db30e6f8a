import gymnasium as gym
import numpy as np
import pytest

from recollect.logs.playing import play_rows
from recollect.logs.policies import random_policy
from recollect.logs.writing import write_rows

ENVS = [{"id": "Pendulum-v1", "kwargs": {"g": g}} for g in (10.0, 2.0)]


@pytest.fixture(autouse=True)
def own_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))


@pytest.fixture
def pendulums():
    return gym.make("recollect/Sequence-v0", envs=ENVS)


@pytest.fixture
def log(pendulums):
    """Writes random play of `steps` in tasks of the pendulums as a dataset, and gives the rows."""

    def write(dataset_id, tasks=(0, 1), steps=30, tagged=True, env=None, **about):
        policy = random_policy(pendulums.action_space, 0)
        parts = [play_rows(pendulums, policy, task, steps=steps) for task in tasks]
        rows = {field: np.concatenate([part[field] for part in parts]) for field in parts[0]}
        if not tagged:
            del rows["task"]
        write_rows(dataset_id, rows, env or pendulums, **about)
        return rows

    return write
