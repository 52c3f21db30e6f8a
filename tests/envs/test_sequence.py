import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from gymnasium.vector import AutoresetMode

from recollect.envs.sequence import Sequence
from recollect.errors import OptionError, StreamError, UnknownName

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


def test_spec_round_trip():
    options = {"envs": POLES, "steps_per_task": [4, 6], "schedule": {"kind": "shuffled", "cycles": 2}}
    first = gym.make(ID, **options)
    again = gym.make(EnvSpec.from_json(first.spec.to_json()))
    assert again.spec == first.spec
    first.reset(seed=1)
    again.reset(seed=1)
    assert alternate(first, 30) == alternate(again, 30)


def vector(mode):
    envs = gym.make_vec(ID, num_envs=2, envs=POLES, steps_per_task=[5, 100], vector_kwargs={"autoreset_mode": mode})
    envs.reset(seed=0)
    for step in range(4):
        _, _, terminated, truncated, info = envs.step(np.full(2, step % 2))
        assert not (terminated | truncated | info["boundary"]).any()
    return envs, envs.step(np.zeros(2, int))  # the last of the task


def test_vector_next_step_resets_with_the_step_after_the_boundary():
    envs, (_, _, terminated, truncated, info) = vector(AutoresetMode.NEXT_STEP)
    assert (truncated & info["boundary"] & ~terminated).all()
    assert info["task"].tolist() == [0, 0]
    _, rew, terminated, truncated, info = envs.step(np.ones(2, int))  # no transition: the action is not taken
    assert rew.tolist() == [0.0, 0.0]
    assert not (terminated | truncated | info["boundary"]).any()
    assert info["task"].tolist() == [1, 1]


def test_vector_same_step_shows_the_next_task_and_keeps_the_end_in_final_info():
    _, (_, _, terminated, truncated, info) = vector(AutoresetMode.SAME_STEP)
    assert (truncated & ~terminated).all()
    assert info["task"].tolist() == [1, 1]
    assert not info["boundary"].any()
    assert info["final_info"]["task"].tolist() == [0, 0]
    assert info["final_info"]["boundary"].all()
    assert info["final_info"]["score"].tolist() == [5.0, 5.0]


def test_vector_disabled_waits_for_the_reset_of_its_mask():
    envs, (_, _, _, truncated, info) = vector(AutoresetMode.DISABLED)
    assert truncated.all()
    assert info["boundary"].all()
    _, info = envs.reset(options={"reset_mask": np.array([True, True])})
    assert info["task"].tolist() == [1, 1]
    _, _, terminated, truncated, info = envs.step(np.ones(2, int))
    assert not (terminated | truncated).any()
    assert info["task"].tolist() == [1, 1]
