"""Lived toy streams: a corridor (TRANSITION, drifting), the same with logged rows, and goals (TRAJECTORY, Dict)."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary

from recollect.core import TaskStream
from recollect.rows import Rows, concat, stack

OBS = ("task", "drift", "time", "position", "length")  # what the corridor's observation holds, (5,) float32


def walk_corridor(state: np.ndarray, act: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One step of many corridors: states (N, 5) and actions (N,) to new states (N, 5), rewards (N,), ends (N,).

    Even tasks go right, odd ones left; drift makes the steps shorter. The reward is the distance walked the right way.
    """
    right_way = np.where(state[:, 0] % 2 == 0, 1.0, -1.0)
    moved = right_way * (2.0 * act - 1.0) * (1.0 - 0.5 * state[:, 1])
    after = state + np.stack([0 * moved, 0 * moved, 0 * moved + 1, moved, 0 * moved], axis=1)
    return after, moved * right_way, after[:, 2] >= after[:, 4]


def open_corridor(task: int, drift: float, rng: np.random.Generator) -> np.ndarray:
    """The state (5,) in which an episode starts; its length is 3 to 5 steps in task 0, and two more with every task."""
    start = int(rng.integers(3))
    return np.array([task, drift, 0.0, start, 3 + 2 * task + start])


class ToyCorridor(TaskStream):
    """A corridor whose transition, reward and length depend on the task, and whose observation says which it is.

    Observation (5,) float32: task, drift, time, position and length of the episode. Action: 0 or 1.

    Args:
        num_tasks: how many tasks.
        horizon: episodes are truncated after so many steps; None leaves them to terminate.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.
    """

    scores = {"return": "max"}
    drifts = True
    metadata = {"render_modes": []}

    def __init__(
        self,
        *,
        num_tasks: int = 2,
        horizon: int | None = 8,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        self.tasks = tuple(f"corridor-{task}" for task in range(num_tasks))
        self.horizon = horizon
        self.observation_space, self.action_space = Box(-64, 64, (len(OBS),), np.float32), Discrete(2)
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Starts an episode."""
        super().reset(seed=seed)
        self.choose(options)
        self.state, self.total = open_corridor(self.task, self.drift, self.np_random), 0.0
        return self.state.astype(np.float32), self.info()

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Walks one step."""
        after, rew, ends = walk_corridor(self.state[None], np.array([action]))
        self.state, self.total = after[0], self.total + float(rew[0])
        boundary = self.count()
        truncated = boundary or self.state[2] == self.horizon
        info = self.info(score=self.total, boundary=boundary)
        return self.state.astype(np.float32), float(rew[0]), bool(ends[0]), bool(truncated), info


class ToyLoggedCorridor(ToyCorridor):
    """The corridor with logged rows to learn from: eight episodes of random play for each task."""

    def data(self, task: int, split: str = "train") -> Rows | None:
        """The logged transitions of a task; None for the test split, which is played."""
        if split == "test":
            return None
        env, rng, parts = ToyCorridor(num_tasks=len(self.tasks), horizon=self.horizon), np.random.default_rng(task), []
        for episode in range(8):
            obs, _ = env.reset(seed=1000 * task + episode, options={"task": task})
            over = False
            while not over:
                act = int(rng.integers(2))
                obs_next, rew, terminated, truncated, info = env.step(act)
                ends = np.array([terminated]), np.array([truncated])
                parts.append(
                    self.record(stack([obs]), np.array([act]), np.array([rew]), stack([obs_next]), *ends, info)
                )
                obs, over = obs_next, terminated or truncated
        return concat(parts)


class ToyGoals(TaskStream):
    """Three actions, one of which reaches the goal that the episode's seed drew; it ends with the first success.

    Observation: "elements" (3, 2) float32, whose first column marks the goal, and "action_mask" (3,) int8, in
    which one wrong action is switched off. Goals are 0 to 2 in task 0, 3 to 5 in task 1.

    Args:
        visits: show in the observation how many episodes the stream has played, so that it is not deterministic.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.
    """

    tasks = ("goals-0", "goals-1")
    scores = {"success": "max"}
    horizon = 4
    metadata = {"render_modes": []}

    def __init__(
        self, *, visits: bool = False, steps_per_task: int | list[int] | None = None, schedule: Any = "sequential"
    ) -> None:
        self.visits, self.deterministic = visits, not visits
        self.observation_space = Dict({"elements": Box(0, 1, (3, 2), np.float32), "action_mask": MultiBinary(3)})
        self.action_space, self.played = Discrete(3), 0
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict]:
        """Draws a goal."""
        super().reset(seed=seed)
        self.choose(options)
        self.played += 1
        self.goal, self.time = int(self.np_random.integers(3)), 0
        self.noise = self.np_random.random(3)
        return self._observe(), self.info(goal=3 * self.task + self.goal)

    def _observe(self) -> dict[str, np.ndarray]:
        elements = np.stack([np.eye(3)[self.goal], self.noise], axis=1).astype(np.float32)  # (3, 2)
        if self.visits:
            elements[0, 1] = self.played % 8 / 8
        return {"elements": elements, "action_mask": (np.arange(3) != (self.goal + 1) % 3).astype(np.int8)}

    def step(self, action: int) -> tuple[dict, float, bool, bool, dict]:
        """Tries one action."""
        self.time += 1
        success, boundary = int(action) == self.goal, self.count()
        truncated = boundary or self.time == self.horizon
        info = self.info(score=float(success), boundary=boundary, goal=3 * self.task + self.goal)
        return self._observe(), float(success), success, truncated, info
