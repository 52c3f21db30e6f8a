import json
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.errors import OptionError
from recollect.plugins.observers.jsonl import Jsonl


def view(directory, step=0):
    return SimpleNamespace(directory=directory, step=step, tasks=("a", "b"), spec={"agent": "er"})


def events(directory):
    return [json.loads(line) for line in (directory / "events.jsonl").read_text().splitlines()]


def test_every_event_is_a_line(tmp_path):
    observer, run = Jsonl(losses_every=2), view(tmp_path)
    observer.recollect_run_start(run)
    observer.recollect_task_start(run, 1)
    observer.recollect_step_end(1, 1, {"loss": 0.5})
    observer.recollect_step_end(1, 2, {"loss": np.float32(0.25)})
    observer.recollect_evaluated(1, 2, {"accuracy": np.array([0.5, np.nan])})
    run.step = 2
    observer.recollect_task_end(run, 1)
    observer.recollect_run_end(run)
    found = events(tmp_path)
    times = [event.pop("time") for event in found]
    assert times == sorted(times)
    assert found == [
        {"event": "run_start", "step": 0, "tasks": ["a", "b"], "spec": {"agent": "er"}},
        {"event": "task_start", "step": 0, "task": 1, "name": "b"},
        {"event": "step", "step": 2, "task": 1, "losses": {"loss": 0.25}},
        {"event": "evaluated", "step": 2, "task": 1, "scores": {"accuracy": [0.5, None]}},
        {"event": "task_end", "step": 2, "task": 1, "name": "b"},
        {"event": "run_end", "step": 2},
    ]


def test_a_resumed_run_has_nothing_twice(tmp_path):
    observer = Jsonl(losses_every=1)
    observer.recollect_run_start(view(tmp_path))
    observer.recollect_step_end(0, 1, {"loss": 1.0})
    state = observer.state_dict()
    observer.recollect_step_end(0, 2, {"loss": 0.9})  # lost with the killed process
    again = Jsonl(losses_every=1)
    again.load_state_dict(state)
    again.recollect_run_start(view(tmp_path, step=1))
    again.recollect_step_end(0, 2, {"loss": 0.9})
    assert [(event["event"], event["step"]) for event in events(tmp_path)] == [
        ("run_start", 0),
        ("step", 1),
        ("run_resume", 1),
        ("step", 2),
    ]


def test_a_run_without_a_folder_is_refused():
    with pytest.raises(OptionError, match="pass directory="):
        Jsonl().recollect_run_start(view(None))


def test_a_real_run(tmp_path):
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    agent = recollect.make_agent("er", stream, capacity=50, seed=0, device="cpu")
    history = recollect.run(stream, agent, directory=tmp_path / "run", plugins=["jsonl"])
    found = events(tmp_path / "run")
    assert [event["event"] for event in found if event["event"] != "step"] == [
        *("run_start", "task_start", "evaluated", "evaluated", "task_end"),
        *("task_start", "evaluated", "task_end", "run_end"),
    ]
    assert [e["scores"]["accuracy"] for e in found if e["event"] == "evaluated"] == history.scores["accuracy"].tolist()
    assert [event["step"] for event in found if event["event"] == "step"] == list(range(20, history.step[-1] + 1, 20))
