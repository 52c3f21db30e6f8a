"""Toy strategies, by hand."""

import numpy as np
import pytest

from recollect.errors import DataError, OptionError
from recollect.testing.toy_replays import ToyGaussian, ToyNearest, ToySelector, check_count


def points(*values):
    return {"x": np.array([[v] for v in values], np.float32), "y": np.arange(len(values))}


def test_nearest_rows_to_several_questions_take_turns():
    replay = ToyNearest(10)
    replay.add(points(0, 10, 20, 30))
    assert replay.sample(2, like={"x": np.array([[29.0]], np.float32)})["x"].tolist() == [[30], [20]]
    both = replay.sample(3, like={"x": np.array([[1.0], [29.0]], np.float32), "z": np.zeros(2)})
    assert both["x"][:2].tolist() == [[0], [30]]
    assert both["index"][:2].tolist() == [0, 3]
    assert len(set(both["index"].tolist())) == 3


def test_the_newest_rows_stay():
    replay = ToyNearest(3)
    replay.add(points(1, 2))
    replay.add(points(3, 4))
    assert replay.rows["x"].tolist() == [[2], [3], [4]]
    with pytest.raises(DataError, match="rows changed"):
        replay.add({"x": np.zeros((1, 2), np.float32), "y": np.zeros(1, int)})
    assert len(replay) == 3


def test_generated_rows_have_the_moments_of_the_stored():
    replay = ToyGaussian(2000, seed=0)
    rng = np.random.default_rng(1)
    x = (rng.standard_normal((2000, 2)) * [1, 3] + [5, -2]).astype(np.float32)
    replay.add({"x": x, "y": np.arange(2000) % 2, "task": np.zeros(2000, int), "step": np.arange(2000)})
    assert replay.sample(5) == {}
    assert replay.update()["spread"] == pytest.approx(2, abs=0.1)
    rows = replay.sample(4000)
    np.testing.assert_allclose(rows["x"].mean(0), x.mean(0), atol=0.15)
    np.testing.assert_allclose(rows["x"].std(0), x.std(0), rtol=0.05)
    assert {field: set(rows[field]) for field in ("index", "task", "step", "y")} == {
        "index": {-1}, "task": {-1}, "step": {-1}, "y": {0, 1},
    }  # fmt: skip


def test_rows_without_floats_are_resampled():
    replay = ToyGaussian(5)
    replay.add({"y": np.array([3, 4])})
    replay.update()
    assert set(replay.sample(20)["y"]) == {3, 4}


class Adviser:
    """Would take action 1 in task 0 and action 0 in task 1."""

    def act_task(self, obs, task):
        return np.full(len(obs), 1 - task)


def test_the_selector_shares_its_capacity():
    replay = ToySelector(4)
    replay.bind(Adviser())
    data = {"obs": np.zeros((4, 1)), "act": np.array([0, 1, 1, 1]), "rew": np.array([9.0, 1.0, 3.0, 2.0])}
    replay.add(data)
    assert len(replay) == 0
    replay.end_task(0, data)
    assert [rows["rew"].tolist() for rows in replay.kept] == [[3, 2, 1, 9]]
    replay.end_task(1, data)
    assert [rows["rew"].tolist() for rows in replay.kept] == [[3, 2], [9, 3]]
    assert sorted(replay.sample(9)["task"].tolist()) == [0, 0, 1, 1]
    with pytest.raises(DataError, match="needs the logged rows of a task"):
        replay.end_task(1, None)


@pytest.mark.parametrize("wrong", [-1, 1.0, True, None])
def test_counts(wrong):
    assert check_count(np.int64(3)) == 3
    with pytest.raises(OptionError, match="n must be a whole number of at least 0"):
        check_count(wrong)
