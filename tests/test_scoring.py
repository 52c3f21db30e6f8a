"""Scores by default: episodes played, rows examined, predictions measured."""

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from recollect.core import TaskStream
from recollect.errors import StreamError
from recollect.randomness import seed_for
from recollect.schema import SAMPLE, TEXT
from recollect.scoring import CHUNK, exam, examine, measure, play


class Told(TaskStream):
    """An episode scores 10 * task + the sum of its actions; it notes how it was reset."""

    tasks = ("first", "second", "third")
    scores = {"points": "max"}
    observation_space, action_space = Box(0, 9, (1,)), Discrete(9)

    def __init__(self, ends=3, horizon=None):
        super().__init__()
        self.resets, self.ends, self.horizon = [], ends, horizon

    def reset(self, *, seed=None, options=None):
        self.choose(options)
        self.resets.append((seed, options))
        self.time, self.total = 0, 0
        return np.zeros(1), self.info(score=-1.0)

    def step(self, action):
        self.time, self.total = self.time + 1, self.total + action
        info = self.info(score=10 * self.task + self.total)
        return np.full(1, self.time), 0.0, self.time == self.ends, False, info


class Actor:
    """Always acts 2; notes what it was told."""

    def __init__(self):
        self.told = []

    def act(self, obs, *, task=None, explore=False):
        assert obs.shape == (1, 1)
        assert not explore
        self.told.append(task)
        return np.array([2])


def test_play_averages_the_last_score_of_seeded_test_episodes():
    stream, actor = Told(), Actor()
    found = play(stream, actor, [2, 0], 2, 7, True)
    assert found["points"].tolist() == [26.0, 6.0]
    assert [seed for seed, _ in stream.resets] == [seed_for(7, task, episode) for task in (2, 0) for episode in (0, 1)]
    assert stream.resets[0][1] == {"task": 2, "split": "test", "drift": 0.0}
    assert [int(task[0]) for task in actor.told] == [2] * 6 + [0] * 6


def test_play_stops_at_the_horizon_and_keeps_tasks_hidden():
    stream, actor = Told(ends=100, horizon=5), Actor()
    assert play(stream, actor, [1], None, 0, False)["points"].tolist() == [20.0]
    assert actor.told == [None] * 5


def test_play_goes_through_the_outermost_wrapper():
    stream = Told()
    stream.outermost = gym.wrappers.TransformAction(stream, lambda act: act + 1, Discrete(9))
    assert play(stream, Actor(), [0], 1, 0, True)["points"].tolist() == [9.0]


class Rows(TaskStream):
    """Rows of task t are x = 1000 t + 0, 1, 2, ...; their label is the parity of x."""

    schema, target, batched = SAMPLE, "class", True
    tasks = ("a", "b")
    scores = {"accuracy": "max"}
    counts = (300, 20)

    def data(self, task, split="train"):
        assert split == "test"
        x = 1000 * task + np.arange(self.counts[task])
        return {"x": x, "y": x % 2}


class Pupil:
    """Says 0 to everything, but in task 1, where it knows; notes what it was asked."""

    def __init__(self):
        self.asked = []

    def predict(self, rows):
        self.asked.append(rows)
        return {"y": np.where(rows["x"] >= 1000, rows["x"] % 2, 0)}


def test_examine_averages_by_task_over_batches_that_mix_them():
    stream, pupil = Rows(), Pupil()
    assert examine(stream, pupil, [1, 0], None, 3, True)["accuracy"].tolist() == [1.0, 0.5]
    assert [len(rows["x"]) for rows in pupil.asked] == [CHUNK, 320 - CHUNK]
    assert sorted(np.concatenate([rows["x"] for rows in pupil.asked])) == [*range(300), *range(1000, 1020)]
    for rows in pupil.asked:
        assert set(rows) == {"x", "task"}  # y is not shown
        np.testing.assert_array_equal(rows["task"], rows["x"] // 1000)
        assert set(rows["task"]) == {0, 1}
    hidden = Pupil()
    examine(stream, hidden, [1, 0], None, 3, False)
    assert set(hidden.asked[0]) == {"x"}


def test_a_cap_takes_a_fixed_seeded_subset_of_each_task():
    rows, owner = exam(Rows(), (0, 1), 8, 3)
    assert np.bincount(owner).tolist() == [8, 8]
    np.testing.assert_array_equal(owner, rows["x"] // 1000)
    assert len(set(rows["x"])) == 16
    again, _ = exam(Rows(), (0, 1), 8, 3)
    other, _ = exam(Rows(), (0, 1), 8, 4)
    assert again["x"].tolist() == rows["x"].tolist()
    assert set(other["x"]) != set(rows["x"])
    _, owner = exam(Rows(), (0, 1), 50, 3)
    assert np.bincount(owner).tolist() == [50, 20]


def test_the_last_exam_is_kept():
    stream = Rows()
    first, _ = exam(stream, (0, 1), 8, 3)
    stream.data = None  # not asked again
    assert exam(stream, (0, 1), 8, 3)[0] is first
    with pytest.raises(TypeError):
        exam(stream, (0, 1), 9, 3)


def test_a_task_without_test_rows_is_named():
    stream = Rows()
    stream.counts = (3, 0)
    with pytest.raises(StreamError, match=r"Rows has no test rows for task 1 \(b\)"):
        exam(stream, (0, 1), None, 0)


@pytest.mark.parametrize(
    ("scores", "predicted", "got"),
    [
        ({"accuracy": "max", "loss": "min"}, np.zeros(20), r"Rows.measure must give 'loss'.*20 rows, got only \['acc"),
        ({"accuracy": "max"}, np.zeros((20, 1)), r"Rows.measure must give 'accuracy'.*got \(20, 20\)"),
    ],
)
def test_a_measure_that_gives_something_else_is_named(scores, predicted, got):
    stream, pupil = Rows(), Pupil()
    stream.scores = scores
    pupil.predict = lambda rows: {"y": predicted}
    with pytest.raises(StreamError, match=got):
        examine(stream, pupil, [1], None, 0, True)


class Text(Rows):
    """Two texts; the second half of the second is padding."""

    schema, target, tasks = TEXT, "tokens", ("only",)
    scores = {"loss": "min", "accuracy": "max"}

    def data(self, task, split="train"):
        mask = np.array([[True, True, True, True], [True, True, False, False]])
        return {"x": np.zeros((2, 4), int), "y": np.array([[1, 2, 3, 4], [5, 6, 0, 0]]), "mask": mask}


def test_tokens_are_measured_where_they_are_not_padding():
    stream, rows = Text(), Text().data(0)
    y = np.array([[1, 2, 3, 0], [5, 0, 0, 0]])
    logp = np.array([[-1.0, -2, -3, -4], [-0.5, -1.5, -100, -100]])
    found = measure(stream, rows, {"y": y, "logp": logp})
    assert found["accuracy"].tolist() == [0.75, 0.5]
    assert found["loss"].tolist() == [2.5, 1.0]
    assert list(found) == ["loss", "accuracy"]
    empty = measure(stream, rows | {"mask": np.zeros((2, 4), bool)}, {"y": y, "logp": logp})
    assert empty["loss"].tolist() == [0, 0]


def test_tokens_are_the_only_target_whose_answers_are_shown():
    asked = []

    class Reader:
        def predict(self, rows):
            asked.append(rows)
            return {"y": rows["y"], "logp": np.full(rows["y"].shape, -0.25)}

    found = examine(Text(), Reader(), [0], None, 0, True)
    assert (found["loss"].tolist(), found["accuracy"].tolist()) == ([0.25], [1.0])
    assert set(asked[0]) == {"x", "y", "mask", "task"}


def test_classes_are_right_or_wrong():
    found = measure(Rows(), {"y": np.array([1, 0, 2])}, {"y": np.array([1, 1, 2])})
    assert found["accuracy"].tolist() == [1.0, 0.0, 1.0]


@pytest.mark.parametrize("target", ["mask", "sequence", None])
def test_other_targets_are_the_streams_own_business(target):
    stream = Rows()
    stream.target = target
    with pytest.raises(StreamError, match=f"Rows must override measure.. or score.. for target {target!r}"):
        measure(stream, {"y": np.zeros(1)}, {"y": np.zeros(1)})
