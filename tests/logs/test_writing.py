import subprocess
import sys

import gymnasium as gym
import minari
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, Text
from minari.storage import get_dataset_path

import recollect
from recollect.errors import DataError
from recollect.logs.reading import episode_tasks, read_rows
from recollect.logs.writing import write_rows

ALONE = """
import sys
import numpy as np
import minari
dataset = minari.load_dataset("lab/corridor-v0")
expected = np.load(sys.argv[1], allow_pickle=False)
obs = np.concatenate([episode.observations[:-1] for episode in dataset])
obs_next = np.concatenate([episode.observations[1:] for episode in dataset])
assert np.array_equal(obs, expected["obs"]) and obs.dtype == expected["obs"].dtype
assert np.array_equal(obs_next, expected["obs_next"])
names = {"act": "actions", "rew": "rewards", "terminated": "terminations", "truncated": "truncations"}
for field, name in names.items():
    found = np.concatenate([getattr(episode, name) for episode in dataset])
    assert np.array_equal(found, expected[field]) and found.dtype == expected[field].dtype, field
tasks = [metadata["task_id"] for metadata in dataset.storage.get_episode_metadata(dataset.episode_indices)]
assert np.array_equal(np.repeat(tasks, [len(episode) for episode in dataset]), expected["task"])
assert "recollect" not in sys.modules
"""


def test_another_process_reads_it_without_recollect(corridor, tmp_path):
    env, rows = corridor
    write_rows("lab/corridor-v0", rows, env, names=env.unwrapped.tasks)
    np.savez(tmp_path / "rows.npz", **rows)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ALONE, tmp_path / "rows.npz"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


def test_rows_come_back_as_they_were(corridor):
    env, rows = corridor
    dataset = write_rows("lab/corridor-v0", rows, env, names=env.unwrapped.tasks, algorithm_name="random")
    back = read_rows("lab/corridor-v0")
    assert back.keys() == rows.keys()
    for field, values in rows.items():
        assert np.array_equal(back[field], values), field
        assert back[field].dtype == values.dtype, field
    metadata = list(dataset.storage.get_episode_metadata([0, 8]))
    assert [(one["task_id"], one["task_name"]) for one in metadata] == [(0, "corridor-0"), (1, "corridor-1")]
    assert dataset.storage.metadata["algorithm_name"] == "random"
    assert dataset.recover_environment().unwrapped.tasks == env.unwrapped.tasks


def test_a_memory_of_two_lanes_becomes_episodes():
    stream = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-random", stream, replay="fifo", capacity=1000, seed=0)
    recollect.run(stream, agent, num_envs=2, steps_per_task=12, evaluate_episodes=1)
    memory = agent.replay.contents()
    dataset = write_rows("lab/memory-v0", memory, stream)
    back = read_rows(dataset)
    assert len(back["rew"]) == len(memory["rew"]) == 24 * len(stream.unwrapped.tasks)
    assert dataset.total_episodes == (memory["terminated"] | memory["truncated"]).sum()
    assert sorted(set(episode_tasks(dataset))) == list(range(len(stream.unwrapped.tasks)))
    for field in ("obs", "act", "rew", "obs_next", "task"):
        mine, its = (np.sort(values[field].reshape(len(values["rew"]), -1), axis=0) for values in (memory, back))
        assert np.array_equal(mine, its), field
    ends = back["terminated"] | back["truncated"]
    inside = np.flatnonzero(~ends[:-1])
    assert np.array_equal(back["obs_next"][inside], back["obs"][inside + 1])


def test_images_are_not_compressed_and_texts_are_texts():
    env = gym.Env()
    env.observation_space, env.action_space = Box(0, 255, (32, 32), np.uint8), Text(8)
    obs = np.random.default_rng(0).integers(256, size=(3, 32, 32), dtype=np.uint8)
    rows = {"obs": obs[:-1], "obs_next": obs[1:], "act": np.array(["up", "äh"]), "rew": np.ones(2, np.float32)}
    rows |= {"terminated": np.array([False, True]), "truncated": np.zeros(2, bool)}
    write_rows("lab/screens-v0", rows, env)
    back = read_rows("lab/screens-v0")
    assert all(np.array_equal(back[field], rows[field]) for field in rows)


def test_reference_returns_normalise(corridor):
    env, rows = corridor
    dataset = write_rows("lab/corridor-v0", rows, env, reference=(-1.0, 3.0))
    assert minari.get_normalized_score(dataset, np.array([1.0])).tolist() == [0.5]


def test_a_dataset_is_never_overwritten(corridor):
    env, rows = corridor
    write_rows("lab/corridor-v0", rows, env)
    half = {field: values[:5] for field, values in rows.items()}
    with pytest.raises(DataError, match="already: choose another version, or remove it with `minari delete"):
        write_rows("lab/corridor-v0", half, env)
    assert len(read_rows("lab/corridor-v0")["rew"]) == len(rows["rew"])


def test_nothing_is_left_of_one_that_fails(corridor, monkeypatch):
    env, rows = corridor

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(minari.dataset._storages.hdf5_storage.HDF5Storage, "update_episode_metadata", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_rows("lab/corridor-v0", rows, env)
    assert not get_dataset_path("lab/corridor-v0").exists()
    with pytest.raises(DataError, match=r"rows lack \['obs_next'\]"):
        write_rows("lab/corridor-v0", {field: v for field, v in rows.items() if field != "obs_next"}, env)
    with pytest.raises(DataError, match="no rows to write"):
        write_rows("lab/corridor-v0", {field: v[:0] for field, v in rows.items()}, env)
    assert not get_dataset_path("lab/corridor-v0").exists()


def test_an_env_without_a_spec_can_be_written(corridor):
    env, rows = corridor
    dataset = write_rows("lab/corridor-v0", rows, env.unwrapped.__class__())
    assert dataset.env_spec is None
    assert isinstance(dataset.action_space, Discrete)
