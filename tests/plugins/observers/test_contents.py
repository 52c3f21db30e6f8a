import base64
import json
import zlib
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.errors import OptionError
from recollect.plugins.observers.contents import Contents, ages, as_pictures, counted, pictures, shrunk


def lines(directory):
    return [json.loads(line) for line in (directory / "contents.jsonl").read_text().splitlines()]


def trained(directory, plugins, agent="er", **settings):
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    learner = recollect.make_agent(agent, stream, capacity=20, seed=0, device="cpu")
    settings = {"steps_per_task": 6, "evaluate_rows": 8, "seed": 1, **settings}
    return recollect.run(stream, learner, directory=directory, plugins=plugins, **settings), learner


class Memory:
    capacity = 9

    def __init__(self, **rows):
        self.rows = rows

    def contents(self):
        return self.rows

    def __len__(self):
        return len(next(iter(self.rows.values()), []))


def view(directory, memory, progress=0.0, ended=False):
    history = SimpleNamespace(ended=np.array([ended]))
    return SimpleNamespace(
        directory=directory, progress=progress, history=history, agent=SimpleNamespace(replay=memory)
    )


def test_rows_are_counted_by_task_class_and_age(tmp_path):
    memory = Memory(task=np.array([0, 1, 1, -1]), y=np.array([3, 3, 5, 5]), step=np.array([1, 4, 9, -1]))
    observer = Contents()
    observer.recollect_run_start(view(tmp_path, memory))
    observer.recollect_evaluated(view(tmp_path, memory, 0.5, True), task=1, step=9)
    (line,) = lines(tmp_path)
    assert line == {
        "step": 9, "task": 1, "ended": True, "rows": 4, "capacity": 9, "tasks": {"-1": 1, "0": 1, "1": 2},
        "classes": {"3": 2, "5": 2}, "age": [0.0, 2.5, 5.0, 6.5, 8.0], "pictures": None,
    }  # fmt: skip


def test_what_is_no_count_is_left_out():
    assert counted(None) is counted(np.array([0.5])) is counted(np.zeros((2, 2), int)) is None
    assert counted(np.zeros(0, np.int64)) == {}
    assert ages(None, 3) is ages(np.array([-1, -1]), 3) is None


def test_between_task_ends_it_looks_only_so_often(tmp_path):
    observer, memory = Contents(records=4), Memory(task=np.array([0]))
    observer.recollect_run_start(view(tmp_path, memory))
    for step in range(101):
        observer.recollect_evaluated(view(tmp_path, memory, step / 100, ended=step in (60, 61)), 0, step)
    assert [line["step"] for line in lines(tmp_path)] == [0, 25, 50, 60, 61, 75, 100]


def test_shapes_that_are_pictures():
    flat = np.linspace(0, 1, 2 * 64).reshape(2, 64)
    assert as_pictures(flat).shape == (2, 8, 8, 1)
    assert as_pictures(flat * 1.1) is None  # a table with 64 columns
    assert as_pictures((flat * 255).astype(np.uint8)).shape == (2, 8, 8, 1)
    assert as_pictures(flat[:, :63]) is as_pictures(flat[:, :49]) is None
    assert as_pictures(np.zeros((2, 8, 9))).shape == (2, 8, 9, 1)
    assert as_pictures(np.zeros((2, 8, 9, 3))).shape == as_pictures(np.zeros((2, 3, 8, 9))).shape == (2, 8, 9, 3)
    assert as_pictures(np.zeros((2, 7, 9))) is as_pictures(np.zeros((2, 8, 9, 4))) is None
    assert as_pictures(np.zeros((2, 8, 9), np.int64)) is as_pictures(np.zeros(2)) is None
    channels = np.arange(2 * 3 * 8 * 8, dtype=np.float64).reshape(2, 3, 8, 8)
    assert np.array_equal(as_pictures(channels)[1, 2, 5], channels[1, :, 2, 5])


def test_pictures_are_averaged_down_and_stretched():
    image = np.kron(np.arange(4, dtype=np.uint8).reshape(2, 2) * 50, np.ones((32, 32), np.uint8))[None, :, :, None]
    assert shrunk(image).shape == (1, 32, 32, 1)
    assert shrunk(image)[0, ::16, ::16, 0].tolist() == [[0, 50], [100, 150]]
    assert shrunk(np.array([[[[0.0], [1.0]], [[0.2], [np.nan]]]])).ravel().tolist() == [0, 255, 51, 0]
    assert shrunk(np.array([[[[-1.0], [3.0]]]])).ravel().tolist() == [0, 255]


def test_pictures_are_ordered_by_task_and_class():
    x = np.repeat(np.arange(30, dtype=np.uint8)[:, None], 64, axis=1)
    task, y = np.arange(30) % 2, np.arange(30) % 3
    found = pictures({"x": x, "task": task, "y": y, "step": np.arange(30)[::-1]})
    pixels = np.frombuffer(zlib.decompress(base64.b64decode(found["data"])), np.uint8).reshape(found["shape"])
    assert found["shape"] == [24, 8, 8, 1]
    shown = pixels[:, 0, 0, 0]
    assert found["task"] == (shown % 2).tolist()
    assert found["y"] == (shown % 3).tolist()
    assert found["task"] == sorted(found["task"])
    assert shown[0] == 24  # of task 0 and class 0 the one met first
    assert pictures({"x": x, "mask": np.ones((30, 64), bool)}) is None
    assert pictures({"x": x})["task"] is None
    assert pictures({"y": y}) is pictures({}) is None


def test_a_real_run_is_not_touched(tmp_path):
    seen, watched = trained(tmp_path / "a", ["contents"], evaluate_every=1)
    alone, unwatched = trained(tmp_path / "b", [], evaluate_every=1)
    assert seen == alone
    assert (tmp_path / "a/history.npz").read_bytes() == (tmp_path / "b/history.npz").read_bytes()
    state, other = (agent.replay.rng.bit_generator.state for agent in (watched, unwatched))
    assert state == other
    found = lines(tmp_path / "a")
    assert [line["step"] for line in found] == list(range(13))
    assert [line["step"] for line in found if line["pictures"]] == [6, 12]
    assert found[0]["rows"] == 0
    assert all(sum(line["tasks"].values()) == sum(line["classes"].values()) == 20 for line in found[2:])
    assert set(found[-1]["tasks"]) == {"0", "1"}


def test_an_interrupted_run_has_nothing_twice(tmp_path):
    class Stop:
        def recollect_step_end(self, step):
            if step == 8:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trained(tmp_path / "a", ["contents", Stop()], evaluate_every=1, checkpoint_seconds=0)
    recollect.resume(tmp_path / "a")
    trained(tmp_path / "b", ["contents"], evaluate_every=1)
    assert (tmp_path / "a/contents.jsonl").read_bytes() == (tmp_path / "b/contents.jsonl").read_bytes()


def test_an_agent_without_memory(tmp_path):
    trained(tmp_path / "a", ["contents"], agent="finetune")
    assert [(line["rows"], line["tasks"], line["pictures"]) for line in lines(tmp_path / "a")] == [(0, None, None)] * 3


def test_a_run_without_a_folder_is_refused():
    with pytest.raises(OptionError, match="pass directory="):
        Contents().recollect_run_start(view(None, Memory()))
