"""What tasks of a MuJoCo robot may differ in: gravity, friction, mass; `limbs` and `goals` have more.

A change turns the value of a task into a point, the numbers that drift, and a point into fields of MuJoCo's model. The
values here are factors: 1 is Gymnasium's robot. Half to one and a half times the earth's gravity: Henderson et al.,
2017, arXiv 1708.04352 (their environments; factors recalled). The other factors are ours.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from recollect.envs.bodies import BODIES
from recollect.errors import OptionError


class Change:
    """What differs between tasks.

    Args:
        body: the robot.
        seed: of the pool, where that is random, and of the choice from it.

    Raises:
        OptionError: if the robot cannot change so.
    """

    name = ""
    bodies: Sequence[str] = BODIES  # the robots that can change so
    means = ""  # what a value is
    least, most = -math.inf, math.inf  # values
    horizon: int | None = None  # of episodes; None: Gymnasium's
    rewards = False  # whether it has a reward of its own

    def __init__(self, body: str, seed: int) -> None:
        if body not in self.bodies:
            raise OptionError(f"change {self.name!r} is one of {', '.join(self.bodies)}, not of {body}")
        self.body, self.seed = body, seed

    def pool(self, rng: np.random.Generator) -> Sequence[float]:
        """The values to choose tasks from."""
        return [round(float(value), 10) for value in np.linspace(0.5, 1.5, 11)]

    def choose(self, values: Sequence[float] | None, num_tasks: int | None) -> tuple[float, ...]:
        """The values of the tasks: those given, or `num_tasks` (5) of the pool, each at most once.

        Raises:
            OptionError: for values that are not different numbers in range, and for both or too many.
        """
        if values is None:
            rng = np.random.default_rng(self.seed)
            pool, count = self.pool(rng), 5 if num_tasks is None else num_tasks
            if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= len(pool):
                raise OptionError(f"num_tasks must be a whole number from 1 to {len(pool)}, got {num_tasks!r}")
            return tuple(pool[i] for i in rng.choice(len(pool), count, replace=False))
        if num_tasks is not None:
            raise OptionError(f"num_tasks={num_tasks!r} chooses from the pool: give it or values, not both")
        if not isinstance(values, list | tuple) or not values or not all(map(self._usable, values)):
            raise OptionError(f"values of {self.name} must be a list of {self.means}, one per task, got {values!r}")
        if len(set(values)) < len(values):
            raise OptionError(
                f"a value stands twice in {list(values)}: name each once, and come back to it with a schedule, such as "
                "schedule=[0, 1, 0]"
            )
        return tuple(values)

    def _usable(self, value: Any) -> bool:
        number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
        return number and math.isfinite(value) and self.least <= value <= self.most

    def point(self, value: float, model: Any) -> np.ndarray:
        """The numbers (d,) that a task's value stands for."""
        return np.array([value], float)

    def fields(self, point: np.ndarray, model: Any) -> dict[str, np.ndarray]:
        """Fields of the robot's own `model` (an MjModel), by name, as they are at `point`."""
        return {}

    def reward(self, action: np.ndarray, info: dict[str, Any], goal: list[float]) -> float:
        """The reward of a step where the change `rewards`; `info` is Gymnasium's, `goal` is the point (d,)."""
        raise NotImplementedError("reward(action, info, goal) -> float")


class Gravity(Change):
    """Factors of gravity."""

    name, means, least = "gravity", "factors of gravity, at least 0", 0.0

    def fields(self, point: np.ndarray, model: Any) -> dict[str, np.ndarray]:
        """The acceleration (3,), in m/s^2."""
        return {"opt.gravity": point[0] * model.opt.gravity}


class Friction(Change):
    """Factors of the friction of all surfaces: sliding, spinning and rolling.

    Of two surfaces that touch MuJoCo takes the larger coefficient, so the floor changes with the robot.
    """

    name, means, least = "friction", "factors of friction, at least 0", 0.0
    bodies = tuple(body for body in BODIES if body != "InvertedPendulum")  # it touches nothing

    def fields(self, point: np.ndarray, model: Any) -> dict[str, np.ndarray]:
        """Coefficients (ngeom, 3)."""
        return {"geom_friction": point[0] * model.geom_friction}


class Mass(Change):
    """Factors of the mass of every part, and with it of its inertia."""

    name, means, least = "mass", "factors of mass, at least 0.01", 0.01

    def fields(self, point: np.ndarray, model: Any) -> dict[str, np.ndarray]:
        """Masses (nbody,) in kg, and principal inertias (nbody, 3)."""
        return {"body_mass": point[0] * model.body_mass, "body_inertia": point[0] * model.body_inertia}
