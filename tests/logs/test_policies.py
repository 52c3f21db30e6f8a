import gymnasium as gym
import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiDiscrete

from recollect.errors import OptionError
from recollect.logs.policies import NoisyPolicy, random_policy


class Constant:
    """Always the same action; remembers what it was told."""

    def __init__(self, act):
        self.value = act

    def act(self, obs, *, task=None, explore=False):
        self.told = (obs, task, explore)
        return np.array([self.value])


def drawn(space, act, noise, count=2000, seed=0):
    policy = NoisyPolicy(Constant(act), space, noise, seed)
    return np.array([policy(np.zeros(3)) for _ in range(count)])


def test_a_random_policy_leaves_the_space_alone():
    space = Discrete(1000)
    space.seed(5)
    expected = space.sample()
    space.seed(5)
    policy = random_policy(space, 0)
    assert len({policy(None) for _ in range(20)}) > 10
    assert space.sample() == expected


def test_the_agent_is_asked_not_to_explore_and_told_the_task():
    agent = Constant(1)
    policy = NoisyPolicy(agent, Discrete(3), 0.0, 0)
    policy.task = np.array([4])
    assert policy(np.array([1.0, 2.0])) == 1
    obs, task, explore = agent.told
    assert (obs.tolist(), task.tolist(), explore) == ([[1.0, 2.0]], [4], False)


def test_the_noise_of_a_box_is_a_share_of_half_its_range():
    acts = drawn(Box(np.array([-1.0, 0.0]), np.array([1.0, 10.0]), dtype=np.float64), np.array([0.0, 5.0]), 0.1)
    assert acts.mean(0) == pytest.approx([0, 5], abs=0.05)
    assert acts.std(0) == pytest.approx([0.1, 0.5], rel=0.05)


def test_noisy_actions_stay_inside_and_keep_their_dtype():
    space = Box(-2, 2, (1,), np.float32)
    acts = drawn(space, np.array([1.9], np.float32), 0.5)
    assert acts.dtype == np.float32
    assert acts.max() == 2
    assert (acts >= -2).all()
    assert np.array_equal(acts, drawn(space, np.array([1.9], np.float32), 0.5))
    assert not np.array_equal(acts, drawn(space, np.array([1.9], np.float32), 0.5, seed=1))


def test_discrete_actions_are_random_by_chance():
    acts = drawn(Discrete(4), 2, 0.4)
    assert np.mean(acts == 2) == pytest.approx(0.6 + 0.4 / 4, abs=0.03)
    assert set(drawn(Discrete(4), 2, 0.0)) == {2}
    assert len(np.unique(drawn(MultiDiscrete([3, 3]), np.array([0, 0]), 0.5), axis=0)) == 9


@pytest.mark.parametrize(
    ("space", "noise", "said"),
    [
        (Discrete(2), -0.1, "at least 0"),
        (Discrete(2), float("nan"), "at least 0"),
        (Discrete(2), True, "at least 0"),
        (Discrete(2), 1.5, "at most 1"),
        (Box(-np.inf, np.inf, (1,)), 0.1, "no noise for actions"),
        (Dict(a=Discrete(2)), 0.1, "no noise for actions"),
    ],
)
def test_bad_noise_is_refused(space, noise, said):
    with pytest.raises(OptionError, match=said):
        NoisyPolicy(Constant(0), space, noise, 0)


def test_any_actions_go_without_noise():
    space = Dict(a=Discrete(2))
    policy = NoisyPolicy(type("Two", (), {"act": lambda *_, **__: {"a": np.array([1])}})(), space, 0.0, 0)
    assert policy(gym.spaces.Box(0, 1, (1,)).sample()) == {"a": 1}
