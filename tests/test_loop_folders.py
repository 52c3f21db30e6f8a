"""Runs with a folder: what is in it, what is refused, and what is resumed."""

import json
import subprocess
import sys

import gymnasium as gym
import numpy as np
import pytest
from living import corridor, short

import recollect
from recollect.errors import CheckpointError

DIGITS = "recollect/SplitDigits-v0"


def test_a_run_folder_holds_the_whole_spec(tmp_path):
    stream = gym.make(DIGITS, tasks=2)
    agent = recollect.make_agent("er", stream, replay="fifo", capacity=30, seed=7, lr=0.05)
    history = recollect.run(stream, agent, seed=3, schedule=[1, 0], directory=tmp_path / "a")
    spec = json.loads((tmp_path / "a" / "run.json").read_text())
    assert spec["agent"]["name"] == "er"
    assert spec["agent"]["capacity"] == 30
    assert spec["agent"]["options"] == {"lr": 0.05}
    assert spec["settings"]["schedule"] == [1, 0]
    assert spec["settings"]["seed"] == 3
    assert json.loads(spec["stream"])["kwargs"] == {"tasks": 2}
    assert set(spec["versions"]) == {"python", "recollect", "torch", "numpy", "gymnasium"}
    assert recollect.History.load(tmp_path / "a" / "history.npz") == history
    trained = recollect.load(tmp_path / "a")
    test = stream.unwrapped.data(0, "test")
    np.testing.assert_array_equal(trained.predict(test)["logits"], agent.predict(test)["logits"])
    assert len(trained.replay) == 30


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("a year of work")
    with pytest.raises(CheckpointError, match="exists already.*resume.*choose a new folder"):
        short(directory=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_an_unwritable_folder(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot write .*Not a directory"):
        short(directory=tmp_path / "file" / "a")


FULL = """
import resource, signal, sys
import gymnasium as gym, recollect
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
stream = gym.make("recollect/SplitDigits-v0")
agent = recollect.make_agent("er", stream, capacity=500)
class Filling:
    def recollect_task_start(self, task):
        if task == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    recollect.run(stream, agent, directory=sys.argv[1], checkpoint_seconds=0, plugins=[Filling()])
except recollect.RecollectError as error:
    print(type(error).__name__, error)
"""


def test_a_disk_that_fills_up_loses_nothing(tmp_path):
    folder = tmp_path / "a"
    done = subprocess.run([sys.executable, "-c", FULL, folder], capture_output=True, text=True, timeout=100)
    assert done.stdout.startswith("CheckpointError cannot write"), done.stdout + done.stderr
    assert "File too large" in done.stdout
    assert "recollect resume" in done.stdout
    assert (folder / "LATEST").read_text() == "checkpoint-29"  # the last step of task 0
    assert [path.name for path in folder.glob("checkpoint-*")] == ["checkpoint-29"]
    history = recollect.resume(folder)
    stream = gym.make(DIGITS)
    assert history == recollect.run(stream, recollect.make_agent("er", stream, capacity=500))


def test_a_run_that_no_file_can_describe_is_resumed_with_what_it_needs(tmp_path):
    x, y = np.random.default_rng(0).random((40, 3), np.float32), np.arange(40) % 4
    stream = recollect.stream_from((x, y), tasks=2)
    agent = recollect.make_agent("er", stream, seed=1)

    with pytest.raises(KeyboardInterrupt):
        recollect.run(stream, agent, passes=5, directory=tmp_path / "a", checkpoint_seconds=0, plugins=[StopAt(4)])
    with pytest.raises(CheckpointError, match="which a file cannot describe: pass stream="):
        recollect.resume(tmp_path / "a")
    history = recollect.resume(tmp_path / "a", stream=stream)
    assert history == recollect.run(stream, recollect.make_agent("er", stream, seed=1), passes=5)


def test_an_agent_that_make_agent_did_not_make_has_to_be_given(tmp_path):
    agent = corridor()
    del agent.spec
    short(agent=agent, directory=tmp_path / "a")
    with pytest.raises(CheckpointError, match="pass agent=, constructed as it was then"):
        recollect.load(tmp_path / "a")


class StopAt:
    """Interrupts a run in a step."""

    def __init__(self, last):
        self.last = last

    def recollect_step_end(self, step):
        if step == self.last:
            raise KeyboardInterrupt


def test_a_run_stopped_before_its_first_periodic_checkpoint_is_the_same_run(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        short(directory=tmp_path / "a", plugins=[StopAt(4)])
    assert (tmp_path / "a" / "LATEST").read_text() == "checkpoint-0"
    assert recollect.resume(tmp_path / "a") == short()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "run.json").write_text((tmp_path / "a" / "run.json").read_text())  # killed before checkpoint-0
    assert recollect.resume(tmp_path / "b") == short()


def test_what_an_agent_knew_and_was_set_to_before_is_part_of_the_run(tmp_path):
    def taught():
        agent = recollect.make_agent("toy-means", gym.make("recollect/ToyBlobs-v0"))
        recollect.run("recollect/ToyBlobs-v0", agent, seed=9)
        agent.batch_size = 10
        return agent

    whole = recollect.run("recollect/ToyBlobs-v0", taught(), seed=1)
    assert whole.step.tolist() == [0, 3, 6]
    with pytest.raises(KeyboardInterrupt):
        recollect.run("recollect/ToyBlobs-v0", taught(), seed=1, directory=tmp_path / "a", plugins=[StopAt(4)])
    assert recollect.resume(tmp_path / "a") == whole


def test_numpy_numbers_are_plain_settings(tmp_path):
    settings = {"seed": np.int64(1), "schedule": np.array([1, 0]), "steps_per_task": np.array([3, 4])}
    history = short(directory=tmp_path / "a", **settings)
    assert history == short(seed=1, schedule=[1, 0], steps_per_task=[3, 4])
    assert json.loads((tmp_path / "a" / "run.json").read_text())["settings"]["steps_per_task"] == [3, 4]


def test_two_observers_of_one_class_have_a_state_each(tmp_path):
    class Counter:
        def __init__(self):
            self.heard = 0

        def recollect_step_end(self):
            self.heard += 1

        def state_dict(self):
            return {"heard": self.heard}

        def load_state_dict(self, state):
            self.heard = state["heard"]

    early, late = Counter(), Counter()
    late.heard = 100
    settings = {"directory": tmp_path / "a", "checkpoint_seconds": 0}
    with pytest.raises(KeyboardInterrupt):
        short(plugins=[early, late, StopAt(6)], **settings)
    again = [Counter(), Counter()]
    recollect.resume(tmp_path / "a", plugins=again)
    assert [counter.heard for counter in again] == [20, 120]
