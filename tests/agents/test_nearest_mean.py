import numpy as np
import pytest
import torch

import recollect
from recollect.agents import nearest_mean
from recollect.agents.nearest_mean import NearestMean
from recollect.nets.class_means import FAR
from recollect.rows import take
from recollect.state import is_plain
from recollect.testing.comparison import difference, frozen

STORED = {"x": np.array([[2, 0, 0, 0], [0, 4, 0, 0], [0, 0, 9, 0]], np.float32), "y": np.array([1, 1, 3])}
ASKED = {"x": np.array([[5, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1.1]], np.float32)}


@pytest.fixture
def plain(blobs, everything):
    """Makes one whose features are the four inputs themselves."""
    return lambda: NearestMean(blobs(), everything(), device="cpu", hidden=[])


def test_the_nearest_mean_of_the_remembered_rows_is_predicted(plain):
    agent = plain()
    agent.replay.add(STORED)
    found = agent.predict(ASKED)
    half = np.sqrt(0.5)
    mean, unit = np.array([half, half, 0, 0]), ASKED["x"] / np.linalg.norm(ASKED["x"], axis=1, keepdims=True)
    assert found["y"].tolist() == [1, 3, 3]
    np.testing.assert_allclose(found["logits"][:, 1], -((unit - mean) ** 2).sum(1), rtol=1e-5)
    np.testing.assert_allclose(found["logits"][:, [0, 2, 4, 5]], -FAR)
    assert found["logits"].dtype == np.float32


def test_the_head_answers_while_nothing_is_remembered(plain):
    agent = plain()
    logits = agent.logits(ASKED).detach().numpy()
    np.testing.assert_array_equal(agent.predict(ASKED)["logits"], logits)
    assert agent.predict(ASKED)["y"].tolist() == logits.argmax(1).tolist()


def test_means_follow_memory_and_network_and_are_computed_once_for_both(plain, monkeypatch):
    agent, calls = plain(), []
    monkeypatch.setattr(nearest_mean, "class_means", lambda *a: calls.append(1) or torch_means(*a))
    agent.replay.add(STORED)
    for _ in range(3):
        agent.predict(ASKED)
    assert len(calls) == 1
    agent.replay.add({"x": np.array([[0, 0, 0, 1]], np.float32), "y": np.array([5])})
    assert agent.predict(ASKED)["y"].tolist() == [1, 3, 5]
    assert len(calls) == 2
    with torch.no_grad():
        agent.network.head.weight += 1
    agent.predict(ASKED)
    assert len(calls) == 3


torch_means = nearest_mean.class_means


def test_a_large_memory_passes_in_chunks(plain, monkeypatch):
    agent = plain()
    agent.replay.add(STORED)
    whole, sizes = agent.predict(ASKED)["logits"], []
    agent.means = None
    monkeypatch.setattr(nearest_mean, "CHUNK", 2)
    features = agent.network.features
    monkeypatch.setattr(agent.network, "features", lambda x: sizes.append(len(x)) or features(x))
    np.testing.assert_allclose(agent.predict(ASKED)["logits"], whole, rtol=1e-6)
    assert sorted(sizes) == [1, 2, 3]


def test_predicting_draws_nothing_and_leaves_modes_and_state(plain, blobs):
    agent = plain()
    agent.network.body.append(torch.nn.BatchNorm1d(4))
    agent.learn(take(blobs().data(0), np.arange(10)))
    agent.network.train()
    before, memory = frozen(agent.state_dict()), frozen(agent.replay.state_dict())
    assert is_plain(before)
    agent.predict(ASKED)
    assert not difference(before, frozen(agent.state_dict()))
    assert not difference(memory, frozen(agent.replay.state_dict()))
    assert agent.network.training


@pytest.mark.parametrize("name", ["icarl", "scr"])
def test_evaluations_do_not_change_a_run(wrapped, blobs, name):
    weights = []
    for every in (None, 1):
        agent = recollect.make_agent(name, wrapped, capacity=12, seed=3, device="cpu")
        recollect.run(blobs, agent, seed=0, evaluate_every=every)
        weights.append([value for _, value in agent.named_parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*weights, strict=True))
