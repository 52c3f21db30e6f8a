import copy

import numpy as np
import pytest
import torch

from recollect.agents.er import ER
from recollect.core import Penalty
from recollect.errors import OptionError
from recollect.rows import take
from recollect.state import is_plain

NEW = {"x": np.array([[1.0], [2.0]], np.float32), "y": np.array([0, 1])}
REPLAYED = {"x": np.array([[3.0]], np.float32), "y": np.array([0]), "index": np.array([4])}
W, B = np.array([[0.5], [-0.5]]), np.array([0.1, 0.0])


def log_softmax(rows):
    """Log-probabilities (N, 2) under W and B, by hand."""
    logits = rows["x"] @ W.T + B
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def cross_entropy(rows):
    return -log_softmax(rows)[np.arange(len(rows["y"])), rows["y"]]


def gradient(rows):
    """Of the mean cross-entropy by W (2, 1) and B (2,)."""
    slope = (np.exp(log_softmax(rows)) - np.eye(2)[rows["y"]]) / len(rows["y"])  # (N, 2)
    return slope.T @ rows["x"], slope.sum(0)


@pytest.fixture
def linear(blobs, everything):
    """Makes an ER over one input and two classes, with the weights W and B."""

    def make(**options):
        agent = ER(blobs(num_tasks=1, dims=1), everything(), device="cpu", hidden=[], **options)
        with torch.no_grad():
            agent.network.head.weight.copy_(torch.from_numpy(W))
            agent.network.head.bias.copy_(torch.from_numpy(B))
        return agent

    return make


def weights_of(agent):
    return agent.network.head.weight.detach().numpy(), agent.network.head.bias.detach().numpy()


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.3, 0.7), (0.0, 2.0)])
def test_the_loss_is_the_weighted_sum_of_two_means(linear, a, b):
    agent = linear(new_weight=a, replayed_weight=b, lr=0.2)
    logged = agent.update(NEW, REPLAYED)
    new, replayed = cross_entropy(NEW).mean(), cross_entropy(REPLAYED).mean()
    expected = {"loss": a * new + b * replayed, "loss_new": new, "loss_replayed": replayed}
    assert logged == pytest.approx(expected, rel=1e-5)
    (gw_new, gb_new), (gw_replayed, gb_replayed) = gradient(NEW), gradient(REPLAYED)
    weight, bias = weights_of(agent)
    np.testing.assert_allclose(weight, W - 0.2 * (a * gw_new + b * gw_replayed), rtol=1e-5)
    np.testing.assert_allclose(bias, B - 0.2 * (a * gb_new + b * gb_replayed), rtol=1e-5)


@pytest.mark.parametrize("no_rows", [{}, take(NEW, np.array([], int))])
def test_only_new_or_only_replayed(linear, no_rows):
    agent = linear()
    assert agent.update(NEW, no_rows) == pytest.approx(
        {"loss": cross_entropy(NEW).mean(), "loss_new": cross_entropy(NEW).mean()}, rel=1e-5
    )
    assert agent.replay.heard == []
    agent = linear()
    replayed = cross_entropy(REPLAYED).mean()
    assert agent.update(no_rows, REPLAYED) == pytest.approx({"loss": replayed, "loss_replayed": replayed}, rel=1e-5)
    np.testing.assert_allclose(weights_of(agent)[0], W - 0.1 * gradient(REPLAYED)[0], rtol=1e-5)
    assert agent.update(no_rows, {}) == {}


def test_importance_weights_multiply_the_rows_losses(linear):
    agent = linear()
    replayed = NEW | {"index": np.array([1, 2]), "weight": np.array([0.5, 0.25])}
    expected = (cross_entropy(NEW) * [0.5, 0.25]).mean()
    assert agent.update({}, replayed)["loss"] == pytest.approx(expected, rel=1e-5)


def test_the_memory_hears_of_every_replayed_rows_loss(linear):
    agent = linear()
    agent.update(NEW, REPLAYED)
    ((index, signals),) = agent.replay.heard
    assert index.tolist() == [4]
    np.testing.assert_allclose(signals["loss"], cross_entropy(REPLAYED), rtol=1e-5)


class Ruler(Penalty):
    """Adds 3 * sum of the head's weights, then halves the first bias' gradient."""

    def loss(self, new, replayed):
        self.seen = (len(new["x"]), len(replayed["x"]))
        return 3 * self.agent.network.head.weight.sum()

    def project(self, new, replayed):
        self.agent.network.head.bias.grad[0] /= 2


def test_a_penalty_adds_and_projects(linear):
    ruler = Ruler()
    agent = linear(penalty=ruler, lr=0.2)
    ruler.bind(agent)
    logged = agent.update(NEW, REPLAYED)
    assert ruler.seen == (2, 1)
    assert logged["loss"] == pytest.approx(cross_entropy(NEW).mean() + cross_entropy(REPLAYED).mean(), rel=1e-5)
    (gw_new, gb_new), (gw_replayed, gb_replayed) = gradient(NEW), gradient(REPLAYED)
    weight, bias = weights_of(agent)
    np.testing.assert_allclose(weight, W - 0.2 * (gw_new + gw_replayed + 3), rtol=1e-5)
    np.testing.assert_allclose(bias, B - 0.2 * (gb_new + gb_replayed) * [0.5, 1], rtol=1e-5)


def test_new_rows_are_not_replayed_beside_themselves(blobs, everything):
    agent = ER(blobs(), everything(), device="cpu")
    rows = blobs().data(0)
    assert "loss_replayed" not in agent.learn(take(rows, np.arange(10)))
    assert "loss_replayed" in agent.learn(take(rows, np.arange(10, 20)))
    ((index, _),) = agent.replay.heard
    assert index.tolist() == list(range(10))
    assert len(agent.replay) == 20


def test_replayed_per_new_sets_how_many_are_replayed(blobs, everything):
    agent = ER(blobs(), everything(), device="cpu", replayed_per_new=0.5)
    rows = blobs().data(0)
    for start in (0, 5, 10, 15):
        agent.learn(take(rows, np.arange(start, start + 5)))
    assert [len(index) for index, _ in agent.replay.heard] == [2, 3, 2]


@pytest.mark.parametrize("value", [-1.0, float("inf")])
@pytest.mark.parametrize("option", ["new_weight", "replayed_weight", "replayed_per_new"])
def test_negative_and_infinite_weights_are_refused(blobs, everything, option, value):
    with pytest.raises(OptionError, match=f"{option} must be a finite number of at least 0, got {value}"):
        ER(blobs(), everything(), **{option: value})


def test_resume_is_exact(blobs, everything):
    def make():
        return ER(blobs(), everything(), device="cpu", momentum=0.9, seed=1)

    def learn(agent, steps):
        for step in steps:
            rows = blobs().data(step % 3)
            agent.learn(take(rows, np.random.default_rng(step).integers(0, 24, 10)))

    whole, first, second = make(), make(), make()
    learn(whole, range(40))
    learn(first, range(20))
    state = copy.deepcopy(first.state_dict())
    assert is_plain(state)
    second.load_state_dict(state)
    second.replay.rows = copy.deepcopy(first.replay.rows)
    learn(second, range(20, 40))
    for (name, one), (_, other) in zip(whole.named_parameters(), second.named_parameters(), strict=True):
        assert one.detach().numpy().tobytes() == other.detach().numpy().tobytes(), name
    assert whole.updates == second.updates == 40
    learn(first, range(20, 40))  # and taking the state did not disturb the one it was taken from
    assert torch.equal(first.network.head.weight, whole.network.head.weight)
