import numpy as np
import pytest
from linear_rows import (  # fmt: skip
    NEW,
    REPLAYED,
    STORED,
    assert_stepped,
    cross_entropies,
    linear,
    log_softmax,
    logits_of,
    mean,
    slopes_of_entropy,
    step,
)

from recollect.agents.clear import CLEAR
from recollect.errors import OptionError
from recollect.rows import take


@pytest.fixture
def make(blobs, everything):
    return lambda **options: linear(blobs, everything, CLEAR, **options)


def divergences():
    """KL(stored || now) of each replayed row."""
    then, now = log_softmax(STORED), log_softmax(logits_of(REPLAYED))
    return (np.exp(then) * (then - now)).sum(1)


def slopes_of_divergence():
    return np.exp(log_softmax(logits_of(REPLAYED))) - np.exp(log_softmax(STORED))


@pytest.mark.parametrize("cloning", [0.01, 0.0, 2.0])
def test_replayed_rows_are_learned_and_cloned(make, cloning):
    agent = make(cloning=cloning)
    logged = agent.update(NEW, REPLAYED)
    new, old = cross_entropies(NEW).mean(), (cross_entropies(REPLAYED) + cloning * divergences()).mean()
    assert logged == pytest.approx({"loss": new + old, "loss_new": new, "loss_replayed": old}, rel=1e-5)
    slopes = slopes_of_entropy(REPLAYED) + cloning * slopes_of_divergence()
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), mean(NEW)), (REPLAYED, slopes, mean(REPLAYED))]))


def test_the_divergence_is_from_then_to_now_and_not_the_reverse(make):
    then, now = log_softmax(STORED), log_softmax(logits_of(REPLAYED))
    reverse = (np.exp(now) * (now - then)).sum(1)
    assert not np.isclose(divergences(), reverse, rtol=0.01).any()
    found = make(cloning=1.0).update({}, REPLAYED)["loss"]
    assert found == pytest.approx((cross_entropies(REPLAYED) + divergences()).mean(), rel=1e-5)


def test_the_papers_weight_by_default_and_one_draw_of_as_many_rows_as_are_new(make):
    agent = make()
    assert (agent.cloning, agent.replayed_per_new, agent.new_weight, agent.replayed_weight) == (0.01, 1.0, 1.0, 1.0)


def test_outputs_that_are_what_they_were_cost_nothing(make):
    agent = make(cloning=5.0)
    same = REPLAYED | {"logits": (logits_of(REPLAYED) + 3).astype(np.float32)}  # a softmax knows no constant
    found = agent.terms({}, same).detach().numpy()
    np.testing.assert_allclose(found, cross_entropies(REPLAYED), rtol=1e-5)


def test_new_rows_are_not_cloned(make):
    agent = make(cloning=5.0)
    agent.update(NEW | {"logits": STORED}, {})
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), mean(NEW))]))
    assert agent.update({}, {}) == {}


def test_rows_are_remembered_with_the_logits_from_before_the_step(make, blobs):
    agent, rows = make(), take(blobs(num_tasks=2, dims=1).data(0), np.arange(5))
    agent.learn(rows)
    np.testing.assert_allclose(agent.replay.rows["logits"], logits_of(rows), rtol=1e-5)
    assert agent.replay.rows["logits"].dtype == np.float32


def test_the_whole_loss_is_heard_and_weighed(make):
    agent = make(cloning=2.0)
    agent.update({}, REPLAYED | {"weight": np.array([1.0, 0.25], np.float32)})
    ((_, signals),) = agent.replay.heard
    np.testing.assert_allclose(signals["loss"], cross_entropies(REPLAYED) + 2 * divergences(), rtol=1e-5)
    slopes = slopes_of_entropy(REPLAYED) + 2 * slopes_of_divergence()
    assert_stepped(agent, step([(REPLAYED, slopes, mean(REPLAYED) * [1.0, 0.25])]))


@pytest.mark.parametrize("cloning", [-1.0, float("nan"), float("inf")])
def test_a_negative_weight_is_refused(make, cloning):
    with pytest.raises(OptionError, match=f"cloning must be a finite number of at least 0, got {cloning}"):
        make(cloning=cloning)
