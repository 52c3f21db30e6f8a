import gymnasium as gym
import numpy as np
import pytest
import torch
from linear_rows import (  # fmt: skip
    NEW,
    REPLAYED,
    STORED,
    B,
    W,
    assert_stepped,
    cross_entropies,
    linear,
    logits_of,
    mean,
    slopes_of_entropy,
    step,
)

import recollect
from recollect.agents.der import DER
from recollect.errors import OptionError
from recollect.rows import take


@pytest.fixture
def make(blobs, everything):
    return lambda **options: linear(blobs, everything, DER, **options)


def distances():
    """Of the logits of W and B from those stored, (M,)."""
    return ((logits_of(REPLAYED) - STORED) ** 2).mean(1)


def slopes_of_distance():
    """By the logits (M, 4): the mean over 4 classes of squares."""
    return 2 * (logits_of(REPLAYED) - STORED) / 4


@pytest.mark.parametrize("alpha", [0.3, 0.0, 2.0])
def test_the_loss_is_cross_entropy_and_the_distance_of_logits_over_rows_and_classes(make, alpha):
    agent = make(alpha=alpha)
    logged = agent.update(NEW, REPLAYED)
    expected = cross_entropies(NEW).mean() + alpha * distances().mean()
    assert logged["loss"] == pytest.approx(expected, rel=1e-5)
    assert logged["loss_new"] == pytest.approx(cross_entropies(NEW).mean(), rel=1e-5)
    assert logged["loss_replayed"] == pytest.approx(alpha * distances().mean(), rel=1e-5)
    old = (REPLAYED, slopes_of_distance(), alpha * mean(REPLAYED))
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), mean(NEW)), old]))


def test_alpha_is_that_of_the_authors_by_default_and_a_weight_multiplies_it(make):
    assert make().alpha == 0.3
    agent = make(new_weight=0.5, replayed_weight=2.0)
    agent.update(NEW, REPLAYED)
    old = (REPLAYED, slopes_of_distance(), 2 * 0.3 * mean(REPLAYED))
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), 0.5 * mean(NEW)), old]))


def test_logits_of_classes_never_met_are_matched_too(make):
    agent = make()
    agent.update({}, REPLAYED)
    old = (REPLAYED, slopes_of_distance(), 0.3 * mean(REPLAYED))
    gradient = step([old])
    assert (gradient[0] != 0).all()  # class 3 among them
    assert_stepped(agent, gradient)


def test_labels_of_replayed_rows_are_not_used(make):
    agent, other = make(), make()
    agent.update(NEW, REPLAYED)
    other.update(NEW, {field: values for field, values in REPLAYED.items() if field != "y"})
    assert torch.equal(agent.network.head.weight, other.network.head.weight)
    assert "y" not in DER.reads


def test_annotate_gives_copies_of_the_logits_of_now(make):
    agent = make()
    annotated = agent.annotate(NEW)
    assert set(annotated) - set(NEW) == set(DER.adds)
    assert annotated["logits"].dtype == np.float32
    np.testing.assert_allclose(annotated["logits"], logits_of(NEW), rtol=1e-6)
    agent.update(NEW, {})
    np.testing.assert_allclose(annotated["logits"], logits_of(NEW), rtol=1e-6)  # not the network's of now


def test_the_memory_keeps_the_logits_from_before_the_step_and_none_are_refreshed(blobs, make):
    agent, rows = make(), blobs(num_tasks=2, dims=1).data(0)
    for start in (0, 5, 10):
        agent.learn(take(rows, np.arange(start, start + 5)))
    kept = agent.replay.rows
    np.testing.assert_allclose(kept["logits"][:5], logits_of(take(rows, np.arange(5)), W, B), rtol=1e-5)
    now = agent.predict(rows)["logits"][:15]
    assert not np.isclose(kept["logits"], now, atol=1e-4).all(1).any()  # each row met another network


def test_each_row_is_heard_of_and_weighed(make):
    agent = make()
    agent.update(NEW, REPLAYED | {"weight": np.array([1.0, 0.25], np.float32)})
    ((index, signals),) = agent.replay.heard
    assert index.tolist() == [4, 7]
    np.testing.assert_allclose(signals["loss"], 0.3 * distances(), rtol=1e-5)
    np.testing.assert_array_equal(signals["priority"], signals["loss"])
    old = (REPLAYED, slopes_of_distance(), 0.3 * mean(REPLAYED) * [1.0, 0.25])
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), mean(NEW)), old]))


def test_without_rows_there_is_no_step(make):
    agent = make()
    assert agent.update({}, {}) == {}
    assert_stepped(agent, (0, 0))


def test_statistics_move_once_in_a_step_and_logits_are_those_of_a_training_pass(blobs, make):
    agent, rows = make(), blobs(num_tasks=2, dims=1).data(0)
    norm = torch.nn.BatchNorm1d(1)
    agent.network.body.append(norm)
    found = agent.annotate(rows)["logits"]
    assert norm.num_batches_tracked == 0
    assert norm.running_mean.tolist() == [0.0]
    x = (rows["x"] - rows["x"].mean()) / np.sqrt(rows["x"].var() + norm.eps)  # by the batch, not what is running
    np.testing.assert_allclose(found, logits_of({"x": x}), rtol=1e-4, atol=1e-5)
    agent.learn(rows)
    assert norm.num_batches_tracked == 1


def test_stored_logits_count_in_bytes():
    sizes = []
    for name in ("er", "der"):
        stream = gym.make("recollect/SplitDigits-v0")
        agent = recollect.make_agent(name, stream, capacity=50, device="cpu")
        recollect.run(stream, agent, steps_per_task=2, evaluate_rows=4)
        assert len(agent.replay) == 50
        sizes.append(agent.replay.nbytes)
    assert sizes[1] - sizes[0] == 50 * 10 * 4


@pytest.mark.parametrize("alpha", [-0.1, float("nan"), float("inf")])
def test_a_negative_alpha_is_refused(make, alpha):
    with pytest.raises(OptionError, match=f"alpha must be a finite number of at least 0, got {alpha}"):
        make(alpha=alpha)
