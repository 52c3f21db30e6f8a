import gymnasium as gym
import mujoco
import numpy as np
import pytest

from recollect.envs.bodies import BODIES
from recollect.envs.bodies.body import Body
from recollect.envs.bodies.limbs import LIMBS, Length, lowest, stretch


def capsule(radius, half):
    """The mass in kg of a capsule of 1000 kg/m^3."""
    return 1000 * (np.pi * radius**2 * 2 * half + 4 / 3 * np.pi * radius**3)


@pytest.mark.parametrize("body", BODIES)
def test_a_factor_of_one_changes_nothing(body):
    own = gym.make(f"{body}-v5").unwrapped.model
    assert Length(body, 0).fields(np.array([1.0]), own) == {}


def test_the_hopper_by_hand():
    model = stretch("Hopper", 1.3)
    assert model.geom("thigh_geom").size[:2] == pytest.approx([0.05, 0.225 * 1.3])
    assert model.geom("thigh_geom").pos == pytest.approx([0, 0, -0.225 * 1.3])
    assert model.jnt("leg_joint").pos == pytest.approx([0, 0, 0.25 * 1.3])
    # the knee lies 0.45 below the hip, the leg's frame 0.25 below the knee
    assert model.body("leg").pos == pytest.approx([0, 0, -(0.45 + 0.25) * 1.3])
    # the ankle lies 0.25 below the leg's frame, and 0.1 above and 0.13 behind the foot's, which is not stretched
    assert model.body("foot").pos == pytest.approx([0.13, 0, -0.25 * 1.3 - 0.1])
    assert model.geom("foot_geom").size[:2] == pytest.approx([0.06, 0.195])
    assert model.qpos0[1] == model.body("torso").pos[2] == pytest.approx(1.25 + 0.3 * (0.45 + 0.5))
    assert model.body("thigh").mass == pytest.approx(capsule(0.05, 0.225 * 1.3))
    assert model.body("foot").mass == pytest.approx(capsule(0.06, 0.195))


def test_the_ants_limbs_stay_joined():
    own, model = stretch("Ant", 1.0), stretch("Ant", 0.7)
    ankle = model.geom("left_ankle_geom").bodyid[0]
    assert model.body("aux_1").pos == pytest.approx([0.2, 0.2, 0])  # the hip is on the trunk
    assert model.body_pos[ankle] == pytest.approx([0.14, 0.14, 0])
    assert model.geom("left_ankle_geom").size[1] == pytest.approx(0.7 * np.hypot(0.4, 0.4) / 2)
    assert model.qpos0 == pytest.approx(own.qpos0)  # its legs are level at first
    assert len(LIMBS["Ant"]) == 8


def test_the_cheetah_keeps_its_mass_in_all():
    own, model = stretch("HalfCheetah", 1.0), stretch("HalfCheetah", 1.3)
    assert own.body_mass.sum() == pytest.approx(14)
    assert model.body_mass.sum() == pytest.approx(14)
    assert model.body("bthigh").mass > own.body("bthigh").mass
    assert model.body("torso").mass < own.body("torso").mass


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_it_stands_on_the_floor_and_lives(body, factor):
    own, model = stretch(body, 1.0), stretch(body, factor)
    assert lowest(model) == pytest.approx(lowest(own), abs=1e-9)
    stream = Body(body, "length", values=[factor])
    stream.reset(seed=0)
    assert not stream.step(np.zeros(stream.action_space.shape, np.float32))[2]


@pytest.mark.parametrize("body", BODIES)
def test_the_changed_model_is_the_compiled_one(body):
    """The stream that came from another task lives to the bit what an env with a freshly compiled model lives."""
    stream = Body(body, "length", values=[0.8, 1.2])
    stream.reset(seed=0)
    env = gym.make(f"{body}-v5").unwrapped
    env.model = stretch(body, 1.2)
    env.data, env.init_qpos = mujoco.MjData(env.model), env.model.qpos0.copy()
    mine, its = stream.reset(seed=4, options={"task": 1})[0], env.reset(seed=4)[0]
    rng = np.random.default_rng(0)
    for _ in range(30):
        assert np.array_equal(mine, its)
        act = rng.uniform(-1, 1, stream.action_space.shape).astype(np.float32)
        mine, its = stream.step(act)[0], env.step(act)[0]
