import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from sklearn.datasets import load_digits

import recollect
from recollect.envs.digits import SplitDigits
from recollect.errors import OptionError

ID = "recollect/SplitDigits-v0"


def test_tasks_and_rows():
    stream = SplitDigits()
    assert stream.tasks == ("0-1", "2-3", "4-5", "6-7", "8-9")
    pixels, y = load_digits(return_X_y=True)
    for task in range(5):
        learned, tested = stream.data(task), stream.data(task, "test")
        for digit in (2 * task, 2 * task + 1):
            count = (y == digit).sum()
            assert (tested["y"] == digit).sum() == round(0.2 * count)
            assert (learned["y"] == digit).sum() == count - round(0.2 * count)
        both = np.concatenate([learned["x"], tested["x"]])
        mine = pixels[np.isin(y, (2 * task, 2 * task + 1))].astype(np.float32) / 16
        assert np.array_equal(both[np.lexsort(both.T)], mine[np.lexsort(mine.T)])
    assert stream.observation_space == gym.spaces.Box(0, 1, (32, 64), np.float32)


@pytest.mark.parametrize("scenario", ["class", "domain", "task"])
def test_gymnasium_conformance(scenario, conform):
    conform(gym.make(ID, scenario=scenario, batch_size=16))


def test_domain_asks_whether_a_digit_is_odd():
    rows = SplitDigits(scenario="domain").data(3)
    assert np.array_equal(rows["y"], SplitDigits().data(3)["y"] % 2)


def test_order_and_split_seeds():
    shuffled = SplitDigits(order_seed=7)
    order = np.random.default_rng(7).permutation(10)
    assert shuffled.tasks == tuple(f"{a}-{b}" for a, b in order.reshape(5, 2))
    assert set(shuffled.data(0)["y"]) == set(order[:2])
    first, other = SplitDigits().data(0, "test")["x"], SplitDigits(split_seed=1).data(0, "test")["x"]
    assert first.shape == other.shape
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"tasks": 2, "scenario": "domain", "batch_size": 8, "steps_per_task": 4, "schedule": {"kind": "blurred"}},
        {"tasks": [[9, 1, 2], [0, 3], [4, 5, 6, 7, 8]], "scenario": "task", "steps_per_task": [3, 4, 5]},
        {"order_seed": 3, "split_seed": 2, "steps_per_task": 5, "schedule": [1, 0, 4]},
    ],
)
def test_spec_round_trip_makes_an_equal_stream(options):
    first = gym.make(ID, **options)
    again = gym.make(EnvSpec.from_json(first.spec.to_json()))
    assert first.spec == again.spec
    assert first.unwrapped.tasks == again.unwrapped.tasks
    for env in (first, again):
        env.action_space.seed(0)
    obs, info = first.reset(seed=5)
    same, its = again.reset(seed=5)
    for _ in range(12):
        assert np.array_equal(obs, same)
        assert info["task"] == its["task"]
        assert np.array_equal(info["target"], its["target"])
        obs, rew, _, truncated, info = first.step(first.action_space.sample())
        same, its_rew, _, its_truncated, its = again.step(again.action_space.sample())
        assert (rew, truncated) == (its_rew, its_truncated)
        if truncated:
            (obs, info), (same, its) = first.reset(), again.reset()


def test_streams_share_nothing():
    first, second = SplitDigits(), SplitDigits()
    before = second.data(0)["x"].copy()
    first.data(0)["x"][...] = 0
    obs, _ = first.reset(seed=0)
    obs[...] = 0
    assert np.array_equal(second.data(0)["x"], before)


def test_more_tasks_than_digits():
    with pytest.raises(OptionError, match="1 to 10, the number of classes, got 11"):
        gym.make(ID, tasks=11)


def test_importing_recollect_registers():
    assert recollect.__name__
    assert gym.spec(ID).entry_point == "recollect.envs.digits:SplitDigits"
