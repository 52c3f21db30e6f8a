import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.images.guises import Guises
from recollect.envs.samples import SCENARIOS
from recollect.errors import OptionError


class Brighter(Guises):
    """Task k adds k to every pixel."""

    def __init__(self, source, tasks, **options):
        self.tasks = tuple(f"+{task}" for task in range(tasks))
        super().__init__(source, **options)

    def look(self, x, task, drift):
        return x + np.uint8(task)


def brighter(source="mnist", tasks=3, **options):
    return Brighter(source, tasks, **options)


def test_all_classes_in_every_task_and_in_its_guise():
    stream = brighter()
    assert stream.tasks == ("+0", "+1", "+2")
    assert stream.scenario == "domain"
    first = stream.data(0)
    for task in range(3):
        rows = stream.data(task)
        assert np.array_equal(rows["x"], first["x"] + np.uint8(task))
        assert np.array_equal(rows["y"], first["y"])
        assert np.array_equal(stream.data(task, "test")["x"], stream.data(0, "test")["x"] + np.uint8(task))
    assert stream.action_space.nvec.tolist() == [10] * 32


@pytest.mark.parametrize("scenario", ["class", "task"])
def test_labels_tell_the_task_too(scenario):
    stream = brighter(scenario=scenario)
    assert stream.action_space.nvec.tolist() == [30] * 32
    domain = brighter()
    for task in range(3):
        assert np.array_equal(stream.data(task)["y"], 10 * task + domain.data(task)["y"])
    logits = np.zeros((2, 30))
    logits[:, 4], logits[:, 24] = 2, 1  # 4 in the guise of task 0, 4 in that of task 2
    rows = {"y": np.array([24, 4]), "task": np.array([2, 0])}
    right = stream.measure(rows, {"y": logits.argmax(1), "logits": logits})["accuracy"].tolist()
    assert right == ([0, 1] if scenario == "class" else [1, 1])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenarios_conform(scenario, conform):
    conform(brighter(scenario=scenario, batch_size=8))


def test_batches_show_the_guise_of_their_task():
    stream = brighter(batch_size=200)
    shown, _ = stream.reset(seed=0, options={"task": 2})
    plain, _ = stream.reset(seed=0, options={"task": 0})
    assert np.array_equal(shown, plain + np.uint8(2))


def test_tasks_share_the_set():
    stream = brighter(tasks=20)
    assert len({id(rows) for rows in stream.division.rows["train"]}) == 1
    assert np.shares_memory(stream.division.x["train"], brighter().division.x["train"])
    kept = stream.data(4)
    kept["x"][...] = 0
    assert stream.data(4)["x"].any()  # the answer that is kept is handed out as a copy


def test_fewer_rows_of_every_task():
    stream = brighter(rows_per_task=30, split_seed=5)
    chosen = [stream.division.rows["train"][task].tolist() for task in range(3)]
    assert [len(set(rows)) for rows in chosen] == [30] * 3
    assert len({tuple(rows) for rows in chosen}) == 3
    assert chosen[1] == brighter(rows_per_task=30, split_seed=5).division.rows["train"][1].tolist()
    assert chosen[1] != brighter(rows_per_task=30, split_seed=6).division.rows["train"][1].tolist()
    assert len(stream.data(0, "test")["y"]) == 20
    for wrong in (0, 201, True, 2.5):
        with pytest.raises(OptionError, match="rows_per_task must be a whole number from 1 to 200"):
            brighter(rows_per_task=wrong)


def test_digits_are_tested_on_the_rows_of_split_digits():
    mine, other = brighter("digits", 1), gym.make("recollect/SplitDigits-v0").unwrapped
    theirs = np.concatenate([other.data(task, "test")["x"] for task in range(5)])
    tested = mine.data(0, "test")["x"].reshape(-1, 64)
    assert sorted(map(tuple, tested)) == sorted(map(tuple, theirs))
