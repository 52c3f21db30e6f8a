"""MuJoCo robots of Gymnasium's (version 5 of each) whose physics or goal changes from task to task.

body       the stream: one robot, one kind of change      changes    gravity, friction, mass
limbs      longer and shorter limbs, compiled by MuJoCo   goals      velocity, direction, parameters (meta-RL's three)
"""

from typing import Any

BODIES = ("InvertedPendulum", "Hopper", "Walker2d", "HalfCheetah", "Ant")
FACTORS = [1.0, 0.5, 1.5, 0.75, 1.25]  # of gravity, friction and mass, times the robot's own
LENGTHS = [1.0, 0.7, 1.3, 0.85, 1.15]
FAMILIES: dict[str, tuple[list[float], str]] = {
    "gravity": (FACTORS, "half to one and a half of the earth's"),
    "mass": (FACTORS, "half to one and a half of its own"),
    "length": (LENGTHS, "limbs of 0.7 to 1.3 times their length"),
    "friction": (FACTORS, "half to one and a half of its own"),
}
GOALS = (  # name, body, change, summary
    ("CheetahVelocity", "HalfCheetah", "velocity", "HalfCheetah, a speed to run at per task (Cheetah-Vel)"),
    ("AntDirection", "Ant", "direction", "Ant, a direction to run in per task (Ant-Dir)"),
    ("WalkerParameters", "Walker2d", "parameters", "Walker2d, random masses, damping, friction per task"),
)


def streams() -> list[tuple[str, dict[str, Any], str]]:
    """Name, options and summary of every registered family; the pendulum, which is quick, comes first."""
    found = []
    for body in BODIES:
        for change, (values, summary) in FAMILIES.items():
            if (body, change) != ("InvertedPendulum", "friction"):  # it touches nothing
                options = {"body": body, "change": change, "values": values}
                found.append((f"{body}{change.capitalize()}", options, f"{body}, {change}: {summary}"))
    return found + [(name, {"body": body, "change": change}, summary) for name, body, change, summary in GOALS]
