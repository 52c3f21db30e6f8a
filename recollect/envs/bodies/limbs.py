"""Longer and shorter limbs: the robot's MJCF is edited and compiled, and the compiled fields are written back.

So geometry, joints, masses, inertias and centres of mass are MuJoCo's own of the longer robot, at the robot's own
density (HalfCheetah's file says 14 kg in all: its mass moves, and is not added to). Thickness, feet and trunk stay.
"""

from os.path import dirname, join
from typing import Any

import gymnasium
import numpy as np

from recollect.envs.bodies.changes import Change
from recollect.errors import require

require("mujoco", "a MuJoCo stream, such as recollect/HopperLength-v0,", "mujoco")

import mujoco  # noqa: E402

FILES = {  # of Gymnasium's version 5
    "InvertedPendulum": "inverted_pendulum.xml",
    "Hopper": "hopper.xml",
    "Walker2d": "walker2d_v5.xml",
    "HalfCheetah": "half_cheetah.xml",
    "Ant": "ant.xml",
}
LIMBS = {  # the geoms of the parts that are stretched; those of the ant's lower legs are called ankles
    "InvertedPendulum": ("cpole",),
    "Hopper": ("thigh_geom", "leg_geom"),
    "Walker2d": ("thigh_geom", "leg_geom", "thigh_left_geom", "leg_left_geom"),
    "HalfCheetah": ("bthigh", "bshin", "fthigh", "fshin"),
    "Ant": (
        *("left_leg_geom", "right_leg_geom", "back_leg_geom", "rightback_leg_geom"),
        *("left_ankle_geom", "right_ankle_geom", "third_ankle_geom", "fourth_ankle_geom"),
    ),
}


class Length(Change):
    """Factors of the length of the limbs; what stands on them stands as much higher, and terminates where it did."""

    name, means = "length", "factors of length from 0.6 to 1.5"
    least, most = 0.6, 1.5  # shorter legs leave the walker below the height at which it counts as fallen

    def pool(self, rng: np.random.Generator) -> list[float]:
        """0.7 to 1.3."""
        return [round(float(value), 10) for value in np.linspace(0.7, 1.3, 11)]

    def fields(self, point: np.ndarray, model: Any) -> dict[str, np.ndarray]:
        """Every array of the stretched robot's compiled model that differs from the robot's own."""
        longer = stretch(self.body, float(point[0]))
        names = [name for name in dir(model) if isinstance(getattr(model, name), np.ndarray)]
        pairs = {name: (getattr(model, name), getattr(longer, name)) for name in names}
        return {name: other for name, (own, other) in pairs.items() if not np.array_equal(own, other)}


def stretch(body: str, factor: float) -> mujoco.MjModel:
    """The compiled model of a robot whose limbs are `factor` times as long, standing on the floor as its own does."""
    path = join(dirname(gymnasium.__file__), "envs", "mujoco", "assets", FILES[body])
    spec = mujoco.MjSpec.from_file(path)
    before = lowest(spec.compile())
    for part in spec.bodies:
        outer = factor if _is_limb(part, body) else 1.0
        for child in part.bodies:
            inner = factor if _is_limb(child, body) else 1.0
            joint = child.joints[0].pos.copy() if child.joints else np.zeros(3)
            # the joint lies where it did in proportion, and the child around it
            child.pos = outer * (child.pos + joint) - inner * joint
    for part in spec.bodies:
        if _is_limb(part, body):
            _stretch_part(part, factor)
    rise = before - lowest(spec.compile())
    trunk = spec.worldbody.bodies[0]
    trunk.pos = np.add(trunk.pos, [0.0, 0.0, rise])
    for joint in trunk.joints:
        if joint.ref:  # a height that is measured from the floor
            joint.ref += rise
    return spec.compile()


def _is_limb(part: Any, body: str) -> bool:
    return any(geom.name in LIMBS[body] for geom in part.geoms)


def _stretch_part(part: Any, factor: float) -> None:
    """Makes a limb longer about the origin of its frame: joints and capsules, not their radius."""
    for joint in part.joints:
        joint.pos = joint.pos * factor
    for geom in part.geoms:
        geom.pos = geom.pos * factor
        if np.isnan(geom.fromto[0]):
            geom.size = geom.size * [1.0, factor, 1.0]  # radius, half length
        else:
            geom.fromto = geom.fromto * factor


def lowest(model: mujoco.MjModel) -> float:
    """The height of the lowest point of all capsules and spheres, in the posture of the file."""
    data = mujoco.MjData(model)
    mujoco.mj_kinematics(model, data)
    capsule = (model.geom_type == mujoco.mjtGeom.mjGEOM_CAPSULE).astype(float)  # (ngeom,)
    round_ones = (capsule > 0) | (model.geom_type == mujoco.mjtGeom.mjGEOM_SPHERE)
    reach = model.geom_size[:, 0] + capsule * np.abs(data.geom_xmat[:, 8]) * model.geom_size[:, 1]
    return float((data.geom_xpos[:, 2] - reach)[round_ones].min())
