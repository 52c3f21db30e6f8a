"""Copies, a native vector env, and a batched stream: one step of all lanes, and of some."""

import numpy as np
import pytest

from recollect.lanes import Copies, Single, Vector, collate, open_lanes
from recollect.opening import opener
from recollect.testing.toys import register_toys

register_toys()
TASK, DRIFT, TIME = 0, 1, 2  # columns of the corridor's observation
START = {"task": 1, "split": "train", "drift": 0.0}


def lanes_of(stream, count, batched=False):
    return open_lanes(opener(f"recollect/{stream}-v0"), count, batched)


def test_which_kind_fits():
    assert isinstance(lanes_of("ToyCorridor", 2), Copies)
    assert isinstance(lanes_of("ToyCorridorVector", 2), Vector)
    assert isinstance(lanes_of("ToyOracle", 1, batched=True), Single)


@pytest.mark.parametrize("stream", ["ToyCorridor", "ToyCorridorVector"])
def test_some_lanes_are_reset_and_stepped_while_the_others_rest(stream):
    lanes = lanes_of(stream, 3)
    first, info = lanes.reset([0, 2], [5, 6], [START, {"task": 0, "split": "train", "drift": 0.5}])
    assert [(obs[TASK], obs[DRIFT]) for obs in first] == [(1, 0.0), (0, 0.5)]
    assert info["task"].tolist() == [1, 0]
    assert set(info) == {"task", "boundary", "score", "goal"}
    outcome = lanes.step([0, 2], np.array([0, 1]))
    assert np.asarray(outcome.rew).tolist() == [-1.0, 0.75]  # the wrong way; the right way, shortened by the drift
    assert outcome.obs_next[:, TIME].tolist() == [1, 1]
    assert (outcome.terminated.shape, outcome.truncated.shape) == ((2,), (2,))
    assert not (outcome.terminated | outcome.truncated).any()
    np.testing.assert_array_equal(outcome.info["score"], [-1.0, 0.75])
    (late,), info = lanes.reset([1], [5], [START])
    np.testing.assert_array_equal(late, first[0])  # the same seed and options
    assert info["task"].tolist() == [1]
    outcome = lanes.step([0, 1, 2], np.array([1, 0, 1]))
    assert outcome.obs_next[:, TIME].tolist() == [2, 1, 2]
    assert outcome.info["score"].tolist() == [0.0, -1.0, 1.5]
    lanes.close()


def test_a_native_vector_env_is_told_which_lanes_to_reset():
    lanes = lanes_of("ToyCorridorVector", 3)
    told, reset = [], lanes.env.reset
    lanes.env.reset = lambda *, seed, options: (told.append((seed, options)), reset(seed=seed, options=options))[1]
    lanes.reset([2, 0], [8, 9], [START | {"drift": 0.25}, START])
    ((seed, options),) = told
    assert seed == [9, 0, 8]
    assert options["reset_mask"].tolist() == [True, False, True]
    assert options["task"].tolist() == [1, 0, 1]
    assert options["drift"].tolist() == [0.0, 0.0, 0.25]
    assert options["split"] == "train"


def test_a_batched_stream_is_one_lane():
    lanes = lanes_of("ToyOracle", 1, batched=True)
    (obs,), info = lanes.reset([0], [3], [START])
    assert obs.shape == (4, 1)
    assert info["task"] == 1
    x = np.array([[1, -1], [-1, 1], [1, 1], [-1, -1]], np.float32)
    outcome = lanes.step([0], x)
    assert outcome.info["answer"].tolist() == [0, 1, 1, 0]  # the second coordinate decides in task 1
    assert outcome.terminated.tolist() == outcome.truncated.tolist() == [False]
    assert outcome.rew == -4.0


def test_infos_are_batched():
    assert collate([{"a": 1, "b": [2, 3]}])["b"].tolist() == [[2, 3]]
    assert collate([{"a": 1}, {"a": 2}])["a"].tolist() == [1, 2]
