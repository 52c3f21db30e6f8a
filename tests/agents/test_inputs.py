import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Text

from recollect.agents.inputs import Inputs, refusal


def test_boxes_are_flattened_to_float32():
    inputs = Inputs(Box(-1, 1, (2, 3), np.float64))
    values = np.arange(12.0).reshape(2, 2, 3)
    found = inputs({"obs": values}, "obs")
    assert inputs.width == 6
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, values.reshape(2, 6))


def test_images_are_scaled():
    found = Inputs(Box(0, 255, (2, 2), np.uint8))({"obs": np.full((1, 2, 2), 51, np.uint8)}, "obs")
    np.testing.assert_allclose(found, 0.2)


def test_discrete_observations_are_one_hot_from_their_start():
    inputs = Inputs(Discrete(3, start=5))
    np.testing.assert_array_equal(inputs({"obs": np.array([5, 7])}, "obs"), [[1, 0, 0], [0, 0, 1]])


def test_leaves_stand_side_by_side_and_the_task_behind_them():
    space = Dict({"a": Box(0, 1, (2,), np.float32), "b": Dict({"c": MultiBinary(1), "d": MultiDiscrete([4])})})
    inputs = Inputs(space, tasks=3)
    rows = {
        "obs_next/a": np.float32([[1, 2], [3, 4]]),
        "obs_next/b/c": np.int8([[1], [0]]),
        "obs_next/b/d": np.array([[3], [2]]),
    }
    found = inputs(rows, "obs_next", np.array([2, -1]))
    assert inputs.width == 7
    np.testing.assert_array_equal(found, [[1, 2, 1, 3, 0, 0, 1], [3, 4, 0, 2, 0, 0, 0]])


def test_text_is_refused_with_its_place():
    assert refusal(Dict({"a": Box(0, 1, (2,)), "b": MultiBinary(2)})) is None
    assert "obs/note is Text" in refusal(Dict({"note": Text(5)}))


@pytest.mark.parametrize("space", [Box(0, 1, ()), Box(0, 1, (3,)), Discrete(4)])
def test_width_is_that_of_what_is_given(space):
    values = np.stack([np.asarray(space.sample()) for _ in range(4)])
    assert Inputs(space)({"obs": values}, "obs").shape == (4, Inputs(space).width)
