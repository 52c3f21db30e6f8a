import copy
from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

import recollect
from recollect.errors import DataError, OptionError, SchemaError
from recollect.replay.balanced import Balanced
from recollect.testing.comparison import difference, through_checkpoint

BY_CLASS, BY_TASK = ("balanced", "ring-by-class", "greedy-balancer"), ("balanced-by-task", "ring-by-task")


def task_of(task, count=40):
    n = np.arange(count) + 1000 * task
    return {"x": n.astype(np.float32), "y": 2 * task + n % 2}


def met(task, count=40, step=1):
    return task_of(task, count) | {"task": np.full(count, task), "step": np.full(count, step)}


def bound(capacity=12, annotate=lambda rows: rows, **options):
    memory = Balanced(capacity, filled="task-end", **options)
    memory.bind(SimpleNamespace(replay_batch=None, annotate=annotate))
    return memory


@pytest.mark.parametrize("name", [*BY_CLASS, *BY_TASK])
def test_shares_after_each_task(name):
    memory = recollect.make_replay(name, 12, seed=1)
    field, expected = ("y", [[6, 6], [3] * 4, [2] * 6]) if name in BY_CLASS else ("task", [[12], [6, 6], [4] * 3])
    for task in range(3):
        memory.add(met(task))
        assert np.bincount(memory.store.column(field)).tolist() == expected[task]


@pytest.mark.parametrize("name", [*BY_CLASS, *BY_TASK])
def test_what_is_read_is_said(name):
    assert type(recollect.make_replay(name, 12)).reads == (("y",) if name in BY_CLASS else ("task",))


def test_filled_at_task_ends_nothing_changes_before():
    memory = bound(seed=3)
    for task in range(3):
        memory.begin_task(task, task_of(task))
        before = copy.deepcopy(dict(memory.contents()))
        for _ in range(3):
            memory.add(met(task))
        assert not difference(before, dict(memory.contents()))
        memory.end_task(task, task_of(task))
        quotas = {0: [6, 6], 1: [3] * 4, 2: [2] * 6}[task]
        assert np.bincount(memory.store.column("y")).tolist() == quotas


def test_filled_at_task_ends_no_row_is_kept_twice_whatever_was_met():
    memory = bound(30)
    for _ in range(5):
        memory.add(met(0))
    memory.end_task(0, task_of(0))
    assert len(set(memory.store.column("x"))) == len(memory) == 30


def test_rows_filled_at_task_ends_have_what_the_agent_annotates_task_and_step():
    memory = bound(annotate=lambda rows: rows | {"logits": rows["x"] * 2})
    memory.add(met(4, step=9) | {"logits": np.zeros(40, np.float32)})
    memory.end_task(4, task_of(4))
    rows = memory.sample(12)
    np.testing.assert_array_equal(rows["logits"], rows["x"] * 2)
    assert set(rows["task"]) == {4}
    assert set(rows["step"]) == {9}


def test_many_rows_are_offered_in_chunks_that_make_no_difference():
    asked = []

    def annotate(rows):
        asked.append(len(rows["x"]))
        return rows

    memory, whole = bound(annotate=annotate, seed=2), Balanced(12, seed=2)
    memory.end_task(0, task_of(0, 1200))
    whole.add(met(0, 1200, step=0))
    assert asked == [500, 500, 200]
    np.testing.assert_array_equal(memory.store.column("x"), whole.store.column("x"))


def test_a_lived_task_cannot_fill_it():
    memory = bound()
    with pytest.raises(DataError, match="filled='task-end' is filled from the logged rows of each task"):
        memory.begin_task(0, None)
    recollect.make_replay("balanced", 5).begin_task(0, None)


def test_bad_filled():
    with pytest.raises(OptionError, match="option filled must be 'online' or 'task-end', got 'later'"):
        Balanced(5, filled="later")


def test_filled_at_task_ends_it_needs_tasks():
    stream = gymnasium.make("recollect/SplitDigits-v0")
    agent = recollect.make_agent("er", stream, replay="balanced", replay_options={"filled": "task-end"})
    with pytest.raises(SchemaError, match="works at task boundaries"):
        recollect.run(stream, agent, announce_tasks=False)


def test_the_memory_of_the_stability_gap():
    """The setting of De Lange et al. 2023: in the memory are only classes of tasks that have ended."""
    stream = gymnasium.make("recollect/SplitDigits-v0")
    options = {"filled": "task-end", "draw": "class-uniform"}
    agent = recollect.make_agent("er", stream, replay="balanced", capacity=50, replay_options=options, device="cpu")
    seen = []

    class Watch:
        def recollect_step_end(self, run, step):
            seen.append((run.position, sorted(set(agent.replay.store.column("y"))) if len(agent.replay) else []))

    recollect.run(stream, agent, steps_per_task=3, evaluate_rows=10, plugins=[Watch()])
    y = [sorted(set(stream.unwrapped.data(task)["y"])) for task in range(5)]
    for position, classes in seen:
        assert classes == sorted(label for labels in y[:position] for label in labels)
    assert np.bincount(agent.replay.store.column("y")).tolist() == [5] * 10


@pytest.mark.parametrize("filled", ["online", "task-end"])
def test_the_state_comes_back_through_a_checkpoint(filled):
    memories = []
    for seed in (1, 2):
        memory = Balanced(12, filled=filled, seed=seed)
        memory.bind(SimpleNamespace(replay_batch=None, annotate=lambda rows: rows))
        memories.append(memory)
    first, second = memories
    first.add(met(0, step=5))
    first.end_task(0, task_of(0))
    second.load_state_dict(through_checkpoint(first.state_dict()))
    for memory in memories:
        memory.add(met(1, step=6))
        memory.end_task(1, task_of(1))
    assert not difference(first.state_dict(), second.state_dict())
    assert first.nbytes == 12 * (4 + 8 + 8 + 8 + 8 + 16) + 4 * 8
