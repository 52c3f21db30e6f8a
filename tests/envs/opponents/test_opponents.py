import gymnasium as gym
import numpy as np
import pettingzoo
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Discrete

import recollect
from recollect.envs.opponents.tag import MOVES
from recollect.errors import OptionError, StreamError, UnknownName
from recollect.testing import register_toys

register_toys()
STREAM, TAG = "recollect/Opponents-v0", "recollect.envs.opponents.tag"


class Script(pettingzoo.ParallelEnv):
    """Three seats that end as they are told, {seat: {step: "terminated" or "truncated"}}; the reward is the step."""

    metadata = {"name": "script_v0"}

    def __init__(self, ends=None, silent=(), missing=()):
        self.possible_agents, self.ends, self.silent, self.missing = ["a", "b", "c"], ends or {}, silent, missing
        self.spaces = Box(0, 99, (1,), np.float32), Discrete(3)
        self.agents = []

    def observation_space(self, agent):
        return self.spaces[0]

    def action_space(self, agent):
        return self.spaces[1]

    def reset(self, seed=None, options=None):
        self.agents, self.time, self.asked = [a for a in self.possible_agents if a not in self.missing], 0, []
        return {agent: np.zeros(1, np.float32) for agent in self.agents}, {}

    def step(self, actions):
        self.asked.append(sorted(actions))
        self.time += 1
        seen = {agent: np.full(1, self.time, np.float32) for agent in self.agents if agent not in self.silent}
        how = {agent: self.ends.get(agent, {}).get(self.time, "") for agent in self.agents}
        out = [dict.fromkeys(self.agents, float(self.time))]
        out += [{agent: kind in how[agent] for agent in self.agents} for kind in ("terminated", "truncated")]
        if "left" in how.values():
            how = dict.fromkeys(self.agents, "") | {"a": "left"}
        self.agents = [agent for agent in self.agents if not how[agent]]
        return seen, *out, {agent: {} for agent in how}


def script(seat="a", **options):
    env = {name: options.pop(name) for name in ("ends", "silent", "missing") if name in options}
    stream = gym.make(STREAM, env=f"{__name__}:Script", env_options=env, seat=seat, opponents=["random"], **options)
    stream.reset(seed=0)
    return stream, stream.unwrapped


def zero(obs, rng):
    return 0


def seven(obs, rng):
    return 7


def test_each_opponent_is_a_task():
    stream = gym.make(STREAM)
    assert stream.unwrapped.tasks == ("random", "circle", "flee")
    assert stream.unwrapped.seat == "seeker"
    stream.reset(seed=0, options={"task": 1})
    tag = stream.unwrapped.env
    tag.places = np.array([[2, 2], [0, 0]])
    stream.unwrapped.seen = tag._observe()
    stream.step(0)
    assert tag.places.tolist() == [[2, 2], [0, 1]]  # circle goes north from there


def test_the_other_seat_can_be_taken():
    stream = gym.make(
        STREAM, env=f"{TAG}:parallel_env", seat="hider", opponents=[f"{TAG}:chase"], env_options={"size": 3}
    )
    obs, _ = stream.reset(seed=3)
    tag = stream.unwrapped.env
    assert obs[:2] == pytest.approx(tag.places[1] / 2)
    over = False
    while not over:
        *_, terminated, truncated, info = stream.step(0)
        over = terminated or truncated
    assert terminated
    assert info["score"] == pytest.approx(-1 + 0.01 * (tag.time - 1))


def test_opponents_that_are_out_play_no_more():
    stream, inner = script(ends={"b": {2: "terminated"}})
    for _ in range(3):
        *_, terminated, truncated, _ = stream.step(0)
        assert not terminated
        assert not truncated
    assert inner.env.asked == [["a", "b", "c"], ["a", "b", "c"], ["a", "c"]]


def test_the_episode_ends_with_the_seat():
    stream, inner = script(ends={"a": {2: "terminated"}})
    stream.step(0)
    obs, rew, terminated, truncated, info = stream.step(0)
    assert (obs.tolist(), rew, terminated, truncated, info["score"]) == ([2.0], 2.0, True, False, 3.0)
    assert inner.env.agents == ["b", "c"]


def test_all_are_truncated_at_once():
    stream, inner = script(ends={agent: {1: "truncated"} for agent in "abc"})
    obs, _, terminated, truncated, _ = stream.step(0)
    assert (obs.tolist(), terminated, truncated) == ([1.0], False, True)
    assert inner.env.agents == []


def test_a_seat_may_see_nothing_more_once_it_is_terminated():
    stream, _ = script(ends={"a": {1: "terminated"}}, silent=("a",))
    obs, _, terminated, _, _ = stream.step(0)
    assert (obs.tolist(), terminated) == ([0.0], True)


def test_games_that_break_their_contract_are_told():
    for options, said in (
        ({"ends": {"a": {1: "truncated"}}, "silent": ("a",)}, "no observation for seat 'a'"),
        ({"silent": ("a",)}, "no observation for seat 'a'"),
        ({"ends": {"a": {1: "left"}}}, "left the game without"),
    ):
        stream, _ = script(**options)
        with pytest.raises(StreamError, match=said):
            stream.step(0)
    with pytest.raises(StreamError, match="is not in the game at its start"):
        script(missing=("a",))


def test_the_horizon_and_the_boundary_truncate():
    stream, _ = script(horizon=3)
    flags = [stream.step(0)[3] for _ in range(3)]
    assert flags == [False, False, True]
    stream, _ = script(steps_per_task=2)
    assert [stream.step(0)[3] for _ in range(2)] == [False, True]
    stream, _ = script(horizon=1, ends={"a": {1: "terminated"}})
    assert stream.step(0)[2:4] == (True, False)


def test_the_seed_decides_also_how_opponents_play():
    def episode(seed):
        stream = gym.make(STREAM)
        stream.reset(seed=seed)
        return [stream.step(0)[0].tolist() for _ in range(3)]

    assert episode(4) == episode(4)
    assert episode(4) != episode(5)


def test_a_frozen_run_is_an_opponent(tmp_path):
    hider = {"seat": "hider", "opponents": ["random"]}
    stream = gym.make(STREAM, **hider)
    agent = recollect.make_agent("toy-q", stream, replay="fifo", capacity=50, seed=0)
    recollect.run(stream, agent, steps_per_task=30, evaluate_episodes=1, directory=tmp_path / "hider")
    run = {"entry_point": "recollect:load", "kwargs": {"directory": str(tmp_path / "hider")}}
    facing = gym.make(STREAM, opponents=["random", run])
    assert gym.make(EnvSpec.from_json(facing.spec.to_json())).unwrapped.tasks == facing.unwrapped.tasks
    facing.reset(seed=0, options={"task": 1})
    tag = facing.unwrapped.env
    before = tag._observe()["hider"]
    expected = int(agent.act(before[None], task=None)[0])
    places = tag.places.copy()
    facing.step(0)
    assert tag.places[1].tolist() == np.clip(places[1] + MOVES[expected], 0, 4).tolist()
    learner = recollect.make_agent("toy-q", facing, replay="fifo", capacity=50, seed=0)
    history = recollect.run(facing, learner, steps_per_task=10, evaluate_episodes=1, directory=tmp_path / "seeker")
    assert recollect.resume(tmp_path / "seeker").scores["return"].tolist() == history.scores["return"].tolist()
    assert recollect.load(tmp_path / "seeker").updates == learner.updates
    wrong = gym.make(STREAM, env=f"{__name__}:Script", opponents=[run])
    with pytest.raises(StreamError, match="was trained for the observation_space"):
        wrong.reset(seed=0)


def test_bad_inputs():
    good = {"env": f"{TAG}:parallel_env", "opponents": ["random"]}
    for changed, error, said in (
        ({"opponents": []}, OptionError, "at least one opponent"),
        ({"opponents": "random"}, OptionError, "at least one opponent"),
        ({"opponents": ["flee"]}, OptionError, "an opponent is 'random'"),
        ({"seat": "keeper"}, UnknownName, "Did you mean seeker"),
        ({"names": ["a", "b"]}, OptionError, "1 different names"),
        ({"horizon": 0}, OptionError, "horizon must be"),
        ({"env": 3}, OptionError, "env is 'module:function'"),
        ({"env": "nowhere:f"}, StreamError, "the environment 'nowhere:f' cannot be found"),
        ({"env": f"{TAG}:flee"}, StreamError, "cannot be made"),
        ({"env_options": {"speed": 2}}, StreamError, "unexpected keyword argument 'speed'"),
        ({"env": "builtins:dict"}, StreamError, "aec_to_parallel"),
        ({"env": "nowhere/game-v0"}, StreamError, "'nowhere/game-v0' cannot be made"),
    ):
        with pytest.raises(error, match=said):
            gym.make(STREAM, **good | changed)
    stream = gym.make(STREAM, **good | {"opponents": [f"{__name__}:seven"]})
    stream.reset(seed=0)
    with pytest.raises(StreamError, match="'seven' plays 7, which is not in Discrete"):
        stream.step(0)
    lost = gym.make(STREAM, **good | {"opponents": ["nowhere:f"]})
    with pytest.raises(StreamError, match="'nowhere:f' cannot be found"):
        lost.reset(seed=0)


def test_a_game_of_pettingzoos_registry():
    pettingzoo.register("parallel", "lab/Tag-v0", entry_point=f"{TAG}:parallel_env")
    stream = gym.make(STREAM, env="lab/Tag-v0", opponents=["random", "random"], names=None)
    assert stream.unwrapped.tasks == ("random", "random #2")
    assert stream.reset(seed=0)[0].shape == (5,)
    del pettingzoo.parallel_registry["lab/Tag-v0"]
