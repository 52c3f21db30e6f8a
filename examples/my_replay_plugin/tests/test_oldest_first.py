"""The contract of every replay strategy, and what is special about this one."""

import numpy as np

import recollect
from recollect.testing.pytest_entry import parametrize_checks

test_contract = parametrize_checks("replay", "oldest-first")


def rows(*x):
    return {"x": np.array(x)}


def test_every_row_comes_back_before_any_comes_back_twice():
    memory = recollect.make_replay("oldest-first", capacity=6, seed=0)
    memory.add(rows(*range(6)))
    drawn = [sorted(memory.sample(3)["x"].tolist()) for _ in range(4)]
    assert drawn == [[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5]]


def test_a_new_row_has_just_been_seen():
    memory = recollect.make_replay("oldest-first", capacity=3, keep="ring", seed=0)
    memory.add(rows(0, 1, 2))
    assert memory.sample(1)["x"].tolist() == [0]
    memory.add(rows(3))  # overwrites 0
    assert sorted(memory.sample(2)["x"].tolist()) == [1, 2]
    assert memory.sample(1)["x"].tolist() == [3]


def test_a_restored_memory_draws_the_same_rows():
    memory, restored = (recollect.make_replay("oldest-first", capacity=8, seed=seed) for seed in (0, 1))
    memory.add(rows(*range(20)))
    memory.sample(3)
    restored.load_state_dict(memory.state_dict())
    assert memory.sample(5)["x"].tolist() == restored.sample(5)["x"].tolist()
