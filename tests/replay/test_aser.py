from itertools import combinations
from math import factorial
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from recollect.errors import OptionError
from recollect.replay.aser import ASER, knn_shapley
from recollect.testing.comparison import difference, through_checkpoint


def scene(count=7, points=5, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.normal(size=(count, 3)),
        rng.integers(0, 3, count),
        rng.normal(size=(points, 3)),
        rng.integers(0, 3, points),
    )


@pytest.mark.parametrize("neighbours", [1, 2, 3])
def test_values_are_those_of_the_definition(neighbours):
    """Shapley values over all coalitions of the share of the K nearest that have the label."""
    features, labels, at, labels_at = scene()
    n = len(features)

    def vote(coalition, point):
        nearest = sorted(coalition, key=lambda i: np.linalg.norm(features[i] - at[point]))[:neighbours]
        return sum(labels[i] == labels_at[point] for i in nearest) / neighbours

    expected = np.zeros((len(at), n))
    for point in range(len(at)):
        for i in range(n):
            others = [j for j in range(n) if j != i]
            for size in range(n):
                weight = factorial(size) * factorial(n - 1 - size) / factorial(n)
                for some in combinations(others, size):
                    expected[point, i] += weight * (vote((*some, i), point) - vote(some, point))
    np.testing.assert_allclose(knn_shapley(features, labels, at, labels_at, neighbours), expected, atol=1e-12)


@pytest.mark.parametrize("neighbours", [1, 3, 10])
def test_values_sum_to_the_vote_of_the_nearest(neighbours):
    features, labels, at, labels_at = scene(40, 30)
    values = knn_shapley(features, labels, at, labels_at, neighbours)
    for point in range(30):
        nearest = np.linalg.norm(features - at[point], axis=1).argsort()[:neighbours]
        assert values[point].sum() == pytest.approx((labels[nearest] == labels_at[point]).mean())


def test_values_by_hand():
    """Distances 1, 2, 3, labels 1, 0, 1, asked 1, K = 1: s3 = 1/3, s2 = 1/3 - 1/2 = -1/6, s1 = -1/6 + 1 = 5/6."""
    features = np.array([[3.0], [1.0], [2.0]])
    values = knn_shapley(features, np.array([1, 1, 0]), np.zeros((1, 1)), np.array([1]), 1)
    np.testing.assert_allclose(values, [[1 / 3, 5 / 6, -1 / 6]])


def bound(capacity, **options):
    """Features are x itself."""
    memory = ASER(capacity, **options)
    memory.bind(SimpleNamespace(replay_batch=None, embed=lambda rows: rows["x"].astype(np.float32)))
    return memory


def rows(x, y):
    return {"x": np.array(x, float).reshape(len(x), -1), "y": np.broadcast_to(np.array(y), len(x)).copy()}


@pytest.mark.parametrize("value", ["mean", "extreme"])
def test_rows_at_the_border_come_back(value):
    """Class 0 lies at -5, but for one row at 10, where new rows of class 1 arrive: it is their adversary."""
    memory = bound(12, per_class=6, neighbours=1, value=value)
    memory.add(rows([-5.0, -5.1, -5.2, -5.3, -5.4, 10.0], 0))
    memory.add(rows([5.0, 5.1, 5.2, 5.3, 5.4, 5.5], 1))
    for _ in range(20):
        drawn = memory.sample(1, like=rows([10.1, 10.2], 1))
        assert drawn["x"].tolist() == [[10.0]]
    assert len(memory.sample(50, like=rows([10.1], 1))["y"]) == 12


def test_drawing_is_uniform_until_the_memory_is_full():
    memory = bound(50)
    memory.add(rows(np.arange(20.0), 0))
    drawn = np.concatenate([memory.sample(4, like=rows([3.0], 1))["x"][:, 0] for _ in range(1500)])
    assert stats.chisquare(np.bincount(drawn.astype(int), minlength=20)).pvalue > 0.001


def test_balanced_samples_are_disjoint():
    memory = bound(30)
    memory.add(rows(np.arange(30.0), np.repeat([4, 7, 9], [1, 9, 20])))
    first, second = memory.draw.balanced(memory, 2)
    y = memory.store.column("y")
    assert sorted(y[first]) == [4, 7, 7, 9, 9]
    assert sorted(y[second]) == [7, 7, 9, 9]
    assert not set(first) & set(second)


def test_rows_that_help_the_vote_replace_those_that_mislead_it():
    """Class 0 at 0, class 1 at 10; a mislabelled row at 0 leaves, and new rows where they belong come in."""
    kept = []
    for seed in range(40):
        memory = bound(8, per_class=2, seed=seed)
        memory.add(rows([0.0, 0.1, 0.2, 0.05, 10.0, 10.1, 10.2, 0.15], [0, 0, 0, 0, 1, 1, 1, 1]))
        for _ in range(4):
            memory.add(rows([10.3, 10.4], 1))
        x, y = memory.store.column("x")[:, 0], memory.store.column("y")
        kept.append(((x < 5) & (y == 1)).any())
        assert len(memory) == 8
    assert np.mean(kept) < 0.3


def test_new_rows_that_mislead_the_vote_stay_out():
    came = 0
    for seed in range(40):
        memory = bound(8, per_class=2, seed=seed)
        memory.add(rows([0.0, 0.1, 0.2, 0.05, 10.0, 10.1, 10.2, 10.3], [0, 0, 0, 0, 1, 1, 1, 1]))
        memory.add(rows([0.07, 0.08], 1))
        x, y = memory.store.column("x")[:, 0], memory.store.column("y")
        came += ((x < 5) & (y == 1)).sum()
    assert came < 10  # of 80


def test_a_batch_that_fills_the_memory_and_one_that_is_larger():
    memory = bound(5)
    memory.add(rows(np.arange(3.0), 0))
    memory.add(rows(np.arange(4.0), 1))
    assert len(memory) == 5
    large = bound(3)
    large.add(rows(np.arange(5.0), 0))
    assert large.store.column("x")[:, 0].tolist() == [0, 1, 2]


def test_the_state_comes_back_through_a_checkpoint():
    first, second = bound(8, seed=1), bound(8, seed=2)
    rng = np.random.default_rng(0)
    batches = [rows(rng.normal(size=(4, 2)), rng.integers(0, 3, 4)) for _ in range(20)]
    for batch in batches[:10]:
        first.add(batch)
    second.load_state_dict(through_checkpoint(first.state_dict()))
    for batch in batches[10:]:
        for memory in (first, second):
            memory.add(batch)
        assert not difference(first.sample(3, like=batch), second.sample(3, like=batch))
    assert not difference(first.state_dict(), second.state_dict())
    assert first.nbytes == 8 * (16 + 8 + 8)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"neighbours": 0}, "neighbours must be a whole number of at least 1"),
        ({"per_class": 1.5}, "per_class must be a whole number of at least 1, got 1.5"),
        ({"value": "median"}, "value must be 'mean' or 'extreme'"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        ASER(5, **options)
