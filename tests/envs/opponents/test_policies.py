import numpy as np
import pytest
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary

import recollect
from recollect.envs.opponents.policies import check_opponent, resolve, title
from recollect.errors import CheckpointError, OptionError, StreamError, UnknownName

OBS, ACT = Box(0, 1, (5,), np.float32), Discrete(5)
TAG = "recollect.envs.opponents.tag"


def rng(seed=0):
    return np.random.default_rng(seed)


def test_random_draws_by_the_generator_it_is_given():
    policy, obs = resolve("random", OBS, ACT), OBS.sample()
    generator = rng()
    drawn = [policy(obs, generator) for _ in range(50)]
    assert set(drawn) == set(range(5))
    again = rng()
    assert drawn == [policy(obs, again) for _ in range(50)]


def test_random_keeps_to_the_actions_that_are_allowed():
    space = Dict(observation=OBS, action_mask=MultiBinary(5))
    policy, generator = resolve("random", space, ACT), rng()
    obs = {"observation": OBS.sample(), "action_mask": np.array([0, 1, 0, 0, 1], np.int8)}
    assert {policy(obs, generator) for _ in range(30)} == {1, 4}


def test_functions_are_policies():
    assert resolve(f"{TAG}:circle", OBS, ACT)(np.zeros(5), rng()) == 1


def test_entry_points_are_called():
    target = f"{__name__}:constant"
    assert resolve({"entry_point": target}, OBS, ACT)(None, None) == 0
    assert resolve({"entry_point": target, "kwargs": {"action": 3}}, OBS, ACT)(None, None) == 3


def constant(action=0):
    return lambda obs, rng: action


@pytest.mark.parametrize(
    ("opponent", "said"),
    [
        ("nowhere.at_all:f", "'nowhere.at_all:f' cannot be found"),
        (f"{TAG}:fly", "has no attribute 'fly'"),
        (f"{TAG}:HIDER", "'HIDER' is a str: policy"),
        ({"entry_point": f"{TAG}:parallel_env", "kwargs": {"speed": 3}}, "'parallel_env 3' cannot be made"),
        ({"entry_point": f"{TAG}:parallel_env"}, "is a Tag: policy"),
    ],
)
def test_what_is_no_policy_is_refused(opponent, said):
    with pytest.raises(StreamError, match=said):
        resolve(opponent, OBS, ACT)


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(CheckpointError, match="not the folder of a run"):
        resolve({"entry_point": "recollect:load", "kwargs": {"directory": str(tmp_path)}}, OBS, ACT)


FORMLESS = ["flee", "a:b:c", 3, None, {}, {"entry_point": "x"}, {"entry_point": "a:b", "kwargs": 1}]


@pytest.mark.parametrize("opponent", FORMLESS)
def test_forms_that_are_none(opponent):
    with pytest.raises(OptionError, match="an opponent is 'random'"):
        check_opponent(opponent)
    with pytest.raises(UnknownName, match="entry_point"):
        check_opponent({"entry_pont": "a:b"})


def test_titles():
    run = {"entry_point": "recollect:load", "kwargs": {"directory": "runs/a"}, "task": 1}
    check_opponent(run)
    assert [title(one) for one in ("random", f"{TAG}:flee", run)] == ["random", "flee", "load runs/a"]


class Told(recollect.Agent):
    """Keeps what it is told, and draws by its own generator."""

    def act(self, obs, *, task=None, explore=False):
        self.told = (obs.shape, task, explore)
        return self.rng.integers(5, size=len(obs))


def itself():
    return itself.agent


def test_agents_do_not_explore_and_draw_by_the_generator():
    agent = Told(type("S", (), {"observation_space": OBS, "action_space": ACT})(), recollect.make_replay("none", 1))
    itself.agent = agent
    plain, told = (resolve({"entry_point": f"{__name__}:itself"} | more, OBS, ACT) for more in ({}, {"task": 2}))
    first = [plain(OBS.sample(), generator) for generator in [rng(4)] for _ in range(9)]
    assert agent.told == ((1, 5), None, False)
    assert first == [plain(OBS.sample(), generator) for generator in [rng(4)] for _ in range(9)]
    told(OBS.sample(), rng())
    assert agent.told[1].tolist() == [2]
    with pytest.raises(StreamError, match="trained for the action_space Discrete.5., its seat has Discrete.4."):
        resolve({"entry_point": f"{__name__}:itself"}, OBS, Discrete(4))
