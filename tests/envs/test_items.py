import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.items import about, make_env, peel, titles
from recollect.envs.sequence import Sequence
from recollect.errors import OptionError, StreamError, UnknownName

POLES = ["CartPole-v1", {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": True}}]


class Counter(gym.Env):
    def __init__(self, low=0.0, size=1):
        self.observation_space = gym.spaces.Box(low, 100.0, (size,), np.float32)
        self.action_space = gym.spaces.Discrete(2)


def test_titles_differ():
    items = [*POLES, POLES[0], gym.spec("CartPole-v1"), Counter, lambda: 1]
    assert titles(items) == (
        "CartPole-v1", "CartPole-v1 sutton_barto_reward=True", "CartPole-v1 #2", "CartPole-v1 #3", "Counter", "env-5"
    )  # fmt: skip


def test_looks():
    found = about(POLES[1], "pole")
    assert found["limit"] == 500
    assert not found["nondeterministic"]
    assert found is about(dict(POLES[1]), "pole")  # once per process
    assert about(Counter, "counter")["limit"] is None


def test_what_gymnasium_wraps_around_an_env_is_taken_off():
    made = gym.make("CartPole-v1", disable_env_checker=True)
    env, limit = peel(made)
    assert env is made.unwrapped
    assert limit == 500
    assert peel(gym.make("CartPole-v1", max_episode_steps=7))[1] == 7
    wrapped = gym.wrappers.TransformReward(gym.make("CartPole-v1"), abs)
    assert peel(wrapped) == (wrapped, np.inf)  # what others wrapped around it stays


def test_envs_are_made_with_their_options():
    assert make_env(POLES[1], "pole", "rgb_array").unwrapped._sutton_barto_reward
    assert make_env(POLES[0], "pole", "rgb_array").render_mode == "rgb_array"


def test_bounds_may_differ_and_the_widest_are_taken():
    stream = Sequence([lambda: Counter(low=0.0), lambda: Counter(low=-3.0), Counter])
    assert stream.observation_space == gym.spaces.Box(-3.0, 100.0, (1,), np.float32)


def test_spaces_must_agree():
    with pytest.raises(StreamError, match=r"observation spaces .* 'CartPole-v1' has Box.*'Acrobot-v1' has Box"):
        Sequence(["CartPole-v1", "Acrobot-v1"])
    with pytest.raises(StreamError, match=r"action spaces .* 'MountainCar-v0' has Discrete\(3\), .* has Box"):
        Sequence(["MountainCar-v0", "MountainCarContinuous-v0"])
    with pytest.raises(StreamError, match="observation spaces"):
        Sequence([Counter, lambda: Counter(size=2)])


@pytest.mark.parametrize(
    ("error", "words", "envs", "options"),
    [
        (StreamError, "at least one environment", [], {}),
        (StreamError, "must be a list", "CartPole-v1", {}),
        (StreamError, "'CartPol-v1' cannot be made.*Did you mean: `CartPole`", ["CartPol-v1"], {}),
        (StreamError, "cannot be made.*unexpected keyword", [{"id": "CartPole-v1", "kwargs": {"g": 2}}], {}),
        (StreamError, "has no spec.*lambda", [Counter()], {}),
        (StreamError, "env-0 must make a gymnasium.Env, it made a int", [lambda: 3], {}),
        (OptionError, "got int", [3], {}),
        (OptionError, "given as a dictionary", [{"id": 3}], {}),
        (UnknownName, "Did you mean kwargs", [{"id": "CartPole-v1", "kwarg": {}}], {}),
        (UnknownName, "Did you mean success", POLES, {"score": "succes"}),
        (OptionError, "2 different names", POLES, {"names": ["one"]}),
        (OptionError, "2 different names", POLES, {"names": ["one", "one"]}),
        (OptionError, "2 different names", POLES, {"names": ["one", "two", "two"]}),
        (OptionError, "steps_per_task must be", POLES, {"steps_per_task": 0}),
    ],
)
def test_bad_input(error, words, envs, options):
    with pytest.raises(error, match=words):
        Sequence(envs, **options)
