import numpy as np
import pytest

from recollect.replay.sumtree import SumTree

SIZES = pytest.mark.parametrize("capacity", [1, 2, 3, 15, 16, 17, 1000, 65_536, 65_537, 300_000])


@SIZES
def test_the_root_is_the_sum_of_the_leaves_after_many_updates(capacity):
    tree, rng, plain = SumTree(capacity), np.random.default_rng(0), np.zeros(capacity)
    for _ in range(200):
        leaves = rng.integers(0, capacity, 50)
        values = rng.random(50) * 10.0 ** rng.integers(-3, 4, 50)
        tree.set(leaves, values)
        plain[leaves] = values  # of two values for one leaf the later one, too
    np.testing.assert_array_equal(tree.leaves[:capacity], plain)
    assert not tree.nodes[tree.width + capacity :].any()
    assert tree.total == pytest.approx(plain.sum(), rel=1e-12)
    inner = np.arange(1, tree.width)
    np.testing.assert_array_equal(tree.nodes[inner], tree.nodes[2 * inner] + tree.nodes[2 * inner + 1])


@SIZES
def test_a_point_falls_into_the_leaf_that_covers_it(capacity):
    tree, rng = SumTree(capacity), np.random.default_rng(1)
    weights = rng.integers(0, 4, capacity).astype(float)  # whole numbers: no rounding, many zeros
    weights[rng.integers(capacity)] = 2.0
    tree.set(np.arange(capacity), weights)
    total = weights.sum()
    points = np.concatenate([rng.random(500), [0.0, 1 - 1e-16]])
    ends = weights.cumsum()
    expected = ends.searchsorted(np.minimum(points * total, np.nextafter(total, 0)), side="right")
    np.testing.assert_array_equal(tree.find(points), expected)


def test_leaves_of_zero_are_never_found_whatever_the_rounding():
    tree, rng = SumTree(70_000), np.random.default_rng(2)
    filled = rng.permutation(70_000)[:40_000]
    tree.set(filled, rng.random(40_000) * 10.0 ** rng.integers(-12, 3, 40_000))
    edges = tree.leaves.cumsum() / tree.total  # points on the seams between leaves
    found = tree.find(np.concatenate([rng.random(50_000), np.clip(edges, 0, np.nextafter(1, 0))]))
    assert (tree.leaves[found] > 0).all()


def test_sums_do_not_depend_on_how_leaves_were_set():
    values = np.random.default_rng(3).random(5000)
    whole, single = SumTree(5000), SumTree(5000)
    whole.set(np.arange(5000), values)
    for leaf in np.random.default_rng(4).permutation(5000):
        single.set(np.array([leaf]), values[[leaf]])
    np.testing.assert_array_equal(whole.nodes, single.nodes)
    assert whole.total == single.total


def test_strided_and_read_only_arrays_are_taken():
    tree = SumTree(40)
    tree.set(np.arange(30), np.full(30, 0.5))
    assert tree.total == 15.0


def test_a_point_that_rounding_carries_over_the_end_falls_into_the_last_leaf():
    """The last point before 1, less the first two leaves, is not below the third; the fourth is 0."""
    tree = SumTree(4)
    tree.set(np.arange(3), np.array([0.040619762738968196, 9.357603053272022, 19.22593468006304]))
    last = np.nextafter(1, 0)
    assert last * tree.total - tree.nodes[2] >= tree.leaves[2]
    assert tree.find(np.array([last])).tolist() == [2]
