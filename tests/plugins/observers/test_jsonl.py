import json
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.errors import OptionError
from recollect.plugins.observers.jsonl import Jsonl


class Learner:
    """An agent that keeps 24 bytes beside a memory of 100, and learns nothing by gradients."""

    replay, penalty, updates = SimpleNamespace(nbytes=100), None, 7

    def __init__(self):
        self.means = np.zeros(3)

    def named_parameters(self):
        return iter(())


def view(directory, step=0):
    spec = {"agent": "er"}
    return SimpleNamespace(directory=directory, step=step, tasks=("a", "b"), spec=spec, agent=Learner())


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
    seconds = [event.pop("seconds") for event in found if event["event"] == "costs"]
    assert 0 <= seconds[0] <= seconds[1] < 60
    costs = {"event": "costs", "step": 2, "nbytes": 124, "parameters": 0, "updates": 7}
    assert found == [
        {"event": "run_start", "step": 0, "tasks": ["a", "b"], "spec": {"agent": "er"}},
        {"event": "task_start", "step": 0, "task": 1, "name": "b"},
        {"event": "step", "step": 2, "task": 1, "losses": {"loss": 0.25}},
        {"event": "evaluated", "step": 2, "task": 1, "scores": {"accuracy": [0.5, None]}},
        {"event": "task_end", "step": 2, "task": 1, "name": "b"},
        costs,
        costs,
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
        *("run_start", "task_start", "evaluated", "evaluated", "task_end", "costs"),
        *("task_start", "evaluated", "task_end", "costs", "costs", "run_end"),
    ]
    assert [e["scores"]["accuracy"] for e in found if e["event"] == "evaluated"] == history.scores["accuracy"].tolist()
    assert [event["step"] for event in found if event["event"] == "step"] == list(range(20, history.step[-1] + 1, 20))


def test_seconds_go_on_where_the_checkpoint_was_taken(tmp_path):
    state = {"offset": 0, "seconds": 1000.0}
    observer = Jsonl()
    observer.load_state_dict(state)
    observer.recollect_run_start(view(tmp_path))
    observer.recollect_run_end(view(tmp_path))
    costs = events(tmp_path)[1]
    assert 1000 <= costs["seconds"] < 1060
    assert 1000 <= observer.state_dict()["seconds"] < 1060


COSTS = {  # what is kept beyond a plain learner of 64 x 100 + 100 + 100 x 100 + 100 + 100 x 10 + 10 = 17,610 weights
    "none": (None, "none", 0),
    "er": (None, "reservoir", 20 * (64 * 4 + 4 * 8)),  # x of float32; y, task, step and the row's number
    "lwf": ("lwf", "none", 4 * 17_610),  # the teacher
    "ewc": ("ewc", "none", 4 * 17_610 * 2 * 2),  # weights and importance of either task
    "online-ewc": ("online-ewc", "none", 4 * 17_610 * 2),  # weights and importance of both tasks
}


@pytest.mark.parametrize(("penalty", "replay", "expected"), COSTS.values(), ids=COSTS)
def test_what_a_method_keeps_is_counted_in_bytes(tmp_path, penalty, replay, expected):
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    agent = recollect.make_agent("er", stream, replay=replay, penalty=penalty, capacity=20, device="cpu")
    recollect.run(stream, agent, directory=tmp_path / "run", plugins=["jsonl"], steps_per_task=4)
    costs = [event for event in events(tmp_path / "run") if event["event"] == "costs"][-1]
    assert (costs["nbytes"], costs["parameters"], costs["updates"]) == (expected, 17_610, 8)
