import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete

from recollect.envs.vetting import flaw_of, number
from recollect.errors import StreamError

FLAT, PIXELS = Box(-1, 1, (3,), np.float32), Box(0, 255, (2, 2), np.uint8)


@pytest.mark.parametrize(
    ("space", "obs", "said"),
    [
        (FLAT, np.array([0, np.inf, 9], np.float32), ""),  # bounds are the environment's business
        (FLAT, np.array([1e30, -1e30, 0], np.float32), ""),
        (FLAT, np.array([np.inf, -np.inf, 0], np.float32), ""),
        (FLAT, np.array([0, np.nan, 0], np.float32), "has NaN at [[1]]: correct"),
        (FLAT, np.zeros(3), "is float64 (3,), expected float32 (3,), as its observation_space says: correct"),
        (FLAT, np.zeros((3, 1), np.float32), "is float32 (3, 1), expected"),
        (FLAT, [0.0, 0.0, 0.0], "is a list, expected"),
        (FLAT, np.zeros(3, np.float32).view(np.matrix).A1, ""),
        (PIXELS, np.zeros((2, 2), np.uint8), ""),
        (PIXELS, np.zeros((2, 2), np.int64), "is int64 (2, 2), expected uint8 (2, 2)"),
        (Discrete(3), 2, ""),
        (Discrete(3), 3, "is 3, which is not in Discrete(3)"),
        (Dict({"a": FLAT, "b": Discrete(2)}), {"a": np.zeros(3, np.float32), "b": 1}, ""),
        (Dict({"a": FLAT}), {"a": np.full(3, np.nan, np.float32)}, "at 'a' has NaN at [[0], [1], [2]]"),
        (Dict({"a": FLAT}), {"b": 1}, "is ['b'], expected a dictionary of ['a']"),
        (Dict({"a": FLAT}), 3, "is a int, expected a dictionary"),
    ],
)
def test_flaws(space, obs, said):
    found = flaw_of(space)(obs)
    assert found.startswith(said)
    assert bool(found) == bool(said)


@pytest.mark.parametrize("rew", [1, 1.0, np.float32(1), np.float64(1), np.int64(1), True, np.True_])
def test_numbers(rew):
    value = number(rew, lambda: "")
    assert (value, type(value)) == (1.0, float)


@pytest.mark.parametrize(
    ("rew", "said"), [(np.nan, "is NaN"), (np.float32("nan"), "is NaN"), (None, "is None"), (np.ones(1), r"is \[1.\]")]
)
def test_no_numbers(rew, said):
    with pytest.raises(StreamError, match=rf"the reward of 'a' .*{said}"):
        number(rew, lambda: "of 'a'")
