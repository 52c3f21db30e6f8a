import copy
import math

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

import recollect
from recollect.agents import gdumb
from recollect.agents.gdumb import GDumb
from recollect.errors import OptionError, SchemaError
from recollect.rows import take
from recollect.state import is_plain
from recollect.testing.comparison import difference, frozen

QUICK = {"epochs": 4, "device": "cpu"}


@pytest.fixture
def filled(blobs, everything):
    """Makes a GDumb that remembers the rows of task 0."""

    def make(stream=None, **options):
        stream = stream or blobs()
        agent = GDumb(stream, everything(), **QUICK | options)
        agent.learn(stream.data(0))
        return agent

    return make


def test_the_learning_rate_warms_up_and_falls_in_cycles(filled):
    agent, fall = filled(), 0.05 - 5e-4
    expected = [
        0.005,
        0.05,
        0.05,
        5e-4 + fall / 2,
        0.05,
        *(5e-4 + fall * (1 + math.cos(k * math.pi / 4)) / 2 for k in (1, 2, 3)),
    ]
    assert [agent.rate(epoch) for epoch in range(8)] == pytest.approx(expected)
    assert agent.rate(8) == agent.rate(128) == 0.05
    assert agent.rate(255) == pytest.approx(5e-4, rel=0.02)


def test_it_is_trained_on_the_memory_by_sgd_with_momentum_and_decay(filled, blobs):
    agent = filled(hidden=[], epochs=3, fit_batch_size=100, clip=1e9, weight_decay=0.1, momentum=0.9)
    rows, head = blobs().data(0), copy.deepcopy(agent.network.head)
    speeds = [0.0, 0.0]
    for lr in (0.005, 0.05, 0.05):  # one batch holds all rows, so that their order does not matter
        head.zero_grad()
        cross_entropy(head(torch.from_numpy(rows["x"])), torch.from_numpy(rows["y"])).backward()
        with torch.no_grad():
            for i, weight in enumerate(head.parameters()):
                speeds[i] = 0.9 * speeds[i] + weight.grad + 0.1 * weight
                weight -= lr * speeds[i]
    torch.testing.assert_close(agent.fitted().head.weight, head.weight)
    torch.testing.assert_close(agent.fitted().head.bias, head.bias)


def test_the_gradient_is_clipped_to_a_length(filled):
    agent = filled(epochs=1, fit_batch_size=100, clip=1e-3, weight_decay=0.0)
    before, after = (torch.cat([p.flatten() for p in net.parameters()]) for net in (agent.network, agent.fitted()))
    assert (after - before).norm().item() == pytest.approx(0.005 * 1e-3, rel=1e-2)


def test_an_epoch_sees_every_row_once_in_batches(filled, monkeypatch):
    agent, seen = filled(epochs=2), []
    loss = agent.fit_loss
    monkeypatch.setattr(agent, "fit_loss", lambda net, x, y, rng: seen.append(x) or loss(net, x, y, rng))
    agent.fitted()
    assert [len(x) for x in seen] == [16, 8, 16, 8]
    first, second = np.concatenate(seen[:2]), np.concatenate(seen[2:])
    assert first.tolist() != second.tolist()
    assert sorted(first.tolist()) == sorted(second.tolist()) == sorted(agent.replay.rows["x"].tolist())


@pytest.mark.parametrize(("count", "sizes"), [(1, [1]), (16, [16]), (17, [17]), (18, [16, 2]), (33, [16, 17])])
def test_no_row_is_alone_in_the_last_batch(filled, count, sizes):
    batches = filled().batches(np.arange(count))
    assert [len(batch) for batch in batches] == sizes
    assert np.concatenate(batches).tolist() == list(range(count))


def test_it_learns_nothing_in_the_stream_and_trains_once_per_memory(filled, blobs, monkeypatch):
    agent, test = filled(), blobs().data(0, "test")
    first, fits = copy.deepcopy(agent.network.state_dict()), []
    fit = agent.fit
    monkeypatch.setattr(agent, "fit", lambda rows: fits.append(len(rows["y"])) or fit(rows))
    before = frozen(agent.state_dict())
    assert is_plain(before)
    found = [agent.predict(test)["logits"].tolist() for _ in range(3)]
    assert found[0] == found[1] == found[2]
    assert fits == [24]
    assert not difference(before, frozen(agent.state_dict()))
    assert agent.learn(blobs().data(1)) == {}
    agent.predict(test)
    assert fits == [24, 49]
    for name, tensor in agent.network.state_dict().items():
        assert torch.equal(tensor, first[name])


def test_what_it_predicts_is_a_function_of_memory_and_seed(filled, blobs):
    test = blobs().data(0, "test")
    one, other, third = filled(seed=1), filled(seed=1), filled(seed=2)
    one.predict(test)
    for agent in (one, other, third):
        agent.learn(blobs().data(1))
    other.load_state_dict(copy.deepcopy(one.state_dict()))
    torch.manual_seed(5)
    logits = [agent.predict(test)["logits"].tolist() for agent in (one, other, third)]
    assert logits[0] == logits[1] != logits[2]


def test_evaluations_do_not_change_a_run(wrapped, blobs):
    scores = []
    for every in (None, 1):
        agent = recollect.make_agent("gdumb", wrapped, capacity=12, seed=3, device="cpu", epochs=2)
        history = recollect.run(blobs, agent, seed=0, evaluate_every=every)
        scores.append(history.scores["accuracy"][history.ended].tolist())
    assert scores[0] == scores[1]


def test_it_learns_what_it_remembers_at_the_papers_defaults(wrapped, blobs):
    agent = recollect.make_agent("gdumb", wrapped, capacity=30, device="cpu")
    history = recollect.run(blobs, agent, seed=0)
    assert recollect.metric("accuracy")(history) > 0.9


def test_before_anything_is_remembered_the_first_network_answers(blobs, everything):
    agent = GDumb(blobs(), everything(), **QUICK)
    rows = blobs().data(0)
    np.testing.assert_array_equal(agent.predict(rows)["logits"], agent.logits(rows).detach().numpy())


def test_images_are_cut_and_mixed(filled, pictures, monkeypatch):
    agent = filled(pictures(), cutmix_probability=1.0, hidden=[])
    rows, partners = take(agent.replay.rows, np.arange(4)), np.array([1, 2, 3, 0])
    mixed = (37 * torch.arange(64)).reshape(4, 4, 4).to(torch.uint8)
    monkeypatch.setattr(gdumb, "cutmix", lambda x, alpha, rng: (mixed, partners, 0.25))
    logits = agent.network(mixed)
    y = torch.from_numpy(rows["y"])
    expected = 0.25 * cross_entropy(logits, y) + 0.75 * cross_entropy(logits, y[partners])
    found = agent.fit_loss(agent.network, rows["x"], rows["y"], np.random.default_rng(0))
    assert found.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize(("images", "expected"), [(True, 0.5), (False, 0.0)])
def test_half_of_the_batches_of_images_and_none_of_vectors(filled, blobs, pictures, monkeypatch, images, expected):
    agent, calls, cut = filled((pictures if images else blobs)(), hidden=[]), [], gdumb.cutmix
    monkeypatch.setattr(gdumb, "cutmix", lambda *a: calls.append(1) or cut(*a))
    rows, rng = agent.replay.rows, np.random.default_rng(0)
    for _ in range(400):
        agent.fit_loss(agent.network, rows["x"], rows["y"], rng)
    assert len(calls) / 400 == pytest.approx(expected, abs=0.08)


def test_augmentation_draws_from_the_fits_own_seed(filled, pictures, blobs):
    agent = filled(pictures(), augment="crop-flip", hidden=[])
    plain, views = filled(pictures(), hidden=[]), agent.views.bit_generator.state
    assert not torch.equal(agent.fitted().head.weight, plain.fitted().head.weight)
    assert agent.views.bit_generator.state == views


def test_what_needs_a_trained_network_is_refused(wrapped):
    with pytest.raises(SchemaError, match=r"'herding' asks for embed\(\), which agent 'gdumb' does not have"):
        recollect.make_agent("gdumb", wrapped, replay="herding")
    with pytest.raises(SchemaError, match="'none' keeps nothing"):
        recollect.make_agent("gdumb", wrapped, replay="none")
    with pytest.raises(SchemaError, match="gdumb learns nothing in the stream that a penalty such as L2 could hold"):
        recollect.make_agent("gdumb", wrapped, penalty="l2")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("min_lr", 0.1),
        ("epochs", 0),
        ("fit_batch_size", 0),
        ("cutmix_probability", 1.5),
        ("cutmix_alpha", 0),
        ("clip", 0),
    ],
)
def test_options_outside_their_range_are_refused(blobs, everything, option, value):
    with pytest.raises(OptionError, match=f"{option} must be .*, got {value}"):
        GDumb(blobs(), everything(), **{option: value})
