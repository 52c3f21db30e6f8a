import numpy as np
import pytest
import torch

from recollect.agents.segmenter import Segmenter
from recollect.errors import OptionError, StreamError
from recollect.nets.mask_losses import mean_over, pixel_losses, unbiased_losses


@pytest.fixture
def agent(masked, everything):
    return make(masked(), everything())


def make(stream, memory, **options):
    return Segmenter(stream, memory, device="cpu", width=4, **options)


def test_the_head_takes_in_the_classes_of_each_task(agent, masked):
    stream = masked()
    agent.begin_task(0, stream.data(0))
    assert (agent.old, agent.seen, agent.all) == (1, 2, 30)
    weight = agent.network.head.weight.clone()
    agent.begin_task(2, stream.data(2))
    assert (agent.old, agent.seen, agent.known) == (2, 4, {0: 2, 2: 4})
    assert torch.equal(agent.network.head.weight[2], weight[0])
    grown = agent.network.head.weight.clone()
    agent.begin_task(0, stream.data(0))  # comes again: nothing new
    assert (agent.old, agent.seen) == (2, 4)
    assert torch.equal(agent.network.head.weight, grown)


def test_only_classes_met_are_predicted(agent, masked):
    stream = masked()
    x = stream.data(0)["x"]
    assert (agent.predict({"x": x})["y"] == 0).all()
    agent.begin_task(0, stream.data(0))
    with torch.no_grad():
        agent.network.head.bias[3] = 99.0
    found = agent.predict({"x": x})["y"]
    assert found.shape == (12, 8, 8)
    assert found.max() <= 1
    assert agent.act(x[:5]) in agent.action_space
    assert agent.network.training


def test_the_rate_falls_and_starts_anew(agent, masked):
    stream = masked()
    for task, rate in ((0, 0.01), (1, 0.001)):
        agent.begin_task(task, stream.data(task))
        rates = []
        for _ in range(32):
            agent.update(stream.data(task), {})
            rates.append(agent.optimiser.param_groups[0]["lr"])
        assert rates[:3] == pytest.approx([rate, rate * (29 / 30) ** 0.9, rate * (28 / 30) ** 0.9])
        assert rates[30] == rates[31] == pytest.approx(rate * (1 / 30) ** 0.9)


def test_it_learns_the_half_that_a_class_fills(masked, everything):
    stream = masked()
    agent = make(stream, everything(), optimiser="adam", lr=0.02, power=0, augment=False)
    rows = stream.data(0)
    agent.begin_task(0, rows)
    first = agent.update(rows, {})["loss"]
    last = [agent.update(rows, {})["loss"] for _ in range(60)][-1]
    assert last < first / 3
    found = agent.predict(rows)["y"]
    assert (found == rows["y"])[rows["y"] != 255].mean() > 0.9


@pytest.mark.parametrize("unbiased", [False, True])
def test_the_loss_is_a_mean_over_pixels_that_are_not_void(masked, everything, unbiased):
    stream = masked()
    agent = make(stream, everything(), unbiased=unbiased, augment=False)
    for task in (0, 1):
        agent.begin_task(task, stream.data(task))
    rows = stream.data(1)
    loss, _ = agent.loss(rows, {})
    y = torch.from_numpy(rows["y"].astype(np.int64))
    logits = agent.full(agent.maps(rows), rows)
    losses = unbiased_losses(logits, y, 2) if unbiased else pixel_losses(logits, y)
    assert loss.item() == pytest.approx(mean_over(losses, y != 255).item(), rel=1e-4)
    each = agent.row_losses(rows, {}, rows)
    assert each.shape == (24,)
    assert each[:12].mean().item() == pytest.approx(mean_over(pixel_losses(logits, y), y != 255).item(), rel=1e-4)


def test_views(masked, everything):
    rows = masked().data(0)
    agent = make(masked(), everything())
    moved, still = agent.view(rows), agent.view(rows | {"index": np.arange(12)})
    assert not np.array_equal(moved["y"], rows["y"])
    assert np.array_equal(still["y"], rows["y"])
    assert not np.allclose(still["x"] * 255, rows["x"])
    assert agent.view({}) == {}
    plain = make(masked(), everything(), augment=False)
    assert plain.view(rows) is rows


def test_what_is_refused(agent, masked, blobs, everything):
    assert Segmenter.accepts(masked()) is None
    assert "target 'mask'" in Segmenter.accepts(blobs())
    odd = masked()
    odd.action_space = blobs().action_space
    assert "it needs pictures Box" in Segmenter.accepts(odd)
    with pytest.raises(StreamError, match="has met no task yet"):
        agent.update(masked().data(0), {})
    with pytest.raises(StreamError, match="task 3 has none"):
        agent.begin_task(3, None)
    for option, value in (
        ("lr", 0), ("later_lr", -1), ("power", -1), ("passes", 0), ("optimiser", "sdg"), ("momentum", 1),
        ("weight_decay", -1), ("batch_size", 0),
    ):  # fmt: skip
        with pytest.raises(OptionError, match=f"{option} must be"):
            make(masked(), everything(), **{option: value})
