"""Agents whose networks are convolutional, with batch normalisation: what they are asked, and their penalties."""

import gymnasium
import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

import recollect
from recollect.errors import OptionError, SchemaError
from recollect.nets.backbones import BACKBONES
from recollect.plugins.observers.plasticity import Plasticity
from recollect.testing.comparison import difference, frozen, through_checkpoint

IMAGES = [name for name in BACKBONES if name != "mlp"]


@pytest.fixture(scope="module")
def stream():
    rng = np.random.default_rng(0)
    y = np.arange(96) % 4
    x = rng.integers(0, 128, (96, 25, 25, 3))
    x[..., 0] += 32 * y[:, None, None]  # the redder the higher
    return recollect.stream_from((x.astype(np.uint8), y), tasks=2, test_fraction=0.25)


def made(stream, backbone="resnet18-reduced", replay="reservoir", seed=0, **options):
    options = {"capacity": 12, "batch_size": 4, "lr": 0.02} | options
    return recollect.make_agent("er", stream, backbone=backbone, replay=replay, seed=seed, device="cpu", **options)


def begun(stream, **options):
    """An agent after task 0 has begun, three batches, and those batches."""
    agent, data = made(stream, **options), stream.unwrapped.data(0)
    batches = [{f: v[i : i + 4] for f, v in data.items()} | {"task": np.zeros(4, int)} for i in range(0, 24, 4)]
    for part in (agent, agent.penalty, agent.replay):
        if part is not None:
            part.begin_task(0, data)
    for rows in batches[:3]:
        agent.learn(rows)
    return agent, batches


def buffers(agent):
    return {name: value.clone() for name, value in agent.network.state_dict().items()}


@pytest.mark.parametrize("backbone", IMAGES)
def test_answers_are_those_of_eval_mode_and_change_nothing(stream, backbone):
    agent, batches = begun(stream, backbone=backbone)
    before, rows = buffers(agent), batches[4]
    logits = torch.from_numpy(agent.predict(rows)["logits"])
    alone = np.concatenate([agent.predict({"x": rows["x"][i : i + 1]})["logits"] for i in range(4)])
    np.testing.assert_allclose(logits, alone, rtol=1e-4, atol=1e-5)  # no statistics of a batch
    y = torch.from_numpy(rows["y"])
    np.testing.assert_allclose(agent.losses(rows), cross_entropy(logits, y, reduction="none"), rtol=1e-4)
    slopes = agent.gradients(rows)
    agent.network.eval()
    for i in range(4):
        one = {f: v[i : i + 1] for f, v in rows.items()}
        wanted = torch.autograd.grad(agent.row_losses(one).mean(), list(agent.network.parameters()))
        wanted = torch.cat([slope.flatten() for slope in wanted])
        np.testing.assert_allclose(slopes[i], wanted, rtol=1e-3, atol=1e-3 * wanted.abs().max().item())
    agent.network.train()
    assert agent.embed(rows).shape == (4, agent.network.head.in_features)
    agent.losses(rows, after=batches[5])
    assert not difference(before, buffers(agent))
    assert agent.network.training
    moves = any(name.endswith("num_batches_tracked") for name in before)
    assert moves == backbone.startswith("resnet")


@pytest.mark.parametrize("replay", ["mir", "gss-greedy", "aser", "herding"])
def test_strategies_ask_without_moving_statistics(stream, replay):
    agent, batches = begun(stream, replay=replay)
    agent.replay.end_task(0, stream.unwrapped.data(0))
    before = buffers(agent)
    assert len(agent.replay.sample(3, like=batches[5])["y"])
    agent.replay.add(batches[5])
    assert not difference(before, buffers(agent))


@pytest.mark.parametrize("penalty", ["l2", "ewc", "online-ewc", "si", "mas", "lwf", "a-gem", "gem", "l2-init"])
def test_penalties_go_on_to_the_bit(stream, penalty):
    agent, batches = begun(stream, penalty=penalty)
    before = buffers(agent)
    agent.replay.end_task(0, stream.unwrapped.data(0))
    agent.end_task(0, stream.unwrapped.data(0))
    agent.penalty.end_task(0, stream.unwrapped.data(0))
    assert not difference(before, buffers(agent)), "measuring at a task's end moved weights or statistics"
    agent.penalty.begin_task(1, stream.unwrapped.data(1))
    later = made(stream, penalty=penalty, seed=7)
    for part, other in ((agent, later), (agent.replay, later.replay), (agent.penalty, later.penalty)):
        other.load_state_dict(through_checkpoint(part.state_dict()))
    later.updates = agent.updates
    states = []
    for one in (agent, later):
        for rows in batches[3:]:
            one.learn(rows)
        states.append(frozen([one.state_dict(), one.replay.state_dict(), one.penalty.state_dict()]))
    assert not difference(*states)


def test_a_step_of_lwf_moves_statistics_once(stream):
    counts = []
    for penalty in (None, "lwf"):
        agent, batches = begun(stream, penalty=penalty)
        if penalty:
            agent.penalty.end_task(0, None)
        agent.learn(batches[4])
        counts.append(agent.network.state_dict()["body.1.num_batches_tracked"].item())
    assert counts == [4, 4]


def test_a_teacher_has_the_statistics_of_its_time(stream):
    agent, batches = begun(stream, penalty="lwf")
    agent.penalty.end_task(0, None)
    wanted = agent.predict(batches[5])["logits"]
    agent.learn(batches[4])
    np.testing.assert_array_equal(agent.penalty.teacher.logits(batches[5]).numpy(), wanted)
    assert not np.array_equal(agent.predict(batches[5])["logits"], wanted)


@pytest.mark.parametrize("penalty", ["redo", "continual-backprop"])
def test_units_are_renewed_where_they_form_a_chain(stream, penalty):
    begun(stream, backbone="small-cnn", penalty=penalty)
    agent, _ = begun(stream, penalty=penalty, hidden=[6])
    assert [layer.width for layer in agent.penalty.layers()] == [6]
    assert agent.network.state_dict()["body.1.num_batches_tracked"].item() == 3  # the pass that watches moves nothing
    with pytest.raises(SchemaError, match="renews hidden units of chains of Linear and Conv2d layers"):
        made(stream, penalty=penalty)


@pytest.mark.parametrize(("backbone", "width"), [("small-cnn", 128), ("resnet18-reduced", 160)])
def test_plasticity_is_seen(stream, backbone, width):
    agent, batches = begun(stream, backbone=backbone)
    before, observer = buffers(agent), Plasticity()
    observer.recollect_step_end(batches[0])
    found = observer.measure(agent)
    assert 0 <= found["dormant"] < 1
    assert 1 <= found["effective_rank"] <= min(width, 4)
    assert not difference(before, buffers(agent))


@pytest.mark.parametrize("backbone", ["small-cnn", "resnet18-reduced"])
def test_it_learns(stream, backbone):
    agent = made(stream, backbone=backbone, capacity=24, lr=0.05, mean=[0.25], std=[0.25])
    history = recollect.run(stream, agent, passes=2 if backbone == "small-cnn" else 1, seed=0)
    assert recollect.metric("accuracy")(history) > 0.4  # a quarter by chance


def test_rows_that_are_no_images_are_refused():
    digits = gymnasium.make("recollect/SplitDigits-v0")
    with pytest.raises(OptionError, match=r"SmallCNN takes images .* have shape \(64,\)"):
        recollect.make_agent("er", digits, backbone="small-cnn")
