import numpy as np
import pytest
from scipy import stats

from recollect.replay.keep import KEEPS, Keep
from recollect.replay.stored import Fifo, Reservoir


def offer(memory, total, split):
    """Offers rows 0 to total - 1 in batches of `split`."""
    for start in range(0, total, split):
        memory.add({"y": np.arange(start, min(start + split, total))})
    return memory


def kept(memory):
    return memory.store.records["y"][: len(memory)]


def test_parts_are_keeps():
    assert all(isinstance(part(), Keep) for part in KEEPS.values())


@pytest.mark.parametrize("split", range(1, 24))
def test_the_ring_holds_the_newest_rows_at_every_moment(split):
    memory = Fifo(8)
    for start in range(0, 60, split):
        memory.add({"y": np.arange(start, start + split)})
        met = start + split
        assert sorted(kept(memory)) == list(range(max(0, met - 8), met))
        assert all(kept(memory)[y % 8] == y for y in kept(memory))  # each row in its turn around the ring
        assert memory.offered == met


def test_the_reservoir_follows_algorithm_r():
    memory = offer(Reservoir(5, seed=3), 40, split=7)
    uniform, slots = np.random.default_rng(3), list(range(5))
    for t in range(5, 40):
        j = int(uniform.random() * (t + 1))  # U{0, ..., t}
        if j < 5:
            slots[j] = t
    assert list(kept(memory)) == slots


@pytest.mark.parametrize("split", [1, 7, 64])
def test_every_row_is_in_the_reservoir_equally_often(split):
    total, capacity, trials = 100, 10, 2000
    counts = np.zeros(total)
    for trial in range(trials):
        counts[kept(offer(Reservoir(capacity, seed=trial), total, split))] += 1
    expected = trials * capacity / total
    # Each count is binomial with variance expected * (1 - capacity / total), and they sum to a constant.
    statistic = ((counts - expected) ** 2 / expected).sum() / (1 - capacity / total) * (total - 1) / total
    assert counts.sum() == trials * capacity
    assert 0.001 < stats.chi2.sf(statistic, total - 1) < 0.999


def test_the_reservoir_does_not_depend_on_how_rows_are_split():
    memories = [offer(Reservoir(20, seed=5), 500, split) for split in (1, 7, 64, 500)]
    for memory in memories[1:]:
        np.testing.assert_array_equal(memory.store.records, memories[0].store.records)
        assert memory.rng.bit_generator.state == memories[0].rng.bit_generator.state


def test_of_two_rows_with_one_slot_the_later_stays():
    memory = offer(Reservoir(1, seed=0), 1000, split=1000)  # many rows of one batch take the only slot
    single = offer(Reservoir(1, seed=0), 1000, split=1)
    assert kept(memory) == kept(single)
    assert memory.sample(1)["index"] == kept(memory)  # with capacity 1 and slot 0 the index is the arrival


def test_a_reservoir_that_is_not_full_draws_nothing():
    memory = offer(Reservoir(10, seed=2), 10, split=4)
    assert list(kept(memory)) == list(range(10))
    assert memory.rng.random() == np.random.default_rng(2).random()
