import copy

import numpy as np
import pytest
import torch

import recollect
from recollect.agents.scr import SCR
from recollect.errors import OptionError, SchemaError
from recollect.nets.contrastive import contrastive_losses
from recollect.rows import concat, num_rows, take
from recollect.state import is_plain


@pytest.fixture
def scr(blobs, everything):
    """Makes an SCR with a memory that gives everything back."""

    def make(stream=None, **options):
        return SCR(stream or blobs(), everything(), device="cpu", **options)

    return make


def halves(stream):
    rows = stream.data(0)
    return take(rows, np.arange(6)), take(rows, np.arange(6, 16)) | {"index": np.arange(10)}


def test_the_loss_contrasts_both_views_of_new_and_remembered_rows(scr, blobs, monkeypatch):
    agent, (new, replayed) = scr(temperature=0.5, projection=7), halves(blobs())
    monkeypatch.setattr(agent, "another", lambda x: x + 1)
    x, y = (torch.from_numpy(np.concatenate([new[field], replayed[field]])) for field in ("x", "y"))
    views = torch.stack([agent.projection(agent.network.features(seen)) for seen in (x, x + 1)])
    assert views.shape == (2, 16, 7)
    expected = contrastive_losses(views, y, 0.5).mean().item()
    assert agent.update(new, replayed)["loss"] == pytest.approx(expected, rel=1e-6)


def test_a_step_moves_backbone_and_projection_and_not_the_head(scr, blobs):
    agent = scr(weight_decay=0.1)
    before = {name: value.detach().clone() for name, value in agent.named_parameters()}
    agent.update(*halves(blobs()))
    moved = {name for name, value in agent.named_parameters() if not torch.equal(value, before[name])}
    assert moved == {name for name in before if not name.startswith("network.head")}
    assert any(name.startswith("projection") for name in moved)
    assert [group["weight_decay"] for group in agent.optimiser.param_groups] == [0.1, 0.1]


def test_nothing_is_learned_before_the_memory_gives_something(scr, blobs):
    agent, rows = scr(), blobs().data(0)
    before = copy.deepcopy(agent.network.state_dict())
    assert agent.learn(take(rows, np.arange(10))) == {}
    for name, tensor in agent.network.state_dict().items():
        assert torch.equal(tensor, before[name])
    assert "loss" in agent.learn(take(rows, np.arange(10, 20)))


def test_a_hundred_rows_are_replayed_beside_ten(scr, blobs, monkeypatch):
    agent, asked = scr(), []
    agent.replay.add(blobs().data(0))
    monkeypatch.setattr(agent.replay, "sample", lambda n, like=None: asked.append(n) or {})
    agent.learn(take(blobs().data(0), np.arange(10)))
    assert agent.batch_size == 10
    assert asked == [100]


def test_images_get_the_papers_view_and_other_rows_noise(scr, pictures, blobs):
    agent = scr(pictures())
    assert agent.second_view == ("scr",)
    x = torch.from_numpy(pictures().data(0)["x"])
    one, other = agent.another(x), agent.another(x)
    assert one.shape == x.shape
    assert not torch.equal(one, other)
    assert scr().second_view == ()
    assert scr(pictures(), second_view="flip").another(x).dtype == torch.uint8


def test_noise_is_in_units_of_the_batch(scr):
    x = torch.tensor([[0.0, 4.0], [4.0, 0.0]]).repeat(3000, 2)  # (6000, 4), of standard deviation 2
    apart = scr(noise=0.25).another(x) - x
    assert apart.std().item() == pytest.approx(0.5, rel=0.03)
    assert apart.mean().item() == pytest.approx(0, abs=0.01)
    assert torch.equal(scr(noise=0.0).another(x), x)
    bytes_ = (x * 63).to(torch.uint8)
    torch.testing.assert_close(scr(noise=0.0).another(bytes_), bytes_ / 255)


def test_predictions_are_by_the_backbones_features(scr, blobs):
    agent, rows = scr(), blobs().data(0)
    agent.replay.add(rows)
    features = agent.embed(rows)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    means = np.stack([features[rows["y"] == label].mean(0) for label in (0, 1)])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    expected = -((features[:, None] - means) ** 2).sum(2)
    np.testing.assert_allclose(agent.predict(rows)["logits"][:, :2], expected, atol=1e-5)


def test_it_remembers_early_tasks(wrapped):
    agent = recollect.make_agent("scr", wrapped, capacity=30, seed=1, device="cpu")
    test = []
    for task in range(3):
        rows = wrapped.unwrapped.data(task)
        test.append(wrapped.unwrapped.data(task, "test"))
        for step in range(30):
            agent.learn(take(rows, np.random.default_rng(step).integers(0, num_rows(rows), 10)))
    rows = concat(test)
    assert np.mean(agent.predict(rows)["y"] == rows["y"]) > 0.9


def test_resume_is_exact(blobs, scr):
    def learn(agent, steps):
        for step in steps:
            agent.learn(take(blobs().data(step % 3), np.random.default_rng(step).integers(0, 24, 10)))

    whole, first, second = (scr(seed=seed, momentum=0.9) for seed in (1, 1, 2))
    learn(whole, range(12))
    learn(first, range(6))
    state = copy.deepcopy(first.state_dict())
    assert is_plain(state)
    second.load_state_dict(state)
    second.replay.rows = copy.deepcopy(first.replay.rows)
    learn(second, range(6, 12))
    for (name, one), (_, other) in zip(whole.named_parameters(), second.named_parameters(), strict=True):
        assert torch.equal(one, other), name


def test_what_has_no_logits_says_so(wrapped):
    for part in ({"replay": "mir"}, {"penalty": "lwf"}, {"penalty": "ewc"}, {"penalty": "a-gem"}):
        with pytest.raises(SchemaError, match=r"asks for \w+\(\), which agent 'scr' does not have"):
            recollect.make_agent("scr", wrapped, **part)
    with pytest.raises(SchemaError, match="'none' keeps nothing"):
        recollect.make_agent("scr", wrapped, replay="none")
    for part in ({"penalty": "l2"}, {"penalty": "si"}, {"replay": "aser"}):
        recollect.make_agent("scr", wrapped, **part)


@pytest.mark.parametrize(
    ("option", "value"),
    [("temperature", 0), ("projection", 0), ("noise", -0.1), ("replayed_per_new", -1), ("replayed_per_new", np.inf)],
)
def test_options_outside_their_range_are_refused(scr, option, value):
    with pytest.raises(OptionError, match=f"{option} must be .*, got {value}"):
        scr(**{option: value})
    with pytest.raises(OptionError, match="'scr' is for images"):
        scr(second_view="scr")
