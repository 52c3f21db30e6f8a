"""The three families of meta-reinforcement learning: Cheetah-Vel, Ant-Dir and Walker-Params, of 200 steps each.

Rewards, terminations and random parameters are those of MACAW's and rand_param_envs' published environments; the
robots, and so observations, start states and solver settings, are Gymnasium's version 5. Continual learners take five
randomly chosen tasks of each (Offline Experience Replay, 2023, arXiv 2305.13804).
"""

import math
from typing import Any

import numpy as np

from recollect.envs.bodies.changes import Change


class Goal(Change):
    """A change with a reward of its own and 200 steps."""

    horizon = 200
    rewards = True


class Velocity(Goal):
    """A speed v* to run at: reward = -|v_x - v*| - 0.05 |a|^2, never terminated. Values: m/s."""

    name, means, bodies = "velocity", "speeds in m/s", ("HalfCheetah",)

    def pool(self, rng: np.random.Generator) -> list[float]:
        """40 speeds, evenly from 0.075 to 3."""
        return [round(float(value), 10) for value in np.linspace(0.075, 3, 40)]

    def reward(self, action: np.ndarray, info: dict[str, Any], goal: list[float]) -> float:
        """Near the speed, with little force."""
        return -abs(info["x_velocity"] - goal[0]) - 0.05 * float(np.square(action).sum())


class Direction(Goal):
    """A direction g to run in: reward = v (cos g, sin g) - 0.5 |a|^2 - 0.0005 |clip(contact, -1, 1)|^2 + 1.

    Terminated where the height leaves [0.2, 1]. Values: radians, counter-clockwise from the x axis.
    """

    name, means, bodies = "direction", "angles in radians", ("Ant",)

    def pool(self, rng: np.random.Generator) -> list[float]:
        """50 angles, uniform over the circle."""
        return rng.uniform(0, 2 * math.pi, 50).tolist()

    def reward(self, action: np.ndarray, info: dict[str, Any], goal: list[float]) -> float:
        """Along the direction, with little force and little impact; Gymnasium's costs have these very weights."""
        along = info["x_velocity"] * math.cos(goal[0]) + info["y_velocity"] * math.sin(goal[0])
        return along + info["reward_ctrl"] + info["reward_contact"] + 1.0


class Parameters(Goal):
    """Random physics: reward = v_x + 1 - 0.001 |a|^2.

    Every entry of body_mass, body_inertia and geom_friction is multiplied by 1.5^u, of dof_damping by 1.3^u, with u
    uniform in [-3, 3], one for each entry. Terminated where the height leaves (0.8, 2) or the angle (-1, 1). Values:
    the numbers, 0 to 49, of the random robots; drift goes along u.
    """

    name, means, bodies = "parameters", "whole numbers from 0 to 49", ("Walker2d",)
    least, most = 0, 49
    growth = {"body_mass": 1.5, "body_inertia": 1.5, "dof_damping": 1.3, "geom_friction": 1.5}

    def pool(self, rng: np.random.Generator) -> list[int]:
        """50 robots."""
        return list(range(50))

    def _usable(self, value: Any) -> bool:
        return super()._usable(value) and int(value) == value

    def point(self, value: float, model: Any) -> np.ndarray:
        """The exponents u (d,) of a robot, field after field."""
        count = sum(getattr(model, name).size for name in self.growth)
        return np.random.default_rng([self.seed, int(value)]).uniform(-3, 3, count)

    def fields(self, point: np.ndarray, model: Any) -> dict[str, np.ndarray]:
        """Masses, inertias, damping and friction."""
        fields, start = {}, 0
        for name, growth in self.growth.items():
            own = getattr(model, name)
            fields[name] = own * growth ** point[start : start + own.size].reshape(own.shape)
            start += own.size
        return fields

    def reward(self, action: np.ndarray, info: dict[str, Any], goal: list[float]) -> float:
        """Forwards, with little force."""
        return info["x_velocity"] + 1.0 + info["reward_ctrl"]
