import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

from recollect.envs.sequence import Sequence
from recollect.errors import OptionError, StreamError

ID = "recollect/Sequence-v0"
POLES = ["CartPole-v1", {"id": "CartPole-v1", "kwargs": {"sutton_barto_reward": True}}]


class Counter(gym.Env):
    """Counts its steps into one array that it hands out again and again; its info differs from reset to step."""

    metadata = {"render_modes": ["rgb_array"], "render_fps": 5}
    made = 0

    def __init__(self, low=0.0, size=1, ends=100, render_mode=None):
        self.observation_space = gym.spaces.Box(low, 100.0, (size,), np.float32)
        self.action_space = gym.spaces.Discrete(2)
        self.ends, self.render_mode, self.closed = ends, render_mode, 0
        self.obs = np.zeros(size, np.float32)
        type(self).made += 1

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.obs[...] = self.np_random.integers(50)
        return self.obs, {"noise": 1}

    def step(self, action):
        self.obs += 1
        self.steps = getattr(self, "steps", 0) + 1
        return self.obs, np.float32(2 * action), self.steps == self.ends, False, {"success": self.steps == 2}

    def render(self):
        return np.full((2, 2, 3), int(self.obs[0]), np.uint8)

    def close(self):
        self.closed += 1


def alternate(env, steps):
    """Task, boundary, terminated, truncated of every step of a pole that is held up; resets where episodes end."""
    seen = []
    for step in range(steps):
        _, _, terminated, truncated, info = env.step(step % 2)
        seen.append((info["task"], info["boundary"], terminated, truncated))
        if terminated or truncated:
            env.reset()
    return seen


@pytest.mark.parametrize("envs", [POLES, ["Pendulum-v1"] * 2, [lambda: gym.make("CartPole-v1")]])
def test_gymnasium_conformance(envs, conform):
    conform(Sequence(envs))


def test_the_registered_stream(conform):
    stream = gym.make(ID)
    assert stream.unwrapped.tasks == ("Pendulum-v1 g=10.0", "Pendulum-v1 g=2.0")
    conform(stream)


def test_names_horizon_and_spaces():
    stream = Sequence(["CartPole-v1", *POLES])
    assert stream.tasks == ("CartPole-v1", "CartPole-v1 #2", "CartPole-v1 sutton_barto_reward=True")
    assert stream.horizon == 500
    assert stream.deterministic
    plain = gym.make("CartPole-v1")
    assert stream.observation_space == plain.observation_space
    assert stream.action_space == plain.action_space
    assert Sequence([Counter]).horizon is None
    assert Sequence([Counter, lambda: Counter(), Counter]).tasks == ("Counter", "env-1", "Counter #2")
    assert Sequence(POLES, names=["plain", "punished"]).tasks == ("plain", "punished")


def test_a_stream_of_one_env_is_that_env():
    stream, plain = Sequence(["CartPole-v1"]), gym.make("CartPole-v1")
    mine, its = stream.reset(seed=4)[0], plain.reset(seed=4)[0]
    for step in range(60):
        assert np.array_equal(mine, its)
        mine, rew, terminated, truncated, _ = stream.step(step % 3 % 2)
        its, its_rew, its_terminated, its_truncated, _ = plain.step(step % 3 % 2)
        assert (rew, terminated, truncated) == (its_rew, its_terminated, its_truncated)
        if terminated:
            mine, its = stream.reset()[0], plain.reset()[0]


def test_the_time_limit_of_an_env_truncates_without_a_boundary():
    stream = Sequence(["Pendulum-v1"])
    stream.reset(seed=0)
    ends = [stream.step(np.zeros(1, np.float32))[2:] for _ in range(200)]
    assert [(terminated, truncated, info["boundary"]) for terminated, truncated, info in ends[-2:]] == [
        (False, False, False),
        (False, True, False),
    ]


def test_boundaries_truncate_and_the_next_reset_is_in_the_next_task():
    stream = Sequence(POLES, steps_per_task=[3, 2])
    stream.reset(seed=0)
    assert alternate(stream, 8) == [
        *[(0, False, False, False), (0, False, False, False), (0, True, False, True)],
        *[(1, False, False, False), (1, True, False, True)],
        *[(1, False, False, False)] * 3,  # past the last position its task goes on
    ]


def test_a_true_end_at_a_boundary_is_both():
    stream = Sequence([lambda: Counter(ends=3)], steps_per_task=3)
    stream.reset(seed=0)
    assert alternate(stream, 3)[-1] == (0, True, True, True)


def test_schedules_walked_alone():
    cyclic = Sequence(POLES, steps_per_task=2, schedule={"kind": "cyclic", "cycles": 2})
    cyclic.reset(seed=0)
    assert [task for task, *_ in alternate(cyclic, 10)] == [0, 0, 1, 1, 0, 0, 1, 1, 1, 1]
    blurred = Sequence([Counter] * 2, steps_per_task=400, schedule={"kind": "blurred", "width": 0.5})
    blurred.reset(seed=0)
    tasks = []
    for _ in range(400):
        tasks.append(blurred.step(0)[4]["task"])
        blurred.reset()  # every step an episode, each drawn afresh
    assert set(tasks[:300]) == {0}
    assert np.mean(tasks[300:]) == pytest.approx(0.25, abs=0.1)


def test_commands_are_sticky_and_switch_the_schedule_off():
    stream = Sequence(POLES, steps_per_task=2)
    _, info = stream.reset(seed=0, options={"task": 1})
    assert info["task"] == 1
    assert alternate(stream, 5) == [(1, False, False, False)] * 5
    assert stream.reset()[1]["task"] == 1
    assert stream.reset(seed=3)[1]["task"] == 1
    with pytest.raises(OptionError, match="0 to 1, got 2"):
        stream.reset(options={"task": 2})


def test_seeds_reach_every_env():
    def starts(stream):
        first = stream.reset(seed=9, options={"task": 0})[0][0]
        return [first, *(stream.reset(options={"task": task % 3})[0][0] for task in range(1, 9))]

    used = Sequence([Counter] * 3)
    assert starts(used) == starts(used) == starts(Sequence([Counter] * 3))  # also of envs that were met before
    assert len(set(starts(used))) > 4
    assert used.reset(seed=5, options={"task": 1})[0] == Counter().reset(seed=5)[0]


def test_info_keys_are_the_streams_own_and_nothing_is_handed_out_twice():
    stream = Sequence([Counter])
    obs, info = stream.reset(seed=0)
    before = obs.copy()
    obs_next, rew, terminated, truncated, info_next = stream.step(1)
    assert set(info) == set(info_next) == {"task", "boundary", "score", "goal"}
    assert [type(info[key]) for key in info] == [type(info_next[key]) for key in info]
    assert np.array_equal(obs, before)
    assert np.array_equal(obs_next, before + 1)
    assert (type(rew), type(terminated), type(truncated)) == (float, bool, bool)


def test_running_scores():
    stream = Sequence([Counter])
    assert stream.scores == {"return": "max"}
    stream.reset(seed=0)
    assert [stream.step(act)[4]["score"] for act in (1, 0, 1)] == [2.0, 2.0, 4.0]
    assert stream.reset()[1]["score"] == 0.0
    stream = Sequence([Counter], score="success")
    assert stream.scores == {"success": "max"}
    stream.reset(seed=0)
    assert [stream.step(0)[4]["score"] for _ in range(4)] == [0.0, 1.0, 1.0, 1.0]
    stream = Sequence(["CartPole-v1"], score="success")
    stream.reset(seed=0)
    with pytest.raises(StreamError, match=r"reads info\['success'\], which 'CartPole-v1' does not give"):
        stream.step(0)


def test_envs_are_made_when_their_task_comes_and_closed_together():
    stream = Sequence([Counter] * 3)  # each is made once to look at its spaces
    Counter.made = 0
    stream.reset(seed=0, options={"task": 2})
    assert Counter.made == 1
    stream.reset(options={"task": 0})
    stream.reset(options={"task": 2})
    assert Counter.made == 2
    made = list(stream.made.values())
    stream.close()
    stream.close()
    assert [env.closed for env in made] == [1, 1]


def test_rendering_passes_through():
    gym.register("test/Counter-v0", entry_point=Counter, max_episode_steps=7, nondeterministic=True)
    try:
        stream = gym.make(ID, envs=["test/Counter-v0"], render_mode="rgb_array")
        assert stream.render_mode == "rgb_array"
        assert stream.unwrapped.metadata["render_modes"] == ["rgb_array"]
        assert not stream.unwrapped.deterministic
        assert stream.unwrapped.horizon == 7
        obs, _ = stream.reset(seed=0)
        assert np.array_equal(stream.render(), np.full((2, 2, 3), int(obs[0]), np.uint8))
    finally:
        del gym.registry["test/Counter-v0"]


def test_spec_round_trip():
    options = {"envs": POLES, "steps_per_task": [4, 6], "schedule": {"kind": "shuffled", "cycles": 2}}
    first = gym.make(ID, **options)
    again = gym.make(EnvSpec.from_json(first.spec.to_json()))
    assert again.spec == first.spec
    first.reset(seed=1)
    again.reset(seed=1)
    assert alternate(first, 30) == alternate(again, 30)


def test_the_task_is_appended_to_the_observation():
    stream = gym.make(ID, envs=POLES, one_hot=True)
    plain = gym.make("CartPole-v1")
    assert stream.observation_space.shape == (6,)
    assert stream.observation_space.low.tolist() == [*plain.observation_space.low.tolist(), 0, 0]
    assert stream.observation_space.high.tolist() == [*plain.observation_space.high.tolist(), 1, 1]
    for task, mark in ((0, [1, 0]), (1, [0, 1])):
        obs, _ = stream.reset(seed=4, options={"task": task})
        its, _ = plain.reset(seed=4)
        assert obs.tolist() == [*its.tolist(), *mark]
        assert obs.dtype == np.float32
        assert stream.step(0)[0].tolist()[4:] == mark
        assert stream.observation_space.contains(obs)


@pytest.mark.parametrize("id", ["Taxi-v4", "FrozenLake-v1"])
def test_the_task_is_appended_to_flat_boxes_only(id):
    with pytest.raises(OptionError, match=r"one_hot=True appends .* these are Discrete.*FlattenObservation"):
        Sequence([id], one_hot=True)


class Wrong(Counter):
    """Gives one wrong thing in its third step."""

    def __init__(self, what):
        super().__init__(size=2)
        self.what, self.count = what, 0

    def reset(self, **given):
        self.count = 0
        return super().reset(**given)

    def step(self, action):
        obs, rew, *ends = super().step(action)
        self.count += 1
        if self.count == 3:
            obs, rew = self.what(obs.copy(), rew)
        return obs, rew, *ends


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (
            lambda obs, rew: (obs * [1, np.nan], rew),
            r"is float64 \(2,\), expected float32 \(2,\), as its observation_sp",
        ),
        (lambda obs, rew: (obs * np.float32([1, np.nan]), rew), r"has NaN at \[\[1\]\]"),
        (lambda obs, rew: (obs[:1], rew), r"is float32 \(1,\), expected float32 \(2,\)"),
        (lambda obs, rew: (obs, float("nan")), "the reward .* is NaN"),
        (lambda obs, rew: (obs, None), "the reward .* is None, expected one number"),
    ],
)
def test_what_an_env_gives_is_looked_at(what, words):
    stream = Sequence([lambda: Counter(size=2), lambda: Wrong(what)], names=["good", "bad"])
    stream.reset(seed=0, options={"task": 1})
    stream.step(0)
    stream.step(0)
    with pytest.raises(StreamError, match=words) as error:
        stream.step(0)
    assert "of 'env-1' (task 1), after 3 env steps of its episode," in str(error.value)
