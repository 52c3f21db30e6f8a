"""ContinualWorld: robot tasks of Meta-World, one after another (Wolczyk et al., 2021, arXiv 2105.10919)."""

from functools import partial
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box

from recollect.envs.sequence import Sequence
from recollect.errors import OptionError, UnknownName, require

require("metaworld", "recollect/CW10-v0", "metaworld")

from metaworld.env_dict import ALL_V3_ENVIRONMENTS_GOAL_OBSERVABLE as ROBOTS  # noqa: E402

VERSION = "-v3"
NAMES = tuple(sorted(name.removesuffix(f"{VERSION}-goal-observable") for name in ROBOTS))
OBSERVATION, ACTION = Box(-np.inf, np.inf, (39,), np.float64), Box(-1, 1, (4,), np.float32)


class ContinualWorld(Sequence):
    """One robot arm, another thing to do with it in every task; the score is whether it was done at any step.

    CW10 is ten tasks, CW20 the same ten twice. What differs from the published benchmark, which ran Meta-World's
    version 1: the environments are version 3 (other rewards, of at most 10 a step; observations of 39 numbers, two
    frames and the goal, where there were 12: recalled), and the observation space has no bounds, as those of the tasks
    differ. Positions of objects and goals are drawn anew in every episode, and the goal is seen.

    Args:
        robots: Meta-World's names of the tasks, without version.
        horizon: steps of an episode (paper: 200).
        one_hot: append the task to the observation, as the paper does where heads are shared.
        render_mode: as in Meta-World.
        steps_per_task: of the stream's own schedule (paper: 1_000_000).
        schedule: the stream's own schedule.

    Raises:
        UnknownName: for a task that Meta-World does not have.
        OptionError: for no tasks, and a horizon that is not from 1 to 500, Meta-World's own.
    """

    metadata = {"render_modes": ["human", "rgb_array", "depth_array"], "render_fps": 80}

    def __init__(
        self,
        robots: list[str],
        *,
        horizon: int = 200,
        one_hot: bool = False,
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if not isinstance(robots, list | tuple) or not robots:
            raise OptionError(f"robots must be a list of at least one of Meta-World's tasks, got {robots!r}")
        for name in robots:
            if name not in NAMES:
                raise UnknownName("task of Meta-World", str(name), NAMES)
        if type(horizon) is not int or not 1 <= horizon <= 500:
            raise OptionError(f"horizon must be a whole number of steps from 1 to 500, got {horizon!r}")
        names = [
            f"{name} #{robots[:i].count(name) + 1}" if name in robots[:i] else name for i, name in enumerate(robots)
        ]
        super().__init__(
            [partial(Robot, name, horizon, render_mode) for name in robots],
            names=names,
            score="success",
            one_hot=one_hot,
            steps_per_task=steps_per_task,
            schedule=schedule,
        )
        self.ids, self.horizon, self.render_mode = self.tasks, horizon, render_mode

    def look(self) -> list[dict[str, Any]]:
        """What all robots have in common: none is made to look at it."""
        common = {
            "obs": OBSERVATION,
            "act": ACTION,
            "metadata": self.metadata,
            "limit": None,
            "nondeterministic": False,
        }
        return [common] * len(self.items)


class Robot(gymnasium.Wrapper):
    """An environment of Meta-World whose positions are drawn by its own generator, which `reset(seed=)` seeds."""

    def __init__(self, name: str, horizon: int, render_mode: str | None) -> None:
        super().__init__(ROBOTS[f"{name}{VERSION}-goal-observable"](seed=0, render_mode=render_mode))
        self.robot: Any = self.env.unwrapped
        self.robot._freeze_rand_vec, self.robot.seeded_rand_vec = False, True
        self.robot.max_path_length = horizon

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Draws new positions."""
        if seed is not None:
            self.robot.seed(seed)
        return self.env.reset()
