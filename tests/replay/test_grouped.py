import numpy as np
import pytest
from scipy import stats

from recollect.errors import DataError
from recollect.replay.grouped import labels_of, quota
from recollect.replay.stored import StoredReplay
from recollect.schema import SEPARATOR
from recollect.testing.comparison import difference, through_checkpoint

KEEPS = (
    "balanced-by-class",
    "balanced-by-task",
    "balanced-by-task-and-class",
    "ring-by-class",
    "greedy-by-class",
    "balancoir",
)


def rows(y, start=0):
    y = np.asarray(y)
    return {"x": np.arange(start, start + len(y)), "y": y, "task": y // 2}


def offer(keep, y, capacity=12, split=1000, seed=0):
    memory = StoredReplay(capacity, keep=keep, seed=seed)
    for start in range(0, len(y), split):
        memory.add(rows(y[start : start + split], start))
    return memory


def kept(memory, field="y"):
    return memory.store.column(field)


def counts(memory, field="y"):
    return np.bincount(kept(memory, field)).tolist()


def test_quotas_share_all_slots_and_never_grow():
    for capacity in range(1, 40):
        for group in range(20):
            shares = [quota(capacity, group, groups) for groups in range(group + 1, 30)]
            assert shares == sorted(shares, reverse=True)
        for groups in range(1, 30):
            shares = [quota(capacity, group, groups) for group in range(groups)]
            assert sum(shares) == capacity
            assert max(shares) - min(shares) <= 1


@pytest.mark.parametrize("keep", ["balanced-by-class", "ring-by-class"])
def test_class_quotas_after_each_task(keep):
    memory, after = StoredReplay(12, keep=keep, seed=1), []
    for task, expected in enumerate([[6, 6], [3, 3, 3, 3], [2] * 6, [2, 2, 2, 2, 1, 1, 1, 1]]):
        y = np.random.default_rng(task).permutation(np.repeat([2 * task, 2 * task + 1], 40))
        memory.add(rows(y))
        after.append(counts(memory) == expected)
    assert after == [True] * 4


def test_quotas_by_task_and_by_both():
    y = np.repeat([0, 1, 2, 3], [50, 10, 30, 30])
    assert counts(offer("balanced-by-task", y), "task") == [6, 6]
    both = {"x": np.arange(60), "y": np.tile([0, 1], 30), "task": np.repeat([0, 1, 2], 20)}
    memory = StoredReplay(12, keep="balanced-by-task-and-class")
    memory.add(both)
    assert np.bincount(2 * kept(memory, "task") + kept(memory)).tolist() == [2] * 6


def test_what_a_small_class_leaves_is_used_by_others_until_it_is_wanted():
    memory = offer("balanced-by-class", [0] * 30 + [1] * 2)
    assert counts(memory) == [10, 2]
    memory.add(rows([1] * 30))
    assert counts(memory) == [6, 6]
    memory.add(rows([2] * 30))
    assert counts(memory) == [4, 4, 4]


@pytest.mark.parametrize("split", [1, 7, 1000])
def test_each_class_holds_a_uniform_sample_of_all_its_rows_after_shrinking(split):
    y, capacity, trials = np.repeat([0, 1, 2], [30, 20, 25]), 9, 1500
    drawn = np.zeros(len(y))
    for trial in range(trials):
        memory = offer("balanced-by-class", y, capacity, split, seed=trial)
        assert counts(memory) == [3, 3, 3]
        drawn[kept(memory, "x")] += 1
    for label in range(3):
        seen = drawn[y == label]
        expected = trials * 3 / len(seen)
        # Each count is binomial with variance expected * (1 - 3 / n), and they sum to a constant.
        statistic = ((seen - expected) ** 2 / expected).sum() / (1 - 3 / len(seen)) * (len(seen) - 1) / len(seen)
        assert 0.001 < stats.chi2.sf(statistic, len(seen) - 1) < 0.999


def test_a_class_that_comes_back_goes_on_with_its_sample():
    """30 rows of class 0, then class 1, then 30 more of class 0: all 60 are equally likely."""
    y, trials = np.repeat([0, 1, 0], [30, 20, 30]), 1500
    drawn = np.zeros(len(y))
    for trial in range(trials):
        drawn[kept(offer("balanced-by-class", y, 8, seed=trial), "x")] += 1
    seen = drawn[y == 0]
    statistic = ((seen - trials * 4 / 60) ** 2 / (trials * 4 / 60)).sum() / (1 - 4 / 60) * 59 / 60
    assert 0.001 < stats.chi2.sf(statistic, 59) < 0.999


def test_rings_hold_the_newest_rows_of_each_class():
    y = np.array([0, 1, 0, 2, 1, 0, 0, 1, 2, 0, 2, 1, 1, 0, 2, 2])
    memory = offer("ring-by-class", y, capacity=6)
    for label in range(3):
        assert sorted(kept(memory, "x")[kept(memory) == label]) == np.flatnonzero(y == label)[-2:].tolist()


def test_the_greedy_balancer_by_hand():
    """Capacity 4. A new class counts only from its second row on: k = 4, then 4 // 2 = 2, then 4 // 3 = 1."""
    memory = StoredReplay(4, keep="greedy-by-class", seed=3)
    for y, expected in [
        (0, [1]), (0, [2]), (0, [3]), (0, [4]), (0, [4]),  # k = 4
        (1, [3, 1]),  # new: a row of class 0 goes
        (1, [2, 2]), (1, [2, 2]),  # k = 2, then class 1 has as many
        (2, [1, 2, 1]),  # new: of two largest classes the one met first gives
        (0, [1, 2, 1]), (2, [1, 2, 1]),  # k = 4 // 3 = 1
    ]:  # fmt: skip
        memory.add(rows([y]))
        assert counts(memory) == expected, y


def test_the_greedy_balancer_evicts_every_row_of_the_largest_class_equally_often():
    gone = np.zeros(8)
    for trial in range(2000):
        memory = offer("greedy-by-class", [0] * 8 + [1], capacity=8, seed=trial)
        gone[sorted(set(range(8)) - set(kept(memory, "x")))] += 1
    assert gone.sum() == 2000
    assert stats.chisquare(gone).pvalue > 0.001


@pytest.mark.parametrize("keep", KEEPS)
def test_fewer_slots_than_groups(keep):
    memory = offer(keep, np.tile(np.arange(10), 5), capacity=3)
    assert len(memory) == 3
    if keep in ("balanced-by-class", "ring-by-class"):
        assert sorted(kept(memory)) == [0, 1, 2]  # those met first


@pytest.mark.parametrize("keep", KEEPS)
def test_the_same_rows_are_kept_however_they_are_split(keep):
    y = np.random.default_rng(0).integers(0, 7, 300)
    memories = [offer(keep, y, split=split, seed=5) for split in (1, 7, 64, 300)]
    for memory in memories[1:]:
        np.testing.assert_array_equal(memory.store.records, memories[0].store.records)


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("met", [5, 200])
def test_the_state_comes_back_through_a_checkpoint(keep, met):
    y = np.random.default_rng(1).integers(0, 7, 400)
    memory, again = offer(keep, y[:met], seed=5), StoredReplay(12, keep=keep, seed=99)
    again.load_state_dict(through_checkpoint(memory.state_dict()))
    assert not difference(memory.state_dict(), again.state_dict())
    for one in (memory, again):
        one.add(rows(y[met:], met))
    assert not difference(memory.state_dict(), again.state_dict())
    np.testing.assert_array_equal(memory.sample(5)["x"], again.sample(5)["x"])


def test_bytes_are_rows_keys_groups_and_labels():
    memory = offer("balanced-by-class", np.repeat([0, 1], 30))
    assert memory.nbytes == 12 * (3 * 8 + 8) + 12 * (8 + 8) + 2 * 8
    greedy = offer("greedy-by-class", np.repeat([0, 1], 30))
    assert greedy.nbytes == 12 * (3 * 8 + 8) + 12 * 8 + 2 * 8


def test_rows_without_the_field_are_refused_and_change_nothing():
    memory = StoredReplay(5, keep="balanced-by-task")
    with pytest.raises(DataError, match="rows are grouped by 'task', got rows with x: group otherwise"):
        memory.add({"x": np.arange(3)})
    assert len(memory) == memory.offered == 0


def test_labels():
    whole = {"y": np.array([3, 1]), "task": np.array([0, 1]), "mask": np.array([True, False])}
    assert labels_of(whole, ("task", "y")).tolist() == [[0, 3], [1, 1]]
    assert labels_of(whole, ("mask",)).tolist() == [[1], [0]]
    assert labels_of({"y": np.array([[7, SEPARATOR, 9], [5, SEPARATOR, 9]])}, ("y",)).tolist() == [[7], [5]]
    for y in (np.zeros((2, 3), int), np.array([0.5, 1.5])):
        with pytest.raises(DataError, match="must be one whole number per row, got"):
            labels_of({"y": y}, ("y",))


def test_balancoir_takes_the_slots_of_the_largest_class_as_often_as_a_reservoir_takes_rows():
    taken, trials = 0, 2000
    for seed in range(trials):
        memory = offer("balancoir", [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2], seed=seed)
        memory.add(rows([1], 12))  # 3 of class 1 are below the median of 5, 3 and 4: always kept
        assert counts(memory) == [4, 4, 4]
        memory.add(rows([2], 13))  # 4 are not: kept as the 14th row of a reservoir is, instead of a 0
        assert counts(memory) in ([4, 4, 4], [3, 4, 5])
        taken += counts(memory) == [3, 4, 5]
    assert stats.binomtest(taken, trials, 12 / 14).pvalue > 0.01


def test_balancoir_evicts_each_row_of_the_largest_class_equally_often():
    gone = np.zeros(6)
    for seed in range(2000):
        memory = offer("balancoir", [0, 0, 0, 0, 0, 0, 1, 1], capacity=8, seed=seed)
        memory.add(rows([2], 8))  # a new class is below the median: always kept
        gone += ~np.isin(np.arange(6), kept(memory, "x"))
    assert gone.sum() == 2000
    assert stats.chisquare(gone).pvalue > 0.01


@pytest.mark.parametrize("split", [1, 7, 1000])
def test_balancoir_keeps_the_same_rows_however_they_are_split(split):
    y = np.random.default_rng(4).integers(0, 5, 300)
    assert kept(offer("balancoir", y, split=split), "x").tolist() == kept(offer("balancoir", y), "x").tolist()
    assert max(counts(offer("balancoir", y))) - min(counts(offer("balancoir", y))) <= 1
