import gymnasium as gym
import numpy as np
import pytest
import torch

import recollect
from recollect.core import ReplayStrategy
from recollect.errors import OptionError, UnknownName
from recollect.plugins.uer.agent import UER, CosineER
from recollect.rows import take

STREAM = "recollect/SplitDigits-v0"
W = np.zeros((10, 64))
W[:3, :2] = [[3.0, 4.0], [1.0, 0.0], [0.0, -2.0]]
X = np.zeros((3, 64), np.float32)
X[:, :2] = [[0.6, 0.8], [0.0, 1.0], [1.0, 0.0]]
NEW = {"x": X[:2], "y": np.array([0, 2])}
REPLAYED = {"x": X[2:], "y": np.array([1]), "index": np.array([7])}
GAMMA = 11.1


def made(name="uer", weight=W, replay="reservoir", **options):
    """A linear network on digits, whose head is `weight`."""
    agent = recollect.make_agent(
        name, gym.make(STREAM), replay=replay, capacity=20, device="cpu", **{"hidden": (), **options}
    )
    if weight is not None:
        with torch.no_grad():
            agent.network.head.weight.copy_(torch.from_numpy(weight))
    return agent


def logits_of(x, kind, weight=W):
    """(N, 10), float64."""
    if kind == "dot":
        return x @ weight.T
    lengths = np.linalg.norm(x, axis=1)[:, None] * np.linalg.norm(weight, axis=1)
    return GAMMA * np.divide(x @ weight.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)


def entropies(rows, kind, weight=W, among=slice(None)):
    logits = logits_of(rows["x"].astype(float), kind, weight)
    return np.log(np.exp(logits[:, among]).sum(1)) - logits[np.arange(len(logits)), rows["y"]]


def objective(kinds, weight=W):
    """The mean of the new rows' losses and that of the replayed one."""
    return entropies(NEW, kinds[0], weight).mean() + entropies(REPLAYED, kinds[1], weight).mean()


COMBINATIONS = [("cosine", "dot"), ("dot", "dot"), ("cosine", "cosine"), ("dot", "cosine")]


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_new_and_replayed_rows_each_by_their_own_logits(kinds):
    agent = made(new_logits=kinds[0], replayed_logits=kinds[1])
    new, replayed = entropies(NEW, kinds[0]), entropies(REPLAYED, kinds[1])
    logged = agent.update(NEW, REPLAYED)
    expected = {"loss": new.mean() + replayed.mean(), "loss_new": new.mean(), "loss_replayed": replayed.mean()}
    assert logged == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_one_matrix_takes_the_slopes_of_both(kinds):
    rng = np.random.default_rng(0)
    start = rng.normal(size=W.shape)  # no weight of length 0: differences would not see its slope
    agent = made(weight=start, new_logits=kinds[0], replayed_logits=kinds[1], lr=0.1)
    agent.update(NEW, REPLAYED)
    found = (start - agent.network.head.weight.detach().double().numpy()) / 0.1
    for c, i in ((0, 0), (1, 1), (2, 0), (9, 1)):
        shift = np.zeros_like(start)
        shift[c, i] = 1e-5
        slope = (objective(kinds, start + shift) - objective(kinds, start - shift)) / 2e-5
        assert found[c, i] == pytest.approx(slope, abs=2e-4)
    assert [name for name, _ in agent.named_parameters()] == ["network.head.weight"]


def test_new_rows_alone_turn_weights_and_replayed_ones_stretch_them():
    for new, replayed, stretched in ((NEW, {}, False), ({}, REPLAYED, True)):
        agent = made(lr=1e-3)
        agent.update(new, replayed)
        moved = agent.network.head.weight.detach().double().numpy()[:3] - W[:3]
        along = (moved * W[:3]).sum(1) / np.linalg.norm(W[:3], axis=1)
        assert np.linalg.norm(moved) > 1e-4
        assert (np.abs(along).max() > 1e-4) == stretched


def test_predictions_are_of_classes_that_were_met():
    agent = made()
    assert agent.predict(REPLAYED)["y"].tolist() == [0]  # 3 is the largest product; nothing has been met
    agent.met[[1, 2]] = True
    found = agent.predict(REPLAYED)
    assert found["y"].tolist() == agent.act(X[2:]).tolist() == [1]
    assert found["logits"].dtype == np.float32
    assert found["logits"][0, [0, 1, 2, 3]].tolist() == [-1e9, 1.0, 0.0, -1e9]
    assert made(seen_only="never", weight=W).predict(REPLAYED)["y"].tolist() == [0]


def test_rows_new_and_replayed_are_met():
    agent = made()
    agent.update(NEW, REPLAYED)
    assert np.flatnonzero(agent.met).tolist() == [0, 1, 2]
    other = made()
    other.load_state_dict(agent.state_dict())
    assert np.flatnonzero(other.met).tolist() == [0, 1, 2]


def test_losses_may_be_of_the_classes_met_too():
    agent = made(seen_only="always")
    logged = agent.update(NEW, REPLAYED)
    among = [0, 1, 2]
    expected = entropies(NEW, "cosine", among=among).mean() + entropies(REPLAYED, "dot", among=among).mean()
    assert logged["loss"] == pytest.approx(expected, rel=1e-4)


def test_the_head_decides_predictions_and_nothing_else():
    stream = gym.make(STREAM, tasks=2, order_seed=1)
    rows, weights, said = stream.unwrapped.data(0), [], []
    for head in ("dot", "cosine"):
        agent = recollect.make_agent("uer", stream, capacity=20, head=head, device="cpu")
        for start in range(0, 100, 10):
            agent.learn(take(rows, np.arange(start, start + 10)))
        weights.append([parameter.detach() for _, parameter in agent.named_parameters()])
        said.append(agent.predict(rows)["logits"])
    assert all(torch.equal(a, b) for a, b in zip(*weights, strict=True))
    assert not np.allclose(*said)


@pytest.mark.parametrize("kinds", COMBINATIONS)
def test_strategies_hear_losses_of_replayed_rows_after_a_step_on_new_ones(kinds):
    agent = made(weight=(start := np.random.default_rng(0).normal(size=W.shape)), new_logits=kinds[0],
                 replayed_logits=kinds[1])  # fmt: skip
    np.testing.assert_allclose(agent.losses(REPLAYED), entropies(REPLAYED, kinds[1], start), rtol=1e-5)
    twin = made(weight=start, new_logits=kinds[0], replayed_logits=kinds[1])
    twin.update(NEW, {})
    moved = twin.network.head.weight.detach().double().numpy()
    np.testing.assert_allclose(agent.losses(REPLAYED, after=NEW), entropies(REPLAYED, kinds[1], moved), rtol=1e-4)
    assert agent.network.head.reading == "dot"


def test_cosine_er_is_cosines_throughout():
    agent = made("cosine-er")
    assert (type(agent), agent.new_logits, agent.replayed_logits) == (CosineER, "cosine", "cosine")
    assert agent.update(NEW, REPLAYED)["loss"] == pytest.approx(objective(("cosine", "cosine")), rel=1e-4)
    assert agent.network.head.reading == "cosine"


def test_with_dot_products_throughout_it_is_er_without_bias():
    agents = [made("uer", None, new_logits="dot", seen_only="never"), made("er", None, head="dot")]
    for agent in agents:
        agent.update(NEW, REPLAYED)
    assert torch.equal(*(agent.network.head.weight for agent in agents))


def test_new_rows_enter_the_memory_after_the_step():
    seen = []

    class Noting(ReplayStrategy):
        def add(self, rows):
            seen.append(("add", len(rows["y"])))

        def sample(self, n, like=None):
            seen.append(("sample", n))
            return REPLAYED

        def __len__(self):
            return len(seen)

    agent = UER(gym.make(STREAM), Noting(10), device="cpu")
    for _ in range(2):
        agent.learn(NEW | {"task": np.zeros(2, int), "step": np.zeros(2, int)})
    assert seen == [("add", 2), ("sample", 2), ("add", 2)]


@pytest.mark.parametrize("option", ["new_logits", "replayed_logits", "head"])
def test_other_logits_are_refused(option):
    with pytest.raises(OptionError, match=f"{option}.* 'linear'"):
        made(**{option: "linear"})


def test_another_mask_is_refused():
    with pytest.raises(OptionError, match="seen_only.* 'sometimes'"):
        made(seen_only="sometimes")


@pytest.mark.parametrize("options", [{"new_logits": "linear"}, {"head": "linear"}, {"seen_only": "sometimes"}])
def test_the_class_itself_refuses_them(options):
    with pytest.raises((OptionError, UnknownName)):
        UER(gym.make(STREAM), recollect.make_replay("reservoir", 10), **options)
