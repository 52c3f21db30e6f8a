import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete
from torch.nn.functional import cross_entropy

from recollect.agents.classifier import Classifier
from recollect.agents.joint import Joint
from recollect.core import TaskStream
from recollect.errors import OptionError, UnknownName
from recollect.rows import num_rows
from recollect.schema import SAMPLE


@pytest.fixture
def agent(wrapped, everything):
    return Classifier(wrapped, everything(), device="cpu", hidden=[8])


def test_the_network_fits_the_stream(agent):
    assert [tuple(p.shape) for _, p in agent.named_parameters()] == [(8, 4), (8,), (6, 8), (6,)]
    assert next(agent.named_parameters())[0] == "network.body.0.weight"


def test_predict_and_act(agent):
    x = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    predicted = agent.predict({"x": x})
    assert predicted["logits"].shape == (7, 6)
    assert predicted["logits"].dtype == np.float32
    assert predicted["y"].shape == (7,)
    assert predicted["y"].dtype == np.int64
    assert predicted["y"].tolist() == predicted["logits"].argmax(1).tolist()
    assert agent.act(x, task=np.zeros(7, int)).tolist() == predicted["y"].tolist()
    assert agent.act(x[:5]) in agent.action_space
    assert agent.predict({"x": x[:0]})["y"].shape == (0,)


def test_predict_runs_in_eval_mode_and_changes_nothing(agent):
    agent.network.body.append(torch.nn.BatchNorm1d(8))
    agent.network.train()
    before = {name: value.clone() for name, value in agent.network.state_dict().items()}
    states = torch.get_rng_state(), agent.rng.bit_generator.state
    x = np.random.default_rng(0).normal(size=(7, 4)).astype(np.float32)
    together, alone = agent.predict({"x": x})["logits"], agent.predict({"x": x[:1]})["logits"]
    np.testing.assert_allclose(together[:1], alone, rtol=1e-6)  # no batch statistics
    assert agent.network.training
    assert agent.network.body.training
    agent.network.body[-1].eval()  # as a user freezes it
    agent.predict({"x": x})
    assert not agent.network.body[-1].training
    assert all(torch.equal(before[name], value) for name, value in agent.network.state_dict().items())
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == agent.rng.bit_generator.state
    assert all(p.grad is None for p in agent.network.parameters())


def test_predict_restores_train_mode_after_an_error(agent):
    with pytest.raises(RuntimeError):
        agent.predict({"x": np.zeros((2, 5), np.float32)})
    assert agent.network.training


def test_initial_weights_come_from_the_seed_alone(wrapped, everything):
    def weights(seed):
        return Classifier(wrapped, everything(), seed=seed, device="cpu").network.head.weight

    first = weights(3)
    torch.rand(5)
    state = torch.get_rng_state()
    assert torch.equal(first, weights(3))
    assert not torch.equal(first, weights(4))
    assert torch.equal(state, torch.get_rng_state())


def test_one_step_by_hand(blobs, everything):
    agent = Classifier(blobs(num_tasks=1, dims=1), everything(), device="cpu", hidden=[], lr=0.5)
    with torch.no_grad():
        agent.network.head.weight.zero_()
        agent.network.head.bias.zero_()
    losses = agent.update({"x": np.array([[2.0]], np.float32), "y": np.array([1])}, {})
    assert losses == {"loss": pytest.approx(np.log(2))}
    # softmax is (1/2, 1/2), dCE/dlogits = (1/2, -1/2): each weight moves by -lr * x * that
    assert agent.network.head.weight.tolist() == [[-0.5], [0.5]]
    assert agent.network.head.bias.tolist() == [-0.25, 0.25]


def test_momentum_and_weight_decay_reach_the_optimiser(blobs, everything):
    agent = Classifier(blobs(), everything(), device="cpu", lr=0.3, momentum=0.9, weight_decay=0.01, batch_size=64)
    (group,) = agent.optimiser.param_groups
    assert (group["lr"], group["momentum"], group["weight_decay"], agent.batch_size) == (0.3, 0.9, 0.01, 64)


def test_no_rows_make_no_step(agent):
    before = agent.network.head.weight.clone()
    assert agent.update({}, {}) == {}
    assert agent.update({"x": np.zeros((0, 4), np.float32), "y": np.zeros(0, int)}, {}) == {}
    assert torch.equal(before, agent.network.head.weight)


def test_read_only_rows_and_images_are_taken(blobs, everything):
    agent = Classifier(blobs(images=True), everything(), device="cpu")
    rows = blobs(images=True).data(1)
    for values in rows.values():
        values.flags.writeable = False
    assert rows["x"].dtype == np.uint8
    first = agent.update(rows, {})["loss"]
    for _ in range(30):
        last = agent.update(rows, {})["loss"]
    assert last < first / 2
    scaled = {"x": rows["x"].astype(np.float32) / 255}
    np.testing.assert_allclose(agent.predict(rows)["logits"], agent.predict(scaled)["logits"], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("lr", 0.0, "lr must be a finite number above 0, got 0.0"),
        ("lr", float("nan"), "lr must be a finite number above 0, got nan"),
        ("lr", float("inf"), "lr must be a finite number above 0, got inf"),
        ("weight_decay", float("inf"), "weight_decay must be a finite number of at least 0, got inf"),
        ("momentum", 1.0, r"momentum must be in \[0, 1\), got 1.0"),
        ("weight_decay", -1.0, "weight_decay must be a finite number of at least 0, got -1.0"),
        ("batch_size", 0, "batch_size must be at least 1, got 0"),
        ("device", "gpu", "device 'gpu' is none that PyTorch knows"),
    ],
)
def test_options_outside_their_range_are_refused(wrapped, everything, option, value, message):
    with pytest.raises(OptionError, match=message):
        Classifier(wrapped, everything(), **{option: value})


def test_an_unknown_backbone_is_refused(wrapped, everything):
    with pytest.raises(UnknownName, match="backbone 'resnet19'"):
        Classifier(wrapped, everything(), backbone="resnet19")


class Other(TaskStream):
    """A stream with any spaces and any target."""

    def __init__(self, observation_space, action_space, target="class"):
        super().__init__()
        self.observation_space, self.action_space, self.target = observation_space, action_space, target


BATCH = Box(0, 1, (5, 4))


@pytest.mark.parametrize(
    ("stream", "reason"),
    [
        (Other(BATCH, MultiDiscrete([3] * 5), "mask"), "the stream's target is 'mask'"),
        (Other(BATCH, MultiDiscrete([3] * 5), None), "the stream's target is None"),
        (Other(Dict(a=BATCH), MultiDiscrete([3] * 5)), "it needs Box observations"),
        (Other(Box(0, 1, ()), MultiDiscrete([3] * 5)), "with a batch axis"),
        (Other(BATCH, Discrete(3)), "it needs MultiDiscrete"),
        (Other(BATCH, MultiDiscrete([3, 4])), "one label per row"),
        (Other(BATCH, MultiDiscrete([[3, 3]])), "one label per row"),
    ],
)
def test_streams_it_cannot_learn_on(stream, reason):
    assert reason in Classifier.accepts(stream)


def test_streams_it_can_learn_on(wrapped):
    assert Classifier.accepts(wrapped) is None
    assert Classifier.accepts(Other(Box(0, 1, (5,)), MultiDiscrete([3] * 5))) is None


def asked_of(agent):
    """What a strategy may ask, about 7 rows."""
    rng = np.random.default_rng(0)
    rows = {"x": rng.normal(size=(7, 4)).astype(np.float32), "y": rng.integers(0, 6, 7)}
    after = {"x": rng.normal(size=(3, 4)).astype(np.float32), "y": rng.integers(0, 6, 3)}
    return rows, after


def test_answers_to_strategies(agent):
    rows, after = asked_of(agent)
    logits, y = torch.from_numpy(agent.predict(rows)["logits"]), torch.from_numpy(rows["y"])
    features = agent.embed(rows)
    assert features.shape == (7, 8)
    head = agent.network.head
    np.testing.assert_allclose(
        features @ head.weight.detach().numpy().T + head.bias.detach().numpy(), logits, atol=1e-6
    )
    losses = cross_entropy(logits, y, reduction="none").numpy()
    np.testing.assert_allclose(agent.losses(rows), losses, rtol=1e-6)
    slopes = agent.gradients(rows)
    assert slopes.shape == (7, sum(p.numel() for p in agent.network.parameters()))
    mean = torch.autograd.grad(agent.row_losses(rows).mean(), list(agent.network.parameters()))
    np.testing.assert_allclose(slopes.mean(0), torch.cat([m.flatten() for m in mean]), atol=1e-6)
    moved = agent.losses(rows, after=after)
    agent.update(after, {})  # lr 0.1, no momentum, no weight decay: the same step
    np.testing.assert_allclose(moved, agent.losses(rows), rtol=1e-4)
    assert not np.allclose(moved, losses)
    np.testing.assert_array_equal(agent.losses(rows, after={}), agent.losses(rows))


def test_answers_are_numpy_and_change_nothing(agent):
    agent.network.body.append(torch.nn.BatchNorm1d(8))
    agent.network.train()
    before = {name: value.clone() for name, value in agent.network.state_dict().items()}
    states = torch.get_rng_state(), agent.rng.bit_generator.state
    rows, after = asked_of(agent)
    answers = [agent.embed(rows), agent.losses(rows), agent.losses(rows, after=after), agent.gradients(rows)]
    assert all(type(answer) is np.ndarray and answer.dtype == np.float32 for answer in answers)
    assert agent.network.training
    assert agent.network.body.training
    assert all(torch.equal(before[name], value) for name, value in agent.network.state_dict().items())
    assert torch.equal(states[0], torch.get_rng_state())
    assert states[1] == agent.rng.bit_generator.state
    assert all(p.grad is None for p in agent.network.parameters())


class Pictures(TaskStream):
    """Images of 6 x 6 pixels, two classes per task; a bright left half or a bright right one."""

    schema, target, batched, scores = SAMPLE, "class", True, {"accuracy": "max"}
    tasks = ("first", "second")
    observation_space, action_space = Box(0, 255, (5, 6, 6, 3), np.uint8), MultiDiscrete([4] * 5)

    def data(self, task, split="train"):
        rng = np.random.default_rng([task, split == "test"])
        return {"x": rng.integers(0, 256, (20, 6, 6, 3)).astype(np.uint8), "y": 2 * task + rng.integers(0, 2, 20)}


class Seen(Classifier):
    """Notes what its updates get."""

    def update(self, new, replayed):
        self.seen = [part["x"] for part in (new, replayed) if num_rows(part)]
        return super().update(new, replayed)


def test_updates_see_views_and_memories_keep_rows(everything):
    rows = Pictures().data(0)
    agent = Seen(Pictures(), everything(), device="cpu", augment="crop-flip")
    agent.learn(rows)
    (first,) = agent.seen
    assert not np.array_equal(first, rows["x"])
    np.testing.assert_array_equal(agent.replay.rows["x"], rows["x"])
    agent.learn(rows)
    second, replayed = agent.seen
    assert not any(np.array_equal(second, other) for other in (first, replayed, rows["x"]))
    assert not np.array_equal(replayed, rows["x"])
    assert agent.replay.heard == []


def test_only_updates_see_views(everything):
    rows = Pictures().data(0)
    plain, agent = (Classifier(Pictures(), everything(), device="cpu", augment=names) for names in (None, "scr"))
    before = agent.views.bit_generator.state
    for ask in ("predict", "embed", "losses", "gradients", "annotate"):
        wanted, got = getattr(plain, ask)(rows), getattr(agent, ask)(rows)
        for a, b in zip(wanted.values(), got.values(), strict=True) if isinstance(got, dict) else [(wanted, got)]:
            np.testing.assert_array_equal(a, b)
    assert agent.views.bit_generator.state == before
    assert plain.view(rows) is rows
    assert agent.view(rows)["x"].dtype == np.float32
    assert agent.view(rows, "flip")["x"].dtype == np.uint8  # another view than the option's
    np.testing.assert_array_equal(agent.view(rows)["y"], rows["y"])
    assert agent.view({}) == {}


def test_views_go_on_where_a_checkpoint_was_taken(everything):
    rows = Pictures().data(0)
    first, second = (Classifier(Pictures(), everything(), seed=s, device="cpu", augment=["scr"]) for s in (0, 1))
    first.learn(rows)
    second.load_state_dict(first.state_dict())
    np.testing.assert_array_equal(first.view(rows)["x"], second.view(rows)["x"])
    other = Classifier(Pictures(), everything(), seed=1, device="cpu", augment="scr")
    assert not np.array_equal(other.view(rows)["x"], second.view(rows)["x"])


def test_joint_sees_views_of_what_it_draws(everything):
    agent = Joint(Pictures(), everything(), device="cpu", augment="flip")
    agent.begin_task(0, Pictures().data(0))
    before = agent.views.bit_generator.state
    agent.update(Pictures().data(0), {})
    assert agent.views.bit_generator.state != before


def test_rows_without_places_cannot_be_augmented(wrapped, everything):
    with pytest.raises(OptionError, match=r"augmentation 'flip' is for images"):
        Classifier(wrapped, everything(), augment="flip")
