import importlib
import sys

import gymnasium as gym
import mujoco
import numpy as np
import pytest

from recollect.envs.bodies import BODIES
from recollect.envs.bodies.body import Body
from recollect.errors import MissingExtra, OptionError, UnknownName


def play(env, steps, seed, **options):
    """Observations, rewards and ends of seeded random play."""
    rng, seen = np.random.default_rng(seed), []
    obs, _ = env.reset(seed=seed, **({"options": options} if options else {}))
    for _ in range(steps):
        act = rng.uniform(env.action_space.low, env.action_space.high).astype(np.float32)
        after, rew, terminated, *_ = env.step(act)
        seen.append((*obs, rew, terminated))
        obs = env.reset()[0] if terminated else after
    return np.array(seen)


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("change", ["gravity", "mass", "length"])
def test_a_factor_of_one_is_gymnasiums_robot_also_after_another_task(body, change):
    stream, plain = Body(body, change, values=[1.0, 1.3]), gym.make(f"{body}-v5")
    mine, its = play(stream, 40, 3), play(plain, 40, 3)
    assert np.array_equal(mine, its)
    other = play(stream, 40, 3, task=1)
    assert not np.array_equal(other[5:], its[5:])
    assert np.array_equal(play(stream, 40, 3, task=0), its)
    assert np.array_equal(play(stream, 40, 3, task=1), other)


def test_the_physics_is_that_of_the_task():
    """In the air the hopper falls with the gravity of its task."""
    stream = Body("Hopper", "gravity", values=[1.0, 0.5])
    for task, gravity in ((0, -9.81), (1, -4.905)):
        stream.reset(seed=0, options={"task": task})
        data, model = stream.env.data, stream.env.model
        assert model.opt.gravity.tolist() == pytest.approx([0, 0, gravity])
        data.qpos[1], data.qvel[:] = 3.0, 0.0
        stream.step(np.zeros(3, np.float32))
        mujoco.mj_subtreeVel(model, data)
        assert data.subtree_linvel[1, 2] == pytest.approx(gravity * 0.008, rel=1e-3)  # 4 frames of 2 ms


def test_one_model_is_changed_and_what_follows_from_its_masses_too():
    stream = Body("Ant", "mass", values=[1.0, 0.5])
    stream.reset(seed=0)
    model, own = stream.env.model, stream.own
    stream.reset(options={"task": 1})
    assert stream.env.model is model
    assert np.allclose(model.body_mass, own.body_mass / 2)
    assert np.allclose(model.body_inertia, own.body_inertia / 2)
    assert np.allclose(model.body_subtreemass, own.body_subtreemass / 2)
    assert not np.allclose(model.dof_invweight0, own.dof_invweight0)
    stream.reset(options={"task": 0})
    assert np.array_equal(model.dof_invweight0, own.dof_invweight0)


def test_friction_is_that_of_the_contacts():
    stream = Body("Ant", "friction", values=[1.0, 0.5])
    for task, friction in ((0, 1.0), (1, 0.5)):
        stream.reset(seed=0, options={"task": task})
        for _ in range(20):
            stream.step(np.zeros(8, np.float32))
        assert stream.env.data.ncon > 0
        assert stream.env.data.contact[0].friction[0] == pytest.approx(friction)


def test_drift_is_on_the_line_to_the_next_task():
    stream = Body("Hopper", "gravity", values=[1.0, 0.5, 1.5])
    for task, drift, factor in ((0, 0.5, 0.75), (1, 0.25, 0.75), (2, 0.5, 1.5), (1, 0.0, 0.5)):
        stream.reset(options={"task": task, "drift": drift})
        assert stream.env.model.opt.gravity[2] == pytest.approx(-9.81 * factor)
    longer = Body("InvertedPendulum", "length", values=[1.0, 1.3])
    longer.reset(seed=0, options={"task": 0, "drift": 0.5})
    assert longer.env.model.geom("cpole").size[1] == pytest.approx(1.15 * np.hypot(0.001, 0.6) / 2)


def test_a_drifting_schedule_drifts_from_episode_to_episode():
    stream = Body("InvertedPendulum", "gravity", values=[1.0, 0.5], steps_per_task=4, schedule="drifting", horizon=1)
    seen = []
    for _ in range(6):
        stream.reset(seed=0)
        seen.append(stream.env.model.opt.gravity[2] / -9.81)
        stream.step(np.zeros(1, np.float32))
    assert seen == pytest.approx([1.0, 0.875, 0.75, 0.625, 0.5, 0.5])


def test_episodes_end_at_the_horizon():
    assert Body("Hopper", "gravity", values=[1.0]).horizon == 1000
    stream = Body("HalfCheetah", "velocity", values=[1.0])
    assert stream.horizon == 200
    stream.reset(seed=0)
    ends = [stream.step(np.zeros(6, np.float32))[3] for _ in range(200)]
    assert ends == [False] * 199 + [True]


def test_spaces_and_scores_are_gymnasiums(conform):
    stream, plain = gym.make("recollect/HopperMass-v0"), gym.make("Hopper-v5")
    assert stream.observation_space == plain.observation_space
    assert stream.action_space == plain.action_space
    assert stream.unwrapped.metadata == plain.unwrapped.metadata
    assert stream.unwrapped.scores == {"return": "max"}
    stream.reset(seed=1)
    rews = [stream.step(np.zeros(3, np.float32)) for _ in range(5)]
    assert rews[-1][4]["score"] == pytest.approx(sum(step[1] for step in rews))
    conform(stream)


def test_mujoco_is_not_asked_to_build_a_model_again(monkeypatch):
    stream = Body("InvertedPendulum", "length", values=[1.0, 1.3])
    for task in (0, 1):
        stream.reset(seed=0, options={"task": task})
    monkeypatch.setattr(mujoco.MjSpec, "from_file", None)
    for task in (0, 1, 0):
        stream.reset(options={"task": task})


@pytest.mark.parametrize(
    ("error", "words", "options"),
    [
        (UnknownName, "body 'Hoper' does not exist. Did you mean Hopper", {"body": "Hoper"}),
        (UnknownName, "change 'gravitation' does not exist", {"change": "gravitation"}),
        (OptionError, "change 'velocity' is one of HalfCheetah, not of Hopper", {"change": "velocity"}),
        (OptionError, "horizon must be a whole number of env steps, at least 1, got 0", {"horizon": 0}),
        (OptionError, "seed must be a whole number", {"task_seed": -1}),
    ],
)
def test_refusals(error, words, options):
    with pytest.raises(error, match=words):
        Body(**{"body": "Hopper", "change": "gravity"} | options)


@pytest.mark.parametrize("module", ["body", "limbs"])
def test_without_mujoco(monkeypatch, module):
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, f"recollect.envs.bodies.{module}")
    with pytest.raises(MissingExtra, match=r"recollect/Hopper.*-v0, needs mujoco: pip install 'recollect\[mujoco\]'"):
        importlib.import_module(f"recollect.envs.bodies.{module}")
