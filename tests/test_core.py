"""What the contract gives: learning steps, debts, descent with a penalty, streams that choose their tasks."""

import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete

from recollect.core import Agent, Penalty, ReplayStrategy, TaskStream
from recollect.errors import OptionError, UnknownName
from recollect.rows import concat, num_rows, take
from recollect.schema import QUERY, SAMPLE, TEXT, TRANSITION


class Stream(TaskStream):
    """Three tasks; an episode ends after four steps, or at a boundary."""

    tasks, drifts = ("a", "b", "c"), True
    observation_space, action_space = Box(0, 9, (1,), np.float32), Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.choose(options)
        self.time = 0
        return np.zeros(1, np.float32), self.info()

    def step(self, action):
        self.time += 1
        boundary = self.count()
        truncated = boundary or self.time == 4
        return np.zeros(1, np.float32), 0.0, False, truncated, self.info(boundary=boundary)


class Memory(ReplayStrategy):
    """The newest rows, from the oldest on; notes what it was asked and told."""

    def __init__(self, capacity=10_000, *, seed=0):
        super().__init__(capacity, seed=seed)
        self.rows, self.asked, self.told = {}, [], []

    def __len__(self):
        return num_rows(self.rows)

    def add(self, rows):
        self.rows = concat([self.rows, rows])

    def sample(self, n, like=None):
        self.asked.append((n, len(self), like))
        count = min(n, len(self))
        return take(self.rows, np.arange(count)) | {"index": np.arange(count)}

    def feedback(self, index, **signals):
        self.told.append((index.tolist(), {name: v.tolist() for name, v in signals.items()}))

    def update(self):
        return {"memory": float(len(self))}


class Learner(Agent):
    """Notes what every update was given, and tells the memory."""

    adds = ("logits",)

    def __init__(self, replay, **settings):
        super().__init__(Stream(), replay)
        vars(self).update(settings)
        self.given = []

    def annotate(self, rows):
        return rows | {"logits": 2.0 * rows["x"]}

    def update(self, new, replayed):
        self.given.append((num_rows(new), num_rows(replayed)))
        if num_rows(replayed):
            self.replay.feedback(replayed["index"], loss=replayed["logits"])
        return {"number": float(len(self.given))}


def rows(count, start=0):
    return {"x": np.arange(start, start + count, dtype=float)}


def test_fractions_of_a_row_are_owed_until_they_are_whole():
    agent = Learner(Memory(), replayed_per_new=0.25)
    agent.replay.add(rows(9))
    assert [agent.owed(3) for _ in range(9)] == [[0], [1], [1], [1], [0], [1], [1], [1], [0]]
    tenths = Learner(Memory(), replayed_per_new=0.1)
    tenths.replay.add(rows(1))
    assert [tenths.owed(1)[0] for _ in range(20)] == ([0] * 9 + [1]) * 2


def test_a_debt_goes_round_with_the_state():
    agent = Learner(Memory(), replayed_per_new=0.4)
    agent.replay.add(rows(1))
    agent.owed(2)
    agent.updates = 7
    other = Learner(Memory())
    other.load_state_dict(agent.state_dict())
    other.replay.add(rows(1))
    assert other.debt == pytest.approx(0.8)
    assert other.updates == 7
    assert other.owed(1) == [1]


def test_as_many_updates_as_full_batches_are_owed():
    agent = Learner(Memory(), replayed_per_new=256, replay_batch=256)
    agent.replay.add(rows(1))
    assert agent.owed(3) == [256, 256, 256]  # three lanes, one update for each new row
    slow = Learner(Memory(), replayed_per_new=4, replay_batch=10)
    slow.replay.add(rows(1))
    assert [slow.owed(2) for _ in range(5)] == [[], [10], [10], [10], [10]]


def test_nothing_is_owed_before_the_warm_up():
    agent = Learner(Memory(), warmup=5, replayed_per_new=2, replay_batch=4)
    supervised = Learner(Memory(), warmup=5, replayed_per_new=2)
    for each in (agent, supervised):
        each.learn(rows(4))
        each.learn(rows(4))
        assert each.debt == 0
        each.learn(rows(4))
    assert agent.given == [(4, 4), (4, 4)]
    assert supervised.given == [(4, 0), (4, 0), (4, 8)]
    assert (agent.updates, supervised.updates) == (2, 3)


def test_an_empty_memory_is_not_asked_and_nothing_is_owed_to_it():
    class Nothing(Memory):
        def add(self, rows):
            """Forgets."""

    beside = Learner(Nothing())
    assert [beside.learn(rows(2))["number"] for _ in range(2)] == [1, 2]
    assert beside.given == [(2, 0), (2, 0)]
    alone = Learner(Nothing(), replay_batch=2)
    assert alone.learn(rows(2)) == {"memory": 0.0}
    assert alone.given == beside.replay.asked == []
    assert beside.debt == alone.debt == 0
    assert Nothing()  # though it is empty


@pytest.mark.parametrize(("remember", "stored"), [("before", [2, 4]), ("after", [2])])
def test_new_rows_can_be_drawn_at_once_or_only_later(remember, stored):
    agent = Learner(Memory(), remember=remember)
    agent.learn(rows(2))
    losses = agent.learn(rows(2, start=5))
    assert [size for _, size, _ in agent.replay.asked] == stored
    assert losses == {"number": 2.0, "memory": 4.0}
    assert agent.given[-1] == (2, 2)


def test_rows_are_annotated_before_anything_else_and_the_memory_hears_back():
    agent = Learner(Memory())
    agent.learn(rows(2, start=3))
    agent.learn(rows(2, start=8))
    assert agent.replay.rows["logits"].tolist() == [6, 8, 16, 18]
    n, _, like = agent.replay.asked[0]
    assert (n, like["logits"].tolist()) == (2, [16, 18])
    assert agent.replay.told == [([0, 1], {"loss": [6, 8]})]


class Pull(Penalty):
    """Pulls towards 5, and halves every gradient; notes the gradient it was shown."""

    def loss(self, new, replayed):
        assert (num_rows(new), num_rows(replayed)) == (2, 1)
        return (self.agent.weight - 5.0).square().sum()

    def project(self, new, replayed):
        self.shown = self.agent.weight.grad.item()
        self.agent.weight.grad /= 2


@pytest.mark.parametrize(("penalised", "expected"), [(False, 0.6), (True, 1.2)])
def test_descent_by_hand(penalised, expected):
    agent = Learner(Memory())
    agent.weight = torch.nn.Parameter(torch.tensor([1.0]))
    agent.penalty = Pull() if penalised else None
    optimiser = torch.optim.SGD([agent.weight], lr=0.1)
    agent.weight.grad = torch.tensor([1000.0])  # of the step before: forgotten
    if penalised:
        agent.penalty.bind(agent)
    agent.descend(2 * agent.weight.square().sum(), optimiser, rows(2), rows(1))
    # the loss's gradient is 4 * 1 = 4, the penalty's 2 * (1 - 5) = -8; their sum halved is -2
    assert agent.weight.item() == pytest.approx(expected)
    if penalised:
        assert agent.penalty.shown == pytest.approx(-4.0)


def test_the_parameters_of_all_networks_by_name():
    agent = Learner(Memory())
    agent.actor, agent.critic = torch.nn.Linear(2, 1), torch.nn.Linear(3, 1, bias=False)
    assert [(name, tuple(p.shape)) for name, p in agent.named_parameters()] == [
        ("actor.weight", (1, 2)), ("actor.bias", (1,)), ("critic.weight", (1, 3)),
    ]  # fmt: skip


@pytest.mark.parametrize("capacity", [0, -3, 2.0, True, "9", None])
def test_capacity_is_a_whole_number_of_rows(capacity):
    with pytest.raises(OptionError, match=f"capacity must be a whole number of rows, at least 1, got {capacity!r}"):
        Memory(capacity)


def test_bytes_are_all_that_is_held():
    memory = Memory()
    memory.add({"x": np.zeros((5, 2), np.float32), "y": np.zeros(5, np.int64)})
    assert memory.nbytes == 5 * (2 * 4 + 8)


def lived(stream, steps, **first):
    """The task of every step, and the numbers (from 1) of the steps that were boundaries, walking alone."""
    stream.reset(**first)
    tasks, boundaries = [], []
    for number in range(1, steps + 1):
        *_, terminated, truncated, info = stream.step(0)
        tasks.append(info["task"])
        assert not terminated
        if info["boundary"]:
            assert truncated  # an end that is never "terminated"
            boundaries.append(number)
        if truncated:
            stream.reset()
    return tasks, boundaries


def test_a_stream_walks_alone_and_its_last_task_goes_on():
    tasks, boundaries = lived(Stream(steps_per_task=[6, 3, 5]), 30)
    assert tasks == [0] * 6 + [1] * 3 + [2] * 21
    assert boundaries == [6, 9, 14]
    tasks, boundaries = lived(Stream(steps_per_task=2, schedule={"kind": "cyclic", "order": [2, 0]}), 10)
    assert tasks == [2, 2, 0, 0, 2, 2, 0, 0, 0, 0]
    assert boundaries == [2, 4, 6, 8]
    assert lived(Stream(), 9) == ([0] * 9, [])  # without a schedule


def test_alone_shuffled_blurred_and_drifting():
    tasks, _ = lived(Stream(steps_per_task=5, schedule="shuffled"), 15)
    assert sorted(tasks) == [0] * 5 + [1] * 5 + [2] * 5
    assert len({*tasks[:5]}) == len({*tasks[5:10]}) == 1
    tasks, _ = lived(Stream(steps_per_task=400, schedule={"kind": "blurred", "width": 1.0}), 1200)
    assert set(tasks[:200]) == {0}
    assert set(tasks[200:400]) == set(tasks[400:600]) == {0, 1}
    assert set(tasks[1000:]) == {2}
    stream, drifts = Stream(steps_per_task=8, schedule="drifting"), []
    for _ in range(5):
        stream.reset()
        drifts.append((stream.task, stream.drift))
        for _ in range(4):
            stream.step(0)
    assert drifts == [(0, 0.0), (0, 0.5), (1, 0.0), (1, 0.5), (2, 0.0)]


def test_a_seed_does_not_rewind():
    stream = Stream(steps_per_task=3)
    lived(stream, 4)
    stream.reset(seed=0)
    assert stream.task == 1
    assert stream.walk.left == 2


def test_a_commanded_task_is_sticky_and_turns_the_own_schedule_off():
    stream = Stream(steps_per_task=2)
    tasks, boundaries = lived(stream, 20, options={"task": 2, "split": "test", "drift": 0.5})
    assert tasks == [2] * 20
    assert boundaries == []
    assert (stream.task, stream.split, stream.drift) == (2, "test", 0.5)
    stream.reset(options={"split": "train"})
    assert (stream.task, stream.split, stream.drift) == (2, "train", 0.0)
    with pytest.raises(UnknownName, match="reset option 'tsk' does not exist. Did you mean task?"):
        stream.reset(options={"tsk": 1})
    with pytest.raises(OptionError, match="from 0 to 2, got 3"):
        stream.reset(options={"task": 3})


def test_reset_and_step_have_the_same_info():
    stream = Stream()
    _, first = stream.reset()
    *_, later = stream.step(0)
    assert first.keys() == later.keys() == {"task", "boundary", "score", "goal"}
    assert stream.info(score=np.float32(2), goal=3, target=1) == {
        "task": 0, "boundary": False, "score": 2.0, "goal": 3, "target": 1,
    }  # fmt: skip


def test_records_of_every_schema_are_copies():
    stream = Stream()
    assert stream.schema is TRANSITION
    obs, act, end = {"a": np.zeros((2, 3)), "b": np.ones(2)}, np.array([1, 0]), np.array([True, False])
    made = stream.record(obs, act, (1.5, 2), obs, end, ~end, {})
    assert set(made) == {"obs/a", "obs/b", "act", "rew", "terminated", "truncated", "obs_next/a", "obs_next/b"}
    assert (made["rew"].dtype, made["rew"].tolist()) == (np.float32, [1.5, 2.0])
    for field, values in made.items():
        assert not any(np.shares_memory(values, given) for given in (obs["a"], obs["b"], act, end)), field
    x, target, mask = np.zeros((2, 3)), np.array([4, 5]), np.ones((2, 3), bool)
    stream.schema = SAMPLE
    assert stream.record(x, act, 0.0, x, end, end, {"target": target})["y"].tolist() == [4, 5]
    stream.schema = TEXT
    assert set(stream.record(x, act, 0.0, x, end, end, {"target": target, "mask": mask})) == {"x", "y", "mask"}
    stream.schema = QUERY
    asked = stream.record(x, np.array([[7], [8], [9]]), 0.0, x, end, end, {"answer": target, "cost": np.ones(2)})
    assert asked["x"].tolist() == [[7], [8]]  # the third was not answered
