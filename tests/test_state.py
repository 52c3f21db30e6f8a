"""What is saved of an object by default, and restored to the bit."""

import copy

import numpy as np
import pytest
import torch

from recollect.errors import CheckpointError
from recollect.state import Stateful, is_part, is_plain, kept_bytes, nbytes_of, unchanged


class Counter(Stateful):
    """A part within a part."""

    def __init__(self):
        self.seen = {"a": [1, 2], 3: np.zeros(2)}


class Learner(Stateful):
    """One attribute of every kind."""

    def __init__(self, seed=0):
        torch.manual_seed(seed)
        self.network = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3))
        self.log_alpha = torch.zeros(1, requires_grad=True)
        self.optimiser = torch.optim.Adam([*self.network.parameters(), self.log_alpha], lr=0.1)
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.counter = Counter()
        self.importance = None
        self.lists = ([1.5, "two", None], True)
        self.space = object()
        self.function = len
        self.agent = Counter()
        self.agent.seen = seed

    def step(self):
        """Draws from everything, learns from everything."""
        x = torch.randn(4, 2, generator=self.generator) + float(self.rng.random())
        loss = (self.network(x) * self.log_alpha.exp()).square().mean() + self.log_alpha.sum()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.importance = {"w": self.network[0].weight.detach() ** 2}
        self.counter.seen["a"].append(int(self.rng.integers(100)))
        self.counter.seen[3] += 1
        return loss.item()


def test_a_learner_goes_on_to_the_bit():
    learner = Learner(seed=1)
    for _ in range(3):
        learner.step()
    state = copy.deepcopy(learner.state_dict())
    other = Learner(seed=2)
    other.load_state_dict(state)
    assert other.counter.seen["a"] == learner.counter.seen["a"]
    assert torch.equal(other.importance["w"], learner.importance["w"])
    assert [other.step() for _ in range(4)] == [learner.step() for _ in range(4)]
    assert other.log_alpha.item() == learner.log_alpha.item() != 0
    assert other.counter.seen["a"] == learner.counter.seen["a"]
    assert other.counter.seen[3].tolist() == [7, 7]
    for one, two in zip(other.network.state_dict().values(), learner.network.state_dict().values(), strict=True):
        assert torch.equal(one, two)


def test_what_an_optimiser_holds_stays_the_same_tensor():
    learner = Learner()
    held = learner.log_alpha
    learner.load_state_dict(copy.deepcopy(Learner().state_dict()) | {"values": {"log_alpha": torch.tensor([2.5])}})
    assert learner.log_alpha is held
    assert held.requires_grad
    assert held.item() == 2.5


def test_what_was_loaded_is_not_shared():
    learner, other = Learner(seed=1), Learner(seed=2)
    learner.step()
    other.load_state_dict(learner.state_dict())
    before = copy.deepcopy(other.counter.seen)
    weight = other.importance["w"].clone()
    learner.counter.seen["a"].append(-1)
    learner.counter.seen[3] += 1
    learner.importance["w"].zero_()
    assert other.counter.seen["a"] == before["a"]
    assert other.counter.seen[3].tolist() == before[3].tolist()
    assert torch.equal(other.importance["w"], weight)


def test_what_is_saved_elsewhere_or_not_plain_is_left_out():
    state = Learner(seed=4).state_dict()
    assert set(state["parts"]) == {"network", "optimiser", "counter"}
    assert set(state["generators"]) == {"rng", "generator"}
    assert set(state["values"]) == {"log_alpha", "importance", "lists"}
    other = Learner(seed=5)
    other.load_state_dict(state)
    assert other.agent.seen == 5


def test_a_part_that_a_new_object_lacks_is_refused():
    learner = Learner()
    learner.teacher = torch.nn.Linear(1, 1)
    with pytest.raises(CheckpointError, match=r"Learner.teacher is in the checkpoint, but a new Learner has none"):
        Learner().load_state_dict(learner.state_dict())


def test_what_is_plain():
    for value in (None, True, 1, 1.5, "a", np.float32(1), np.zeros(2), torch.zeros(1), [1, (2, {"a": None})], {3: 4}):
        assert is_plain(value)
    for value in ({1, 2}, object(), [object()], {"a": len}, {(1, 2): 3}, torch.nn.Linear(1, 1), b"bytes"):
        assert not is_plain(value)
    assert is_part(torch.nn.Linear(1, 1))
    assert is_part(Counter())
    assert not is_part(torch.nn.Linear)  # the class itself
    assert not is_part({})


def test_nbytes():
    tree = {"a": np.zeros(3), "b": [torch.zeros(2, dtype=torch.int16), ("text", 5, None)], "c": np.float32(1)}
    assert nbytes_of(tree) == 3 * 8 + 2 * 2 + 4
    assert nbytes_of({}) == 0


def test_inside_unchanged_anything_may_be_done():
    first, second = Learner(seed=1), Learner(seed=1)
    first.step(), second.step()
    with pytest.raises(KeyError), unchanged(first):
        first.step()
        raise KeyError
    assert first.counter.seen["a"] == second.counter.seen["a"]
    assert [first.step() for _ in range(3)] == [second.step() for _ in range(3)]


def test_what_an_agent_keeps_beyond_what_learns():
    agent = Learner()
    before = kept_bytes(agent)
    agent.teacher = torch.nn.Linear(3, 2).requires_grad_(False)  # 8 float32
    agent.grown = {"head": torch.nn.Linear(3, 2)}
    agent.means = [np.zeros(5), {"count": np.zeros(1, np.int64)}]
    agent.replay = np.zeros(1000)  # it has bytes of its own
    assert kept_bytes(agent) - before == 8 * 4 + 5 * 8 + 8
    agent.network.requires_grad_(False)
    assert kept_bytes(agent) - before == 8 * 4 + 5 * 8 + 8 + nbytes_of(agent.network.state_dict())
    agent.nbytes = 3
    assert kept_bytes(agent) == 3
