import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete

from recollect.envs.offline.logged import LoggedTasks, Share, form, share_of
from recollect.errors import DataError, StreamError
from recollect.logs.reading import open_dataset


def test_rows_are_read_once_only_and_for_two_tasks(log, monkeypatch):
    rows = log("lab/two-v0")
    dataset = open_dataset("lab/two-v0")
    tasks = LoggedTasks([share_of(dataset, place, "", False) for place in (0, 1, 0)])
    first = tasks.rows(0)
    assert np.array_equal(first["obs"], rows["obs"][:30])
    assert "task" not in first
    assert tasks.rows(0)["obs"] is first["obs"]
    assert np.array_equal(tasks.rows(1)["obs"], rows["obs"][30:])
    tasks.rows(2)
    assert set(tasks.held) == {1, 2}
    assert tasks.rows(0)["obs"] is not first["obs"]


def test_rows_cannot_be_written_on(log):
    log("lab/two-v0")
    rows = LoggedTasks([Share(open_dataset("lab/two-v0"))]).rows(0)
    with pytest.raises(ValueError, match="read-only"):
        rows["rew"][0] = 1


def test_shares_are_found_by_place_or_name(log):
    log("lab/two-v0")
    dataset = open_dataset("lab/two-v0")
    assert share_of(dataset, 1, "x", False).episodes == (1,)
    dataset.storage.update_episode_metadata([{"task_id": "heavy"}, {"task_id": "light"}])
    assert share_of(dataset, 0, "light", False).episodes == (1,)
    with pytest.raises(DataError, match="task_id is 0 or 'strong'; it has heavy, light"):
        share_of(dataset, 0, "strong", True)


def test_a_dataset_without_task_ids_is_one_tasks(log):
    log("lab/plain-v0", tagged=False)
    dataset = open_dataset("lab/plain-v0")
    assert share_of(dataset, 5, "", True).episodes is None
    with pytest.raises(DataError, match="it has no task_id"):
        share_of(dataset, 0, "", False)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Box(-1, 1, (2,)), Box(-5, 5, (2,)), True),
        (Box(-1, 1, (2,)), Box(-1, 1, (3,)), False),
        (Box(-1, 1, (2,)), Box(-1, 1, (2,), np.float64), False),
        (Discrete(2), Discrete(3), False),
        (MultiDiscrete([2, 3]), MultiDiscrete([3, 2]), False),
        (MultiBinary(3), Box(0, 1, (3,), np.int8), False),
        (Dict(a=Discrete(2)), Dict(a=Discrete(2)), True),
        (Dict(a=Discrete(2)), Dict(b=Discrete(2)), False),
    ],
)
def test_forms_of_spaces(one, other, same):
    assert (form(one) == form(other)) is same


def test_other_spaces_are_refused(log, pendulums):
    log("lab/two-v0")
    tasks = LoggedTasks([Share(open_dataset("lab/two-v0"))])
    tasks.check_spaces(["a"], pendulums.observation_space, pendulums.action_space)
    with pytest.raises(StreamError, match="'lab/two-v0', task 'a', has the action space Box.* has Discrete"):
        tasks.check_spaces(["a"], pendulums.observation_space, Discrete(2))
