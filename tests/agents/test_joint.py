import copy

import numpy as np
import pytest
import torch

from recollect.agents.er import ER
from recollect.agents.joint import Joint
from recollect.errors import CheckpointError, OptionError, StreamError
from recollect.rows import num_rows, take
from recollect.state import is_plain, nbytes_of


@pytest.fixture
def joint(wrapped, everything):
    """Makes a Joint that has begun the tasks given."""

    def make(*tasks, **options):
        agent = Joint(wrapped, everything(), device="cpu", **options)
        for task in tasks:
            agent.begin_task(task, wrapped.unwrapped.data(task))
        return agent

    return make


def test_draws_cover_all_tasks_met_by_their_rows(joint, blobs):
    agent = joint(0, 2)
    drawn = np.concatenate([agent.draw(10)["y"] // 2 for _ in range(400)])
    assert sorted(set(drawn.tolist())) == [0, 2]
    # 24 of 50 rows; a draw's share of task 0 has a standard deviation of at most sqrt(1 / 4 / 10 / 400) = 0.008
    assert np.mean(drawn == 0) == pytest.approx(24 / 50, abs=0.03)


def test_a_draw_holds_different_rows_and_at_most_all(joint, blobs):
    rows = joint(1, 0).draw(1000)
    expected = np.concatenate([blobs().data(1)["x"], blobs().data(0)["x"]])
    assert rows["x"].tolist() == expected.tolist()
    assert rows["y"].tolist() == [*blobs().data(1)["y"], *blobs().data(0)["y"]]
    some = joint(1, 0).draw(30)
    assert len(np.unique(some["x"], axis=0)) == 30


@pytest.mark.parametrize(("replayed_per_new", "expected"), [(1.0, 10), (0.0, 5), (2.0, 15)])
def test_batches_are_as_large_as_those_of_er(joint, monkeypatch, replayed_per_new, expected):
    agent, sizes = joint(0, 1, replayed_per_new=replayed_per_new), []
    monkeypatch.setattr(agent, "loss", lambda new, replayed: sizes.append(num_rows(new)) or Joint.loss(agent, new, {}))
    agent.learn(take(agent.stream.unwrapped.data(1), np.arange(5)))
    assert sizes == [expected]


def test_its_step_is_that_of_er_on_the_same_rows(blobs, everything):
    er, joint = ER(blobs(), everything(), device="cpu"), Joint(blobs(), everything(), device="cpu")
    data = blobs().data(0)
    joint.begin_task(0, data)
    halves = take(data, np.arange(12)), take(data, np.arange(12, 24)) | {"index": np.arange(12)}
    assert er.update(*halves)["loss"] == pytest.approx(joint.update(halves[0], {})["loss"], rel=1e-5)
    torch.testing.assert_close(er.network.head.weight, joint.network.head.weight)


def test_a_task_that_comes_again_counts_once(joint):
    assert joint(0, 1, 0).met == [(0, 24), (1, 25)]


def test_it_remembers_early_tasks(joint, blobs):
    agent = joint()
    for task in range(3):
        agent.begin_task(task, blobs().data(task))
        for _ in range(100):
            agent.learn(take(blobs().data(task), np.arange(10)))
    for task in range(3):
        rows = blobs().data(task, "test")
        assert np.mean(agent.predict(rows)["y"] == rows["y"]) > 0.9


def test_resume_is_exact_and_the_checkpoint_holds_no_data(joint, blobs):
    def learn(agent, steps):
        for _ in range(steps):
            agent.learn(take(blobs().data(1), np.arange(10)))

    whole, first, second = joint(0, 1), joint(0, 1), joint()
    learn(whole, 40)
    learn(first, 20)
    state = copy.deepcopy(first.state_dict())
    assert is_plain(state)
    assert nbytes_of(state) == nbytes_of(first.network.state_dict())
    second.load_state_dict(state)
    learn(second, 20)
    for one, other in zip(whole.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_a_checkpoint_of_other_data_is_refused(joint):
    state = joint(0, 1).state_dict()
    state["values"]["met"] = [(0, 24), (1, 31)]
    with pytest.raises(CheckpointError, match=r"task 1 had 31 rows .*, the stream now has 25"):
        joint().load_state_dict(state)


def test_it_needs_logged_data_and_announced_tasks(joint, blobs):
    assert Joint.needs_tasks
    assert Joint.accepts(blobs()) is None
    assert "no logged data" in Joint.accepts(blobs(logged=False))
    with pytest.raises(StreamError, match="task 1 has no logged rows"):
        joint().begin_task(1, None)
    with pytest.raises(StreamError, match="announce_tasks=True"):
        joint().learn(blobs().data(0))


def test_other_targets_are_refused_before_the_data_are_asked_for(blobs, monkeypatch):
    stream = blobs()
    monkeypatch.setattr(stream, "target", "mask")
    monkeypatch.setattr(stream, "data", None)
    assert "target is 'mask'" in Joint.accepts(stream)


@pytest.mark.parametrize("option", ["weight", "replayed_per_new"])
def test_negative_options_are_refused(joint, option):
    with pytest.raises(OptionError, match=f"{option} must be a finite number of at least 0, got -0.5"):
        joint(**{option: -0.5})


def test_its_bytes_are_all_rows_that_it_draws_from(joint, blobs):
    agent, data = joint(), blobs().data(0)
    assert agent.nbytes == 0
    agent.begin_task(0, data)
    assert agent.nbytes == sum(values.nbytes for values in data.values()) > 0
