import numpy as np
import pytest
import torch
from linear_rows import (  # fmt: skip
    NEW,
    REPLAYED,
    B,
    W,
    assert_stepped,
    cross_entropies,
    linear,
    mean,
    slopes_of_entropy,
    step,
    weights_of,
)

from recollect.agents.er_ace import ERACE

PRESENT = np.array([[True, True, False, False]] * 2)  # the classes of NEW
MET = np.array([[True, True, True, False]] * 2)  # and of REPLAYED


@pytest.fixture
def make(blobs, everything):
    return lambda **options: linear(blobs, everything, ERACE, **options)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (0.45, 0.55)])
def test_new_rows_compete_in_their_batch_and_replayed_ones_with_all_met(make, a, b):
    agent = make(new_weight=a, replayed_weight=b)
    logged = agent.update(NEW, REPLAYED)
    new, old = cross_entropies(NEW, PRESENT).mean(), cross_entropies(REPLAYED, MET).mean()
    expected = {"loss": a * new + b * old, "loss_new": new, "loss_replayed": old}
    assert logged == pytest.approx(expected, rel=1e-5)
    parts = [
        (NEW, slopes_of_entropy(NEW, PRESENT), a * mean(NEW)),
        (REPLAYED, slopes_of_entropy(REPLAYED, MET), b * mean(REPLAYED)),
    ]
    assert_stepped(agent, step(parts))


def test_new_rows_give_absent_classes_no_gradient_at_all(make):
    agent = make()
    agent.met[:] = True  # met before, but not in this batch
    agent.terms(NEW, {}).sum().backward()
    head = agent.network.head
    assert head.weight.grad[2:].tolist() == [[0.0], [0.0]]
    assert head.bias.grad[2:].tolist() == [0.0, 0.0]
    assert (head.weight.grad[:2] != 0).all()


def test_it_is_the_batch_that_counts_and_not_what_came_before_it(make):
    agent = make()
    agent.update(NEW, {})
    before = weights_of(agent)
    agent.update({"x": NEW["x"], "y": np.array([2, 2])}, {})  # one class by itself: nothing to tell apart
    for now, then in zip(weights_of(agent), before, strict=True):
        np.testing.assert_array_equal(now, then)


def test_classes_are_met_in_new_and_in_replayed_rows(make):
    agent = make()
    assert not agent.met.any()
    agent.update(NEW, {})
    assert agent.met.tolist() == [True, True, False, False]
    agent.update({}, REPLAYED)
    assert agent.met.tolist() == [True, True, True, False]
    fresh = make()
    fresh.load_state_dict(agent.state_dict())
    assert fresh.met.tolist() == agent.met.tolist()


def test_a_class_that_nobody_met_is_not_pushed_down_by_replay(make):
    agent = make()
    agent.update({}, REPLAYED)
    weight, bias = weights_of(agent)
    np.testing.assert_array_equal(weight[3], W[3].astype(np.float32))
    np.testing.assert_array_equal(bias[3], np.float32(B[3]))


def test_the_mask_is_of_training_alone(make):
    agent = make()
    agent.update(NEW, {})
    logits = agent.predict(NEW)["logits"]
    assert np.isfinite(logits).all()
    losses = agent.row_losses(NEW).detach().numpy()  # what penalties ask
    np.testing.assert_allclose(losses, torch.nn.functional.cross_entropy(
        torch.from_numpy(logits), torch.from_numpy(NEW["y"]), reduction="none"), rtol=1e-6)  # fmt: skip


def test_weights_and_feedback_are_those_of_er(make):
    agent = make()
    agent.update({}, REPLAYED | {"weight": np.array([1.0, 0.25], np.float32)})
    allowed = MET & [True, False, True, True]  # class 1 has not been met here
    ((index, signals),) = agent.replay.heard
    assert index.tolist() == [4, 7]
    np.testing.assert_allclose(signals["loss"], cross_entropies(REPLAYED, allowed), rtol=1e-5)
    factor = mean(REPLAYED) * [1.0, 0.25]
    assert_stepped(agent, step([(REPLAYED, slopes_of_entropy(REPLAYED, allowed), factor)]))
