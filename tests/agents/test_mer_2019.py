import numpy as np
import pytest
import torch
from linear_rows import NEW, REPLAYED, B, W, linear, log_softmax, weights_of

from recollect.agents.mer_2019 import MER2019
from recollect.core import Penalty
from recollect.errors import OptionError
from recollect.rows import concat, num_rows, take

ONE = take(NEW, np.array([1]))


@pytest.fixture
def noting(everything):
    """A memory that notes how many rows are asked for, and gives other ones with every draw."""

    class Noting(everything):
        asked = ()

        def sample(self, n, like=None):
            self.asked = (*self.asked, n)
            index = (np.arange(n) + len(self.asked)) % len(self)
            return take(self.rows, index) | {"index": index}

    return Noting


@pytest.fixture
def make(blobs, everything, noting):
    return lambda **options: linear(blobs, everything, MER2019, replay=noting(), **options)


def entropy_and_slope(row, weight, bias):
    """Of one row (dictionary of arrays of length 1): its cross-entropy, and the gradient by weight and bias."""
    chances = log_softmax(row["x"] @ weight.T + bias)  # (1, 4)
    slope = np.exp(chances) - np.eye(4)[row["y"]]
    return -chances[0, row["y"][0]], slope.T @ row["x"], slope[0]


def by_hand(batches, weight=W, bias=B, lr=0.03, beta=0.03, gamma=1.0):
    """Algorithm 1 for one new row: weights after it, and the losses met on the way."""
    start, losses = (weight, bias), []
    for batch in batches:
        before = weight, bias
        for row in range(num_rows(batch)):
            loss, by_weight, by_bias = entropy_and_slope(take(batch, np.array([row])), weight, bias)
            weight, bias = weight - lr * by_weight, bias - lr * by_bias
            losses.append(loss)
        weight, bias = (then + beta * (now - then) for then, now in zip(before, (weight, bias), strict=True))
    weight, bias = (then + gamma * (now - then) for then, now in zip(start, (weight, bias), strict=True))
    return weight, bias, losses


def assert_at(agent, weight, bias):
    for found, expected in zip(weights_of(agent), (weight, bias), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def of(*parts):
    """The rows of parts, new ones first, with the fields that count."""
    return concat([{"x": one["x"], "y": one["y"]} for one in parts])


@pytest.mark.parametrize(("beta", "gamma", "lr"), [(0.03, 1.0, 0.03), (0.5, 0.3, 0.2), (1.0, 1.0, 0.1)])
def test_one_new_row_by_hand(make, beta, gamma, lr):
    agent = make(batches=3, beta=beta, gamma=gamma, lr=lr)
    agent.replay.add({"x": np.array([[0.5], [-2.0], [1.5]], np.float32), "y": np.array([1, 0, 2])})
    logged = agent.update(ONE, REPLAYED)
    kept = agent.replay.rows
    draws = [REPLAYED, take(kept, np.array([1, 2])), take(kept, np.array([2, 0]))]
    weight, bias, losses = by_hand([of(ONE, drawn) for drawn in draws], lr=lr, beta=beta, gamma=gamma)
    assert_at(agent, weight, bias)
    losses = np.array(losses).reshape(3, 3)  # batch, row: the new one first
    expected = {"loss": losses.mean(), "loss_new": losses[:, 0].mean(), "loss_replayed": losses[:, 1:].mean()}
    assert logged == pytest.approx(expected, rel=1e-5)
    assert [index.tolist() for index, _ in agent.replay.heard] == [[4, 7], [1, 2], [2, 0]]
    np.testing.assert_allclose([signals["loss"] for _, signals in agent.replay.heard], losses[:, 1:], rtol=1e-5)
    np.testing.assert_allclose([signals["priority"] for _, signals in agent.replay.heard], losses[:, 1:], rtol=1e-5)


def test_defaults_are_those_of_the_authors(make):
    agent = make()
    assert (agent.beta, agent.gamma, agent.batches, agent.replayed_per_new, agent.rows_per_step) == (0.03, 1, 10, 10, 1)
    assert agent.optimiser.param_groups[0]["lr"] == 0.03
    assert agent.batch_size == 1


def test_rows_of_a_batch_are_learned_one_after_another(make, blobs):
    rows = take(blobs(num_tasks=2, dims=1).data(0), np.arange(6))
    whole, single = make(batches=2, replayed_per_new=2), make(batches=2, replayed_per_new=2)
    logged = whole.learn(rows)
    each = [single.learn(take(rows, np.array([row]))) for row in range(6)]
    assert torch.equal(whole.network.head.weight, single.network.head.weight)
    assert whole.updates == single.updates == 6
    assert logged["loss_new"] == pytest.approx(np.mean([one["loss_new"] for one in each]))
    assert whole.replay.rows["x"].tolist() == rows["x"].tolist()
    # nothing to draw beside the first row; s = 2 draws of k = 2 beside each of the others
    assert whole.replay.asked == single.replay.asked == (2,) * 10
    assert whole.learn({}) == {}
    assert whole.updates == 6


def test_without_a_memory_the_row_is_learned_s_times(make):
    agent = make(batches=4)
    assert set(agent.update(ONE, {})) == {"loss", "loss_new"}
    assert_at(agent, *by_hand([ONE] * 4)[:2])
    assert agent.replay.asked == ()
    assert agent.update({}, {}) == {}


def test_replayed_rows_alone(make):
    agent = make(batches=1)
    assert set(agent.update({}, REPLAYED)) == {"loss", "loss_replayed"}
    assert_at(agent, *by_hand([of(REPLAYED)])[:2])


@pytest.mark.parametrize("rows_per_step", [2, 3, 100])
def test_several_rows_in_one_step(make, rows_per_step):
    agent = make(batches=1, beta=1.0, rows_per_step=rows_per_step)
    agent.update(ONE, REPLAYED)
    weight, bias, batch = W, B, of(ONE, REPLAYED)
    for start in range(0, 3, rows_per_step):
        rows = range(start, min(start + rows_per_step, 3))
        slopes = [entropy_and_slope(take(batch, np.array([row])), weight, bias)[1:] for row in rows]
        weight = weight - 0.03 * np.mean([one for one, _ in slopes], 0)
        bias = bias - 0.03 * np.mean([one for _, one in slopes], 0)
    assert_at(agent, weight, bias)


def test_importance_weights_multiply_the_steps(make):
    agent = make(batches=1, beta=1.0)
    agent.update({}, REPLAYED | {"weight": np.array([0.0, 0.25], np.float32)})
    last = take(REPLAYED, np.array([1]))
    _, by_weight, by_bias = entropy_and_slope(last, W, B)
    assert_at(agent, W - 0.03 * 0.25 * by_weight, B - 0.03 * 0.25 * by_bias)


class Counting(Penalty):
    """Counts the rows of each step."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def loss(self, new, replayed):
        self.seen.append((num_rows(new), num_rows(replayed), replayed["index"].tolist() if num_rows(replayed) else []))
        return 0.0


def test_every_step_goes_by_the_penalty(make):
    counting = Counting()
    make(batches=1, penalty=counting).update(ONE, REPLAYED)
    assert counting.seen == [(1, 0, []), (0, 1, [4]), (0, 1, [7])]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("beta", 0.0, "beta must be a finite number above 0, got 0.0"),
        ("gamma", float("nan"), "gamma must be a finite number above 0, got nan"),
        ("batches", 0, "batches must be at least 1, got 0"),
        ("replayed_per_new", -1.0, "replayed_per_new must be a finite number of at least 0, got -1.0"),
        ("replayed_per_new", float("inf"), "replayed_per_new must be a finite number of at least 0, got inf"),
        ("rows_per_step", 0, "rows_per_step must be at least 1, got 0"),
    ],
)
def test_options_outside_their_range_are_refused(make, option, value, message):
    with pytest.raises(OptionError, match=message):
        make(**{option: value})
