import gymnasium as gym
import h5py
import minari
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete, Tuple
from minari.data_collector import EpisodeBuffer

from recollect.errors import DataError
from recollect.logs.reading import check_id, episode_tasks, local_ids, open_dataset, read_rows
from recollect.logs.writing import write_rows


def foreign(dataset_id="lab/two-v0", obs_space=None, **changes):
    """A dataset as other programs write them: float64 rewards, a string as task_id."""
    buffers = [
        EpisodeBuffer(
            observations=np.arange(3, dtype=np.float32)[:, None] + 10 * episode,
            actions=np.array([0, 1]),
            rewards=np.array([0.5, 1.5]) + episode,
            terminations=np.array([False, episode == 0]),
            truncations=np.array([False, episode == 1]),
        )
        for episode in (0, 1)
    ]
    if changes:
        buffers[0] = EpisodeBuffer(**{**vars(buffers[0]), **changes})
    about = dict.fromkeys(("author", "author_email", "code_permalink", "algorithm_name", "description"), "x")
    with pytest.warns(UserWarning, match="env_spec is None|eval_env"):
        return minari.create_dataset_from_buffers(
            dataset_id, buffers, observation_space=obs_space or Box(-99, 99, (1,)), action_space=Discrete(2), **about
        )


def test_episodes_become_transitions():
    dataset = foreign()
    rows = read_rows("lab/two-v0")
    assert rows["obs"].tolist() == [[0], [1], [10], [11]]
    assert rows["obs_next"].tolist() == [[1], [2], [11], [12]]
    assert rows["act"].tolist() == [0, 1, 0, 1]
    assert rows["rew"].tolist() == [0.5, 1.5, 1.5, 2.5]
    assert rows["rew"].dtype == np.float32
    assert rows["terminated"].tolist() == [False, True, False, False]
    assert rows["truncated"].tolist() == [False, False, False, True]
    assert "task" not in rows
    assert read_rows(dataset, [1])["obs"].tolist() == [[10], [11]]


def test_task_ids_come_from_the_episodes():
    dataset = foreign()
    assert episode_tasks(dataset) == [None, None]
    dataset.storage.update_episode_metadata([{"task_id": "left"}, {"task_id": "right"}])
    assert episode_tasks(dataset) == ["left", "right"]
    assert "task" not in read_rows(dataset)
    dataset.storage.update_episode_metadata([{"task_id": 4}, {"task_id": 2}])
    assert read_rows(dataset)["task"].tolist() == [4, 4, 2, 2]
    assert episode_tasks(dataset, [1]) == [2]


def test_dict_observations_are_leaves(corridor):
    env = gym.make("recollect/ToyGoals-v0")
    inner, steps = env.unwrapped, []
    obs, _ = env.reset(seed=1)
    for act in (0, 1, 2):
        obs_next, rew, terminated, truncated, info = env.step(act)
        step = [{k: v[None] for k, v in one.items()} for one in (obs, obs_next)]
        ends = np.array([terminated]), np.array([truncated])
        steps.append(inner.record(step[0], np.array([act]), np.array([rew]), step[1], *ends, info))
        obs = obs_next
        if terminated:
            break
    rows = {field: np.concatenate([step[field] for step in steps]) for field in steps[0]}
    write_rows("lab/goals-v0", rows, env)
    back = read_rows("lab/goals-v0")
    assert {"obs/elements", "obs/action_mask", "obs_next/elements", "obs_next/action_mask"} < back.keys()
    assert all(np.array_equal(back[field], rows[field]) for field in rows)


def test_an_id_that_is_not_there_says_how_to_get_it():
    foreign()
    with pytest.raises(DataError, match="`minari download lab/tow-v0` fetches.*Here are: lab/two-v0"):
        open_dataset("lab/tow-v0")
    assert local_ids() == ["lab/two-v0"]


@pytest.mark.parametrize("wrong", ["walker-0.5-v0", "lab/two", "", None, "/two-v0", "../two-v0", "lab//", 3])
def test_malformed_ids_are_refused(wrong):
    with pytest.raises(DataError, match="a Minari id is such as"):
        check_id(wrong)


def test_damaged_files_are_named():
    dataset = foreign()
    path = dataset.storage.data_path / "main_data.hdf5"
    whole = path.read_bytes()
    with h5py.File(path, "a") as file:
        del file["episode_1/rewards"]
    with pytest.raises(DataError, match="'lab/two-v0' cannot be read"):
        read_rows("lab/two-v0")
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="'lab/two-v0' cannot be read"):
        read_rows("lab/two-v0")
    path.with_name("metadata.json").write_text("{")
    with pytest.raises(DataError, match="'lab/two-v0' cannot be read"):
        read_rows("lab/two-v0")


def test_lengths_that_do_not_agree_are_refused():
    foreign(observations=np.zeros((2, 1), np.float32))
    with pytest.raises(DataError, match="2 rewards go with 3 observations and 2 actions, not with 2 of obs"):
        read_rows("lab/two-v0")


def test_tuples_are_refused():
    pair = tuple(np.zeros((3, 1), np.float32) for _ in range(2))
    space = Tuple([Box(-9, 9, (1,)), Box(-9, 9, (1,))])
    dataset = foreign(obs_space=space, observations=pair)
    with pytest.raises(DataError, match="obs is a Tuple of 2 parts"):
        read_rows(dataset, [0])
