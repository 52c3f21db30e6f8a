import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.errors import CheckpointError, DataError, OptionError, UnknownName
from recollect.logs.reading import episode_tasks, local_ids, open_dataset, read_rows
from recollect.recording import _in_sequence, _shares, remembered
from recollect.testing import register_toys

register_toys()
CORRIDOR = "recollect/ToyCorridor-v0"


@pytest.fixture(autouse=True)
def own_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run, and the agent of it."""
    directory = tmp_path_factory.mktemp("runs") / "a"
    agent = recollect.make_agent("toy-q", gym.make(CORRIDOR), replay="fifo", capacity=60, seed=1)
    recollect.run(CORRIDOR, agent, steps_per_task=40, evaluate_episodes=1, directory=directory, num_envs=2)
    return directory, agent


def test_a_trained_agent_is_recorded(trained):
    directory, agent = trained
    dataset = recollect.record(directory, "lab/medium-v0", tasks=1, episodes=4)
    assert dataset.total_episodes == 4
    assert episode_tasks(dataset) == [1] * 4
    rows = read_rows("lab/medium-v0")
    assert np.array_equal(rows["act"], agent.act(rows["obs"], task=rows["task"]))
    assert dataset.recover_environment().unwrapped.tasks == gym.make(CORRIDOR).unwrapped.tasks
    assert dataset.storage.metadata["algorithm_name"] == "toy-q"


def test_the_seed_decides_and_noise_changes_actions(trained):
    directory, agent = trained
    options = {"tasks": 0, "steps": 40, "noise": 0.5}
    first, same, other = (
        recollect.record(directory, f"lab/n{i}-v0", seed=seed, **options) for i, seed in enumerate((3, 3, 4))
    )
    rows = [read_rows(dataset) for dataset in (first, same, other)]
    assert all(np.array_equal(rows[0][field], rows[1][field]) for field in rows[0])
    assert not np.array_equal(rows[0]["act"], rows[2]["act"])
    changed = rows[0]["act"] != agent.act(rows[0]["obs"], task=rows[0]["task"])
    assert 0.05 < changed.mean() < 0.5


def test_recording_leaves_the_run_and_the_random_states_alone(trained):
    directory, _ = trained
    files = {path: path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()}
    np.random.seed(5)
    expected = np.random.random()
    np.random.seed(5)
    recollect.record(directory, "lab/medium-v0", episodes=1)
    assert np.random.random() == expected
    assert {path: path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()} == files


def test_several_tasks_and_a_mixture(trained):
    directory, _ = trained
    mix = {"agent": 0.75, "random": 0.25}
    dataset = recollect.record(directory, "lab/mixed-v0", tasks=[1, 0], steps=40, mix=mix)
    rows = read_rows(dataset)
    assert rows["task"].tolist() == [1] * 40 + [0] * 40
    ends = rows["terminated"] | rows["truncated"]
    assert ends[[29, 39, 69, 79]].all()  # of every part
    alone = read_rows(recollect.record(directory, "lab/alone-v0", tasks=1, steps=30))
    assert all(np.array_equal(rows[field][:30], alone[field]) for field in rows)
    random = read_rows(recollect.record(directory, "lab/random-v0", tasks=1, steps=10, mix={"random": 1}))
    assert np.array_equal(rows["act"][30:40], random["act"])
    assert "agent 30 steps, random 10 steps" in dataset.storage.metadata["description"]


def test_the_memory_is_medium_replay(trained):
    directory, agent = trained
    last = len(gym.make(CORRIDOR).unwrapped.tasks) - 1
    memory = agent.replay.contents()
    mine = np.flatnonzero(memory["task"] == last)
    rows = read_rows(recollect.record(directory, "lab/replay-v0", tasks=last, mix={"memory": 1}))
    assert len(rows["rew"]) == len(mine)
    assert np.array_equal(np.sort(rows["obs"], axis=0), np.sort(memory["obs"][mine], axis=0))
    assert rows["task"].tolist() == [last] * len(mine)
    mixed = recollect.record(directory, "lab/some-v0", tasks=last, steps=20, mix={"memory": 1, "random": 1})
    assert mixed.total_steps == 20
    newest = mine[np.argsort(memory["step"][mine], kind="stable")][-10:]
    kept = read_rows(mixed)["obs"]
    assert all((kept == obs).all(1).any() for obs in memory["obs"][newest])


def test_parts_do_not_run_into_one_another():
    still = {"obs": np.zeros((2, 1)), "obs_next": np.zeros((2, 1)), "rew": np.ones(2), "step": np.array([7, 8])}
    joined = _in_sequence([still, {field: v for field, v in still.items() if field != "step"}])
    assert joined["step"].tolist() == [0, 1, 3, 4]


def test_shares_add_up():
    assert _shares(None, 3, None) == {"agent": {"episodes": 3}}
    assert _shares({"agent": 2, "random": 1}, None, 10) == {"agent": {"steps": 7}, "random": {"steps": 3}}
    assert _shares({"agent": 1, "random": 1}, 4, 10) == {
        "agent": {"episodes": 2, "steps": 5},
        "random": {"episodes": 2, "steps": 5},
    }
    assert _shares({"memory": 0.3}, None, None) == {"memory": {"steps": None}}


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({}, OptionError, "say how long"),
        ({"episodes": 0}, OptionError, "at least 1"),
        ({"episodes": 1, "tasks": 9}, OptionError, "there is no task 9"),
        ({"episodes": 1, "tasks": [0, 0]}, OptionError, "different tasks"),
        ({"episodes": 1, "tasks": []}, OptionError, "different tasks"),
        ({"episodes": 1, "noise": 2}, OptionError, "at most 1"),
        ({"episodes": 1, "mix": {"agnet": 1}}, UnknownName, "Did you mean agent"),
        ({"episodes": 1, "mix": {"agent": 0}}, OptionError, "above 0"),
        ({"episodes": 1, "mix": {}}, OptionError, "at least one of agent"),
        ({"episodes": 1, "mix": {"agent": 1, "random": 1}}, OptionError, "too few for the shares"),
        ({"episodes": 5, "mix": {"memory": 1}}, OptionError, "no whole episodes"),
        ({"steps": 999, "mix": {"memory": 1}}, DataError, "and 999 were asked for"),
        ({"episodes": 1, "seed": -1}, OptionError, "seed"),
    ],
)
def test_bad_requests_leave_nothing(trained, options, error, said):
    with pytest.raises(error, match=said):
        recollect.record(trained[0], "lab/bad-v0", **options)
    assert local_ids() == []


def test_nothing_is_overwritten(trained):
    recollect.record(trained[0], "lab/one-v0", episodes=1)
    with pytest.raises(DataError, match="already"):
        recollect.record(trained[0], "lab/one-v0", episodes=2)
    assert open_dataset("lab/one-v0").total_episodes == 1


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="not the folder of a run"):
        recollect.record(tmp_path, "lab/one-v0", episodes=1)


def test_memories_that_hold_no_single_transitions_of_a_task_are_refused():
    stream = gym.make(CORRIDOR)
    agent = recollect.make_agent("toy-q", stream, replay="fifo", capacity=60, seed=1, replay_options={"n_step": 3})
    with pytest.raises(DataError, match="holds 0 rows of task 0"):
        remembered(recollect.make_agent("toy-q", stream, replay="fifo", capacity=9), 0, None)
    recollect.run(stream, agent, steps_per_task=10, evaluate_episodes=1)
    with pytest.raises(DataError, match="joined n at a time"):
        remembered(agent, 0, None)
    hidden = recollect.make_agent("toy-q", stream, replay="fifo", capacity=60)
    recollect.run(stream, hidden, steps_per_task=10, evaluate_episodes=1, announce_tasks=False)
    with pytest.raises(DataError, match="does not say of which task"):
        remembered(hidden, 0, None, 2)
    assert len(remembered(hidden, 0, None, 1)["rew"]) == len(hidden.replay)
    groups = recollect.make_agent("toy-groups", stream, replay="fifo", capacity=9)
    recollect.run(stream, groups, steps_per_task=2, evaluate_episodes=1)
    with pytest.raises(DataError, match="its rows lack"):
        remembered(groups, 0, None)
