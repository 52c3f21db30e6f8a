import json
import types

import gymnasium as gym
import numpy as np
import pytest
import torch

import recollect
from recollect.errors import DataError
from recollect.plugins.observers.bias import Bias, measure
from recollect.plugins.uer.agent import UER

STREAM = "recollect/SplitDigits-v0"
FEATURES = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]], np.float32)
WEIGHT = np.array([[2.0, 0.0], [0.0, 1.0], [3.0, 4.0]])  # classes 0, 1 old, 2 running; lengths 2, 1, 5


TASKS = [[3, 1], [0, 2], [4, 5, 6, 7, 8, 9]]


class Asking:
    """Keeps what the run is evaluated on."""

    def recollect_run_end(self, run):
        self.rows, self.owner = run.exam()


class Answers:
    """An agent whose features are its inputs."""

    def __init__(self, **parts):
        head = types.SimpleNamespace(weight=torch.from_numpy(WEIGHT))
        self.network, self.logits = types.SimpleNamespace(head=head), parts.get("logits", len)

    def predict(self, rows):
        return {"y": np.where(rows["x"][:, 1] > 0, 2, 0)}

    def embed(self, rows):
        return rows["x"]


def test_the_three_numbers_by_hand():
    found = measure(Answers(), {"x": FEATURES}, running=np.array([2]), old=np.array([0, 1]))
    # cosines with (class 0, class 1, class 2): (1, 0, .6), (0, 1, .8), (.6, .8, 1)
    expected = {"old_as_new": 2 / 3, "angle_bias": (-0.4 - 0.2 + 0.2) / 3, "norm_bias": 5 / 1.5}
    assert found == pytest.approx(expected, rel=1e-6)


def test_rows_without_features_have_cosine_zero():
    rows = {"x": np.zeros((1, 2), np.float32)}
    assert measure(Answers(), rows, running=np.array([2]), old=np.array([0]))["angle_bias"] == 0


def test_agents_whose_head_gives_no_logits_have_predictions_only():
    found = measure(Answers(logits=None), {"x": FEATURES}, running=np.array([2]), old=np.array([0, 1]))
    assert (found["old_as_new"], found["angle_bias"], found["norm_bias"]) == (pytest.approx(2 / 3), None, None)


def observed(directory=None, name="uer", stream=None, **keywords):
    stream = stream or gym.make(STREAM, tasks=TASKS)
    observer, asking = Bias(), Asking()
    agent = recollect.make_agent(name, stream, capacity=50, device="cpu")
    keywords = {"steps_per_task": 4, "evaluate_rows": 20} | keywords
    history = recollect.run(stream, agent, directory=directory, plugins=[observer, asking], **keywords)
    return observer, agent, history, asking


def test_old_rows_of_the_evaluation_are_looked_at(tmp_path):
    observer, agent, history, asking = observed(tmp_path / "run", evaluate_every=3)
    lines = [json.loads(line) for line in (tmp_path / "run/bias.jsonl").read_text().splitlines()]
    assert lines == observer.records
    assert [(line["step"], line["task"], line["ended"]) for line in lines] == [
        (6, 1, False), (8, 1, True), (9, 2, False), (12, 2, True),
    ]  # fmt: skip
    rows = asking.rows
    assert len(rows["y"]) == 60
    assert len(np.unique(rows["y"][asking.owner == 2])) < 6  # classes are the task's, whatever the cap has left
    old = np.isin(rows["y"], [0, 1, 2, 3])
    assert old.sum() == 40
    share = np.isin(agent.predict({"x": rows["x"][old]})["y"], [4, 5, 6, 7, 8, 9]).mean()
    assert lines[-1]["old_as_new"] == pytest.approx(share)
    accuracy = (agent.predict({"x": rows["x"][old]})["y"] == rows["y"][old]).mean()
    assert history.scores["accuracy"][-1][:2].mean() == pytest.approx(accuracy)  # the same rows


def test_the_run_is_the_same_with_and_without():
    _, agent, history, _ = observed(evaluate_every=1)
    stream = gym.make(STREAM, tasks=TASKS)
    other = recollect.make_agent("uer", stream, capacity=50, device="cpu")
    assert recollect.run(stream, other, steps_per_task=4, evaluate_rows=20, evaluate_every=1) == history
    assert all(torch.equal(a, b) for (_, a), (_, b) in zip(
        agent.named_parameters(), other.named_parameters(), strict=True))  # fmt: skip


def test_figures_are_means_over_task_ends(tmp_path):
    observer, *_ = observed(tmp_path / "run", evaluate_every=3)
    ends = [line for line in observer.records if line["ended"]]
    assert Bias.figures(tmp_path / "run") == pytest.approx(
        {
            name.replace("_", "-"): (ends[0][name] + ends[1][name]) / 2
            for name in ("old_as_new", "angle_bias", "norm_bias")
        }
    )


def test_numbers_that_are_not_there_are_nan(tmp_path):
    observed(tmp_path / "run", name="scr")
    found = Bias.figures(tmp_path / "run")
    assert 0 <= found["old-as-new"] <= 1
    assert np.isnan([found["angle-bias"], found["norm-bias"]]).all()
    (tmp_path / "run/bias.jsonl").write_text("")
    assert np.isnan(list(Bias.figures(tmp_path / "run").values())).all()


@pytest.mark.parametrize("text", [None, "{", '{"ended": true}', '{"ended": true, "old_as_new": "x"}', "[1]"])
def test_a_lost_or_damaged_file_is_one_sentence(tmp_path, text):
    if text is not None:
        (tmp_path / "bias.jsonl").write_text(text)
    with pytest.raises(DataError, match=r"bias\.jsonl cannot be read .* observed by 'bias'"):
        Bias.figures(tmp_path)


def test_streams_whose_classes_come_back_have_no_lines():
    observer, *_ = observed(stream=gym.make(STREAM, scenario="domain"), name="er")
    assert observer.records == []
    assert observer.classes[4] == [0, 1]


@pytest.mark.parametrize("announced", [True, False])
def test_hidden_tasks_are_not_told(announced, monkeypatch):
    told, predict = [], UER.predict
    monkeypatch.setattr(UER, "predict", lambda self, rows: told.append("task" in rows) or predict(self, rows))
    observer, *_ = observed(announce_tasks=announced)
    assert [line["task"] for line in observer.records] == [1, 2]
    assert set(told) == {announced}


def test_a_resumed_observer_goes_on():
    observer, *_ = observed()
    state = json.loads(json.dumps(observer.state_dict()))
    other = Bias()
    other.load_state_dict(state)
    assert (other.records, other.classes) == (observer.records, observer.classes)
    assert other.classes == {0: [1, 3], 1: [0, 2], 2: [4, 5, 6, 7, 8, 9]}
