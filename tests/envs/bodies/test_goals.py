import math

import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.bodies.body import Body
from recollect.envs.bodies.goals import Direction, Parameters, Velocity
from recollect.errors import OptionError


def test_the_cheetahs_speed():
    stream = Body("HalfCheetah", "velocity", values=[0.5, 3.0])
    for task, speed in ((0, 0.5), (1, 3.0)):
        stream.reset(seed=0, options={"task": task})
        before, act = stream.env.data.qpos[0], np.full(6, 0.5, np.float32)
        _, rew, terminated, _, _ = stream.step(act)
        along = (stream.env.data.qpos[0] - before) / 0.05  # 5 frames of 10 ms
        assert rew == pytest.approx(-abs(along - speed) - 0.05 * 6 * 0.25)
        assert not terminated
    stream.reset(options={"task": 0, "drift": 0.2})
    assert stream.goal == pytest.approx([1.0])


def test_the_ants_direction():
    stream = Body("Ant", "direction", values=[0.0, math.pi / 2])
    for task, axis in ((0, 0), (1, 1)):
        stream.reset(seed=2, options={"task": task})
        for _ in range(12):  # until it touches the floor
            before, act = stream.env.data.body(1).xpos.copy(), np.full(8, 0.5, np.float32)
            _, rew, _, _, _ = stream.step(act)
        along = (stream.env.data.body(1).xpos - before)[axis] / 0.05
        contact = np.square(np.clip(stream.env.data.cfrc_ext, -1, 1)).sum()
        assert contact > 0
        assert rew == pytest.approx(along - 0.5 * 8 * 0.25 - 0.0005 * contact + 1)


def test_the_walkers_reward_has_its_one_also_where_it_falls():
    stream, plain = Body("Walker2d", "parameters", values=[0]), gym.make("Walker2d-v5").unwrapped
    stream.reset(seed=0)
    terminated = False
    while not terminated:
        before, act = stream.env.data.qpos[0], np.ones(6, np.float32)
        _, rew, terminated, _, _ = stream.step(act)
        along = (stream.env.data.qpos[0] - before) / 0.008
        assert rew == pytest.approx(along + 1 - 0.001 * 6)
    assert plain._healthy_z_range == (0.8, 2.0)
    assert plain._healthy_angle_range == (-1.0, 1.0)


def test_pools():
    speeds = Velocity("HalfCheetah", 0).pool(np.random.default_rng(0))
    assert (len(speeds), speeds[0], speeds[1], speeds[-1]) == (40, 0.075, 0.15, 3.0)
    angles = Direction("Ant", 0).pool(np.random.default_rng(0))
    assert len(angles) == 50
    assert 0 <= min(angles) < 0.5 < 5.8 < max(angles) < 2 * math.pi
    assert Body("Ant", "direction").values == Body("Ant", "direction").values
    assert Body("Ant", "direction").values != Body("Ant", "direction", task_seed=1).values
    assert len(set(Body("Walker2d", "parameters", num_tasks=50).tasks)) == 50


def test_random_robots():
    stream = Body("Walker2d", "parameters", values=[3, 7])
    change, own = stream.change, stream.own
    first, second = (change.fields(point, own) for point in stream.points)
    assert set(first) == {"body_mass", "body_inertia", "dof_damping", "geom_friction"}
    for name, growth in (("body_mass", 1.5), ("body_inertia", 1.5), ("dof_damping", 1.3), ("geom_friction", 1.5)):
        before = getattr(own, name)
        factors = np.log(first[name][before > 0] / before[before > 0]) / np.log(growth)
        assert np.abs(factors).max() <= 3
        assert len(set(factors.round(9))) == factors.size > 4  # one draw for each entry
        assert not np.array_equal(first[name], second[name])
        stream.reset(options={"task": 0})
        assert np.array_equal(getattr(stream.env.model, name), first[name])
        stream.reset(options={"task": 0, "drift": 0.5})
        assert np.allclose(getattr(stream.env.model, name), np.sqrt(first[name] * second[name]))  # along the exponent
    again = Body("Walker2d", "parameters", values=[7])
    assert np.array_equal(again.points[0], stream.points[1])
    assert not np.array_equal(Body("Walker2d", "parameters", values=[7], task_seed=1).points[0], again.points[0])
    big = np.concatenate([Parameters("Walker2d", 0).point(number, own) for number in range(50)])
    assert np.abs(big).mean() == pytest.approx(1.5, abs=0.05)  # uniform in [-3, 3]


@pytest.mark.parametrize("values", [[0.5], [50], [-1]])
def test_random_robots_have_numbers(values):
    with pytest.raises(OptionError, match="whole numbers from 0 to 49"):
        Body("Walker2d", "parameters", values=values)
