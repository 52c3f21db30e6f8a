import numpy as np
import pytest
from linear_rows import (  # fmt: skip
    NEW,
    REPLAYED,
    STORED,
    assert_stepped,
    cross_entropies,
    linear,
    logits_of,
    mean,
    slopes_of_entropy,
    step,
)

from recollect.agents.der_plus_plus import DERPlusPlus
from recollect.errors import OptionError
from recollect.rows import concat, num_rows, take

AGAIN = {  # what the memory gives in the second draw
    "x": np.array([[0.5], [-2.0]], np.float32), "y": np.array([1, 0]), "index": np.array([1, 2]),
    "logits": np.array([[0.0, 0.1, 0.2, 0.3], [0.3, 0.2, 0.1, 0.0]], np.float32),
}  # fmt: skip


@pytest.fixture
def memory(everything):
    """A memory of the rows of the second draw that notes what it is asked for."""

    class Noting(everything):
        asked = ()

        def sample(self, n, like=None):
            self.asked = (*self.asked, (n, like))
            return super().sample(n, like)

    def make(rows=AGAIN):
        memory = Noting()
        memory.add({field: values for field, values in rows.items() if field != "index"})
        return memory

    return make


@pytest.fixture
def make(blobs, everything, memory):
    return lambda replay=None, **options: linear(blobs, everything, DERPlusPlus, replay=replay or memory(), **options)


def distances(rows):
    return ((logits_of(rows) - rows["logits"]) ** 2).mean(1)


def old_parts(alpha, beta, first=1.0, second=1.0):
    by_logits = 2 * (logits_of(REPLAYED) - STORED) / 4
    return [
        (REPLAYED, by_logits, alpha * first * mean(REPLAYED)),
        (AGAIN, slopes_of_entropy(AGAIN), beta * second * mean(AGAIN)),
    ]


@pytest.mark.parametrize(("alpha", "beta"), [(0.3, 0.5), (0.0, 1.0), (2.0, 0.0)])
def test_the_loss_has_a_term_for_each_of_two_draws(make, alpha, beta):
    agent = make(alpha=alpha, beta=beta)
    logged = agent.update(NEW, REPLAYED)
    new, logits, labels = cross_entropies(NEW).mean(), distances(REPLAYED).mean(), cross_entropies(AGAIN).mean()
    expected = {"loss": new + alpha * logits + beta * labels, "loss_new": new}
    assert logged == pytest.approx(expected | {"loss_logits": logits, "loss_labels": labels}, rel=1e-5)
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), mean(NEW)), *old_parts(alpha, beta)]))


def test_weights_of_the_authors_by_default(make):
    assert (make().alpha, make().beta) == (0.3, 0.5)


def test_factors_and_importance_weights_multiply(make, memory):
    rows = AGAIN | {"weight": np.array([0.5, 1.0], np.float32)}
    agent = make(memory(rows), new_weight=0.5, replayed_weight=2.0)
    agent.update(NEW, REPLAYED | {"weight": np.array([1.0, 0.25], np.float32)})
    old = old_parts(0.3, 0.5, first=2 * np.array([1.0, 0.25]), second=2 * np.array([0.5, 1.0]))
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), 0.5 * mean(NEW)), *old]))


def test_two_independent_draws_of_one_size_are_made_in_every_step(make, memory, blobs):
    agent, rows = make(), blobs(num_tasks=2, dims=1).data(0)
    agent.replay.rows = {}
    for start in (0, 5, 10):
        agent.learn(take(rows, np.arange(start, start + 5)))
    asked = agent.replay.asked
    assert [n for n, _ in asked] == [5, 5, 5, 5]  # none in the first step, then two each
    assert all(like is not None and num_rows(like) == 5 for _, like in asked)
    assert asked[0][1]["x"].tolist() == asked[1][1]["x"].tolist() == rows["x"][5:10].tolist()
    assert agent.debt == 0


def test_without_a_first_draw_there_is_no_second(make):
    agent = make()
    assert set(agent.update(NEW, {})) == {"loss", "loss_new"}
    assert agent.replay.asked == ()
    assert agent.replay.heard == []
    assert_stepped(agent, step([(NEW, slopes_of_entropy(NEW), mean(NEW))]))
    assert agent.update({}, {}) == {}


def test_replayed_rows_alone(make):
    agent = make()
    agent.update({}, REPLAYED)
    assert agent.replay.asked == ((2, None),)
    assert_stepped(agent, step(old_parts(0.3, 0.5)))


def test_a_second_draw_may_be_empty(make, memory):
    agent = make(memory({}))
    assert set(agent.update({}, REPLAYED)) == {"loss", "loss_logits"}
    assert_stepped(agent, step(old_parts(0.3, 0.0)))


def test_rows_of_both_draws_are_heard_of_by_one_measure(make):
    agent = make()
    agent.update(NEW, REPLAYED)
    ((index, signals),) = agent.replay.heard
    assert index.tolist() == [4, 7, 0, 1]
    both = concat([REPLAYED, AGAIN])
    expected = 0.3 * distances(both) + 0.5 * cross_entropies(both)
    np.testing.assert_allclose(signals["loss"], expected, rtol=1e-5)
    np.testing.assert_array_equal(signals["priority"], signals["loss"])


@pytest.mark.parametrize("beta", [-0.1, float("nan"), float("inf")])
def test_a_negative_beta_is_refused(make, beta):
    with pytest.raises(OptionError, match=f"beta must be a finite number of at least 0, got {beta}"):
        make(beta=beta)
