import copy

import numpy as np
import pytest
import torch

import recollect
from recollect.agents.icarl import ICaRL
from recollect.errors import OptionError
from recollect.rows import concat, num_rows, take
from recollect.state import is_plain, nbytes_of

X = np.array([[1, 0, 0, 0], [0, 2, 0, 0]], np.float32)


@pytest.fixture
def icarl(blobs, everything):
    """Makes an ICaRL; its stream has classes 0 and 1, then 2 and 3, then 4 and 5."""

    def make(replay=None, **options):
        return ICaRL(blobs(), replay or everything(), device="cpu", **options)

    return make


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_targets_are_one_hot_for_the_tasks_classes_and_the_teachers_for_the_others(icarl):
    agent = icarl(hidden=[])
    agent.begin_task(0, {"x": X, "y": np.array([0, 1])})
    agent.update({"x": X, "y": np.array([0, 1])}, {})
    taught = sigmoid(agent.logits({"x": X}).detach().numpy())[:, :2]  # by the network at the beginning of task 1
    agent.begin_task(1, {"x": X, "y": np.array([3, 3])})
    agent.update({"x": X, "y": np.array([3, 3])}, {})
    p = sigmoid(agent.logits({"x": X}).detach().numpy())[:, [0, 1, 3]]  # now; classes 2, 4 and 5 were never met
    # a new row of class 3, and a remembered one of class 1, whose own label does not count any more
    targets = np.array([[*taught[0], 1.0], [*taught[1], 0.0]])
    expected = -(targets * np.log(p) + (1 - targets) * np.log(1 - p)).sum(1)
    parts = {"x": X[:1], "y": np.array([3])}, {"x": X[1:], "y": np.array([1]), "index": np.array([0])}
    np.testing.assert_allclose(agent.row_losses(*parts).detach().numpy(), expected, rtol=1e-5)
    assert agent.loss(*parts).item() == pytest.approx(expected.mean(), rel=1e-5)


def test_in_the_first_task_all_targets_are_labels(icarl):
    agent = icarl(hidden=[])
    agent.begin_task(0, {"x": X, "y": np.array([0, 1])})
    p = sigmoid(agent.logits({"x": X}).detach().numpy())[:, :2]
    expected = -np.log([[p[0, 0], 1 - p[0, 1]], [1 - p[1, 0], p[1, 1]]]).sum(1)
    found = agent.row_losses({"x": X, "y": np.array([0, 1])})
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5)


def test_a_step_is_on_the_mean_of_new_and_replayed_rows_with_weight_decay(icarl):
    agent = icarl(hidden=[], lr=0.2)
    assert agent.optimiser.param_groups[0]["weight_decay"] == 1e-5
    agent.begin_task(0, {"x": X, "y": np.array([0, 1])})
    parts = {"x": X[:1], "y": np.array([0])}, {"x": X[1:], "y": np.array([1]), "index": np.array([0])}
    weight = agent.network.head.weight.detach().clone()
    slope = (sigmoid(agent.logits(*parts).detach().numpy()) - np.eye(6)[:2])[:, :2].T @ X / 2  # (2, 4)
    agent.update(*parts)
    expected = weight[:2].numpy() - 0.2 * (slope + 1e-5 * weight[:2].numpy())
    np.testing.assert_allclose(agent.network.head.weight[:2].detach().numpy(), expected, rtol=1e-5)
    np.testing.assert_allclose(agent.network.head.weight[2:].detach(), weight[2:] * (1 - 0.2e-5), rtol=1e-6)


def test_a_class_that_comes_again_is_learned_by_its_labels(icarl):
    agent = icarl(hidden=[])
    for task in range(2):
        agent.begin_task(task, {"x": X, "y": np.array([0, 1])})
        agent.update({"x": X, "y": np.array([0, 1])}, {})
    p = sigmoid(agent.logits({"x": X[:1]}).detach().numpy())[0]
    found = agent.row_losses({"x": X[:1], "y": np.array([0])}).item()
    assert found == pytest.approx(-np.log(p[0]) - np.log(1 - p[1]), rel=1e-5)


def test_exemplars_are_replayed_in_the_proportion_of_the_union(icarl, blobs):
    agent = icarl()
    agent.begin_task(0, blobs().data(0))
    assert agent.replayed_per_new == 1.0  # nothing to replay yet
    agent.replay.add(take(blobs().data(0), np.arange(10)))
    agent.begin_task(1, blobs().data(1))
    assert agent.replayed_per_new == 10 / 25
    assert [sum(agent.owed(5)) for _ in range(5)] == [2] * 5  # each exemplar once in the 25 rows of the task
    agent.replayed_per_new = 0.0  # as a projection does
    agent.begin_task(2, blobs().data(2))
    assert agent.replayed_per_new == 0.0


@pytest.mark.parametrize("given", [0.0, 2.5])
def test_a_given_proportion_stays(icarl, blobs, given):
    agent = icarl(replayed_per_new=given)
    agent.replay.add(blobs().data(0))
    agent.begin_task(1, blobs().data(1))
    assert agent.replayed_per_new == given


@pytest.mark.parametrize("given", [-1, float("inf")])
def test_a_negative_or_infinite_proportion_is_refused(icarl, given):
    with pytest.raises(OptionError, match=f"replayed_per_new must be finite, at least 0, or None, got {given}"):
        icarl(replayed_per_new=given)


def test_the_head_predicts_among_the_classes_met_until_something_is_remembered(icarl, blobs):
    agent = icarl()
    rows = blobs().data(1, "test")
    with torch.no_grad():
        agent.network.head.bias[5] += 100
    assert set(agent.predict(rows)["y"].tolist()) == {5}
    agent.begin_task(1, blobs().data(1))
    assert set(agent.predict(rows)["y"].tolist()) <= {2, 3}
    assert np.isfinite(agent.predict(rows)["logits"]).all()
    agent.replay.add({"x": X, "y": np.array([0, 4])})
    assert set(agent.predict(rows)["y"].tolist()) <= {0, 4}


def test_the_teacher_is_counted(icarl):
    agent = icarl()
    agent.begin_task(0, {"x": X, "y": np.array([0, 1])})
    assert agent.nbytes == 0
    agent.begin_task(1, {"x": X, "y": np.array([2, 3])})
    assert agent.nbytes == nbytes_of(agent.network.state_dict()) > 0


def test_with_herding_it_remembers_early_tasks(wrapped):
    agent = recollect.make_agent("icarl", wrapped, capacity=30, seed=1, device="cpu")
    stream, test = wrapped.unwrapped, {}
    for task in range(3):
        rows, test[task] = stream.data(task), stream.data(task, "test")
        agent.begin_task(task, rows)
        for step in range(60):
            agent.learn(take(rows, np.random.default_rng(step).integers(0, num_rows(rows), 10)) | meta(task, step, 10))
        if task == 1:  # in mid-task nothing is remembered of the new classes
            assert set(agent.predict(test[1])["y"].tolist()) <= {0, 1}
        agent.replay.end_task(task, rows)
    rows = concat(test.values())
    assert np.mean(agent.predict(rows)["y"] == rows["y"]) > 0.85


def meta(task, step, count):
    return {"task": np.full(count, task), "step": np.full(count, step)}


def test_resume_is_exact_in_the_middle_of_a_task(wrapped):
    def learn(agent, steps, begin):
        for step in steps:
            task, rows = step // 10, wrapped.unwrapped.data(step // 10)
            if step % 10 == 0 and begin:
                agent.begin_task(task, rows)
            agent.learn(take(rows, np.random.default_rng(step).integers(0, 24, 10)) | meta(task, step, 10))
            if step % 10 == 9:
                agent.replay.end_task(task, rows)

    whole, first, second = (
        recollect.make_agent("icarl", wrapped, capacity=9, seed=seed, device="cpu") for seed in (1, 1, 1)
    )
    learn(whole, range(30), True)
    learn(first, range(15), True)
    state = copy.deepcopy(first.state_dict()), copy.deepcopy(first.replay.state_dict())
    assert is_plain(state[0])
    second.load_state_dict(state[0])
    second.replay.load_state_dict(state[1])
    assert (second.met, second.present, second.replayed_per_new) == ([0, 1, 2, 3], [2, 3], 9 / 25)
    learn(second, range(15, 30), True)
    for (name, one), (_, other) in zip(whole.named_parameters(), second.named_parameters(), strict=True):
        assert torch.equal(one, other), name
    rows = wrapped.unwrapped.data(2, "test")
    np.testing.assert_array_equal(whole.predict(rows)["logits"], second.predict(rows)["logits"])
