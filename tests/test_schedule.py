"""Schedules: checked, walked, drawn from, and gone back to."""

import json

import numpy as np
import pytest

from recollect.errors import OptionError, UnknownName
from recollect.schedule import Walk, command, normalise

EVERY = [None, "sequential", [2, 0], "cyclic", "shuffled", {"kind": "blurred", "width": 0.25}, "drifting"]


@pytest.mark.parametrize("schedule", EVERY)
def test_the_normal_form_is_json_and_its_own_normal_form(schedule):
    full = normalise(schedule, 3)
    assert json.loads(json.dumps(full)) == full
    assert normalise(full, 3) == full


def test_the_defaults():
    assert normalise(None, 2) == {"kind": "sequential", "order": [0, 1]}
    assert normalise((1, 0), 2) == normalise(np.array([1, 0]), 2) == {"kind": "sequential", "order": [1, 0]}
    assert normalise({"order": [1]}, 2) == {"kind": "sequential", "order": [1]}
    assert normalise("cyclic", 2) == {"kind": "cyclic", "cycles": 2, "order": [0, 1]}
    assert normalise("shuffled", 2)["cycles"] == 1
    assert normalise("blurred", 2)["width"] == 0.5
    assert type(normalise(np.array([1, 0]), 2)["order"][0]) is int


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ("cylic", "schedule 'cylic' does not exist. Did you mean cyclic?"),
        ({"kind": ["cyclic"]}, "schedule .* does not exist"),
        ({"kind": "cyclic", "cycle": 2}, "option of schedule 'cyclic': 'cycle' does not exist. Did you mean cycles?"),
        ({"kind": "sequential", "width": 0.5}, "'width' does not exist. There are: order."),
        ({"kind": "drifting", "order": [1, 0]}, "option of schedule 'drifting': 'order'"),
        ({"kind": "cyclic", 3: 4}, "option of schedule 'cyclic': '3'"),
    ],
)
def test_unknown_kinds_and_options(schedule, message):
    with pytest.raises(UnknownName, match=message):
        normalise(schedule, 3)


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ([0, 3], "names task 3, but the stream has tasks 0 to 2"),
        ([-1], "names task -1"),
        ([0.5, 1], "names task 0.5"),
        ([True, 0], "names task True"),
        (["a"], "names task 'a'"),
        ([], r"a list of tasks or a dictionary with a kind, got \[\]"),
        (5, "a list of tasks or a dictionary with a kind, got 5"),
        ({"kind": "cyclic", "order": "01"}, "got '01'"),
        ({"kind": "cyclic", "cycles": 0}, "cycles must be a whole number of at least 1, got 0"),
        ({"kind": "cyclic", "cycles": 1.5}, "got 1.5"),
        ({"kind": "shuffled", "cycles": True}, "got True"),
        ({"kind": "blurred", "width": 0}, r"width must lie in \(0, 1\].*got 0"),
        ({"kind": "blurred", "width": 2}, "got 2"),
        ({"kind": "blurred", "width": True}, "got True"),
        ({"kind": "blurred", "width": float("nan")}, "got nan"),
    ],
)
def test_options_out_of_range(schedule, message):
    with pytest.raises(OptionError, match=message):
        normalise(schedule, 3)


@pytest.mark.parametrize("budget", [0, -1, 2.5, 2.0, True, "3", None, [1, 2], [1, 2, 0], [1, 2, 3.0], [1, 2, True]])
def test_budgets_are_whole_numbers(budget):
    with pytest.raises(OptionError, match="whole number of at least 1, or 3 of them, got"):
        Walk("sequential", 3, budget)


def walked(walk):
    """The task and the drift of every step."""
    drawn = []
    while not walk.over:
        drawn.append(walk.draw())
        if walk.advance():
            walk.next()
    return drawn


def test_budgets_follow_the_tasks_not_the_positions():
    walk = Walk([1, 0, 1], 2, [1, 3])
    assert walk.budgets == [3, 1, 3]
    assert [task for task, _ in walked(walk)] == [1, 1, 1, 0, 1, 1, 1]
    assert Walk(None, 2, np.array([1, 3])).budgets == [1, 3]
    assert Walk(None, 2, np.int64(4)).budgets == [4, 4]


def test_cyclic_and_shuffled():
    assert Walk({"kind": "cyclic", "cycles": 3, "order": [1, 0]}, 2, 1).order == [1, 0] * 3
    assert Walk("shuffled", 50, 1, seed=1).order != list(range(50))
    order = Walk({"kind": "shuffled", "cycles": 2}, 50, 1, seed=1).order
    assert sorted(order[:50]) == sorted(order[50:]) == list(range(50))
    assert order[:50] != order[50:]
    assert order == Walk({"kind": "shuffled", "cycles": 2}, 50, 1, seed=1).order
    assert order != Walk({"kind": "shuffled", "cycles": 2}, 50, 1, seed=2).order


def test_counting():
    walk = Walk(None, 2, 5)
    assert (walk.left, walk.advance(3), walk.left, walk.task) == (5, False, 2, 0)
    assert walk.advance(3) is True  # a vector step may overshoot
    assert walk.left <= 0
    assert walk.task == 0
    walk.next()
    assert (walk.left, walk.task, walk.over) == (5, 1, False)
    assert walk.advance(5)
    walk.next()
    assert (walk.over, walk.left, walk.task, walk.draw()) == (True, 0, 1, (1, 0.0))
    assert walk.advance() is False


@pytest.mark.parametrize(
    ("position", "used", "neighbour", "chance"),
    [
        (0, 0, 1, 0.0),  # nothing lies before the first task
        (0, 80, 1, 0.0),  # width 0.4: the mixture starts at 1 - 0.2
        (0, 85, 1, 0.125),  # (0.85 - 0.8) / 0.4
        (0, 95, 1, 0.375),
        (1, 0, 0, 0.5),  # half and half at the boundary
        (1, 10, 0, 0.25),  # 0.5 - 0.1 / 0.4
        (1, 20, 0, 0.0),
        (1, 50, 2, 0.0),
        (1, 90, 2, 0.25),
        (2, 5, 1, 0.375),
        (2, 95, 1, 0.0),  # nothing lies after the last task
    ],
)
def test_how_often_blurred_draws_the_neighbour(position, used, neighbour, chance):
    walk = Walk({"kind": "blurred", "width": 0.4}, 3, 100, seed=7)
    walk.position, walk.used, n = position, used, 4000
    drawn = np.array([walk.draw()[0] for _ in range(n)])
    assert set(drawn) <= {position, neighbour}
    deviation = np.sqrt(chance * (1 - chance) / n)
    assert abs((drawn == neighbour).mean() - chance) <= 4 * deviation  # exact where the chance is 0
    assert walk.draw()[1] == 0.0


def test_blurred_draws_the_neighbour_in_the_schedule_not_in_the_stream():
    walk = Walk({"kind": "blurred", "width": 1.0, "order": [2, 0]}, 3, 10)
    walk.used = 9
    assert {walk.draw()[0] for _ in range(100)} == {2, 0}


def test_drifting_goes_towards_the_next_task_and_stays_at_the_last():
    drawn = walked(Walk("drifting", 2, 4))
    assert drawn == [(0, 0.0), (0, 0.25), (0, 0.5), (0, 0.75), (1, 0.0), (1, 0.0), (1, 0.0), (1, 0.0)]


@pytest.mark.parametrize("schedule", ["shuffled", {"kind": "blurred", "width": 1.0}])
def test_the_state_goes_round(schedule):
    walk = Walk(schedule, 3, 20, seed=3)
    for _ in range(25):
        walk.draw()
        if walk.advance():
            walk.next()
    state = json.loads(json.dumps(walk.state_dict()))
    rest = walked(walk)
    other = Walk(schedule, 3, 20, seed=99)
    other.load_state_dict(state)
    assert (other.position, other.used) == (1, 5)
    assert walked(other) == rest
    assert len(rest) == 35


def test_commands():
    assert command({}, 2, 3) == (2, "train", 0.0)
    assert command({"task": np.int64(1), "split": "test", "drift": np.float32(0.5)}, 2, 3) == (1, "test", 0.5)
    with pytest.raises(UnknownName, match="reset option 'tsak' does not exist. Did you mean task?"):
        command({"tsak": 1}, 0, 3)
    for wrong in (3, -1, True, 1.0, "1"):
        with pytest.raises(OptionError, match="task must be a whole number from 0 to 2"):
            command({"task": wrong}, 0, 3)
    for wrong in ({"split": "valid"}, {"drift": 1.5}, {"drift": -0.1}, {"drift": float("nan")}, {"drift": "much"}):
        with pytest.raises(OptionError, match="split is train or test, drift lies in"):
            command(wrong, 0, 3)
