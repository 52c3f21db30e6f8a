"""Toys with continuous actions: a point on a line that is to reach a place, lived (TRANSITION) or with logged rows."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box

from recollect.core import TaskStream
from recollect.rows import Rows, concat, stack

STEPS, EDGE = 6, 8.0  # of an episode; where it terminates


class ToyReach(TaskStream):
    """A point is moved by half the action, in [-1, 3]; the reward is minus its distance to the task's goal, 2 or -2.

    Observation (2,) float32: position and time. An episode is truncated after six steps, and terminates at the edge.

    Args:
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.
    """

    tasks = ("right", "left")
    scores = {"return": "max"}
    horizon = STEPS
    metadata = {"render_modes": []}

    def __init__(self, *, steps_per_task: int | list[int] | None = None, schedule: Any = "sequential") -> None:
        self.observation_space = Box(-64, 64, (2,), np.float32)
        self.action_space = Box(np.float32([-1]), np.float32([3]), dtype=np.float32)
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Starts an episode near 0."""
        super().reset(seed=seed)
        self.choose(options)
        self.place, self.time, self.total = float(self.np_random.uniform(-1, 1)), 0, 0.0
        return self._observe(), self.info()

    def _observe(self) -> np.ndarray:
        return np.array([self.place, self.time], np.float32)

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Moves the point."""
        self.place, self.time = self.place + 0.5 * float(action[0]), self.time + 1
        rew = -abs(self.place - (2.0 if self.task == 0 else -2.0))
        self.total += rew
        boundary = self.count()
        terminated, truncated = abs(self.place) >= EDGE, boundary or self.time == STEPS
        return self._observe(), rew, terminated, truncated, self.info(score=self.total, boundary=boundary)


class ToyLoggedReach(ToyReach):
    """The same with logged rows to learn from: thirty episodes of uniform play for each task."""

    def data(self, task: int, split: str = "train") -> Rows | None:
        """The logged transitions of a task; None for the test split, which is played."""
        if split == "test":
            return None
        env, rng, parts = ToyReach(), np.random.default_rng(task), []
        for episode in range(30):
            obs, _ = env.reset(seed=1000 * task + episode, options={"task": task})
            over = False
            while not over:
                act = rng.uniform(-1, 3, 1).astype(np.float32)
                obs_next, rew, terminated, truncated, info = env.step(act)
                ends = np.array([terminated]), np.array([truncated])
                parts.append(self.record(stack([obs]), stack([act]), np.array([rew]), stack([obs_next]), *ends, info))
                obs, over = obs_next, terminated or truncated
        return concat(parts)
