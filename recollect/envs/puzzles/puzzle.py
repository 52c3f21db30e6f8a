"""Puzzle: what puzzles of growing size share. Every one is three pure, batched functions of states."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from recollect.core import TaskStream
from recollect.errors import OptionError

LARGEST = 32  # size; a maze of more cells than that is no puzzle for these learners


class Puzzle(TaskStream):
    """Tasks are sizes of one puzzle; observations of all sizes are padded with zeros to that of the largest.

    A state is a row of int16 numbers (d,), the size first, of equal length in all tasks: `state` and `restore` look at
    and set the stream's own; `begin`, `advance` and `observe` are the true simulator, for any number of states at once.
    A subclass has these three and `width`.

    Args:
        sizes: one for each task.
        horizon: after so many steps an episode is truncated (the paper's evaluations are of 100 steps; its training is
            never cut short).
        spontaneous: whether the rare event that helps a bad policy happens (in the paper it does).
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.

    Raises:
        OptionError: for sizes that are not different whole numbers from `smallest` to 32, and a horizon below 1.
    """

    metadata = {"render_modes": []}
    smallest = 2
    actions = 5

    def __init__(
        self,
        sizes: list[int],
        *,
        horizon: int = 100,
        spontaneous: bool = True,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        numbers = isinstance(sizes, list | tuple) and all(type(size) is int for size in sizes)
        if not numbers or not sizes or not all(self.smallest <= size <= LARGEST for size in sizes):
            raise OptionError(
                f"sizes must be a list of whole numbers from {self.smallest} to {LARGEST}, one per task, got {sizes!r}"
            )
        if len(set(sizes)) < len(sizes):
            raise OptionError(f"a size stands twice in {list(sizes)}: come back to it with a schedule")
        if type(horizon) is not int or horizon < 1:
            raise OptionError(f"horizon must be a whole number of steps, at least 1, got {horizon!r}")
        self.sizes, self.horizon, self.spontaneous, self.largest = tuple(sizes), horizon, spontaneous, max(sizes)
        self.tasks = tuple(f"size {size}" for size in sizes)
        self.observation_space = Box(0, 1, (self.width(self.largest),), np.float32)
        self.action_space = Discrete(self.actions_of(self.largest))
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def width(self, size: int) -> int:
        """How many numbers an observation of this size has."""
        raise NotImplementedError("width(size) -> int")

    def actions_of(self, size: int) -> int:
        """How many actions there are."""
        return self.actions

    def begin(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """A start state (d,)."""
        raise NotImplementedError("begin(size, rng) -> state (d,)")

    def advance(
        self, states: np.ndarray, act: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """States (N, d) and actions (N,) to the states after them, rewards (N,) and ends (N,); the input stays."""
        raise NotImplementedError("advance(states, act, rng) -> states, rew (N,), terminated (N,)")

    def observe(self, states: np.ndarray) -> np.ndarray:
        """Observations (N, *obs) float32, 0 or 1, of states (N, d)."""
        raise NotImplementedError("observe(states) -> obs (N, *obs)")

    @property
    def state(self) -> np.ndarray:
        """The state (d,) of the open episode, a copy."""
        return self.states[0].copy()

    def restore(self, state: np.ndarray) -> None:
        """Puts the open episode into a state that `state` gave; the task and the count of steps stay.

        Raises:
            OptionError: for a state of another length or size.
        """
        state = np.asarray(state, np.int16)
        if state.shape != self.states[0].shape or state[0] not in self.sizes:
            raise OptionError(
                f"a state of {type(self).__name__} is {self.states[0].shape} int16 numbers whose first is one of the "
                f"sizes {self.sizes}, got {state.shape} and {state.reshape(-1)[:1]}"
            )
        self.states = state[None].copy()

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Draws a start state of the size that is due."""
        super().reset(seed=seed)
        self.choose(options)
        self.states, self.total, self.length = self.begin(self.sizes[self.task], self.np_random)[None], 0.0, 0
        return self.observe(self.states)[0], self.info()

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """One step of the simulator."""
        self.states, rew, terminated = self.advance(self.states, np.array([action]), self.np_random)
        self.length += 1
        self.total += float(rew[0])
        boundary = self.count()
        info = self.info(score=self.running(), boundary=boundary)
        truncated = boundary or self.length >= self.horizon
        return self.observe(self.states)[0], float(rew[0]), bool(terminated[0]), truncated, info

    def running(self) -> float:
        """The score so far: the return of the episode."""
        return self.total

    def rare(self, chance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Whether the spontaneous event happens (N,), each with its chance (N,)."""
        return (rng.random(len(chance)) < chance) & self.spontaneous


class Continuing(Puzzle):
    """A puzzle that never terminates; its score is the mean reward of a step, as in the paper."""

    scores = {"reward": "max"}

    def running(self) -> float:
        """The mean reward of the steps so far."""
        return self.total / max(self.length, 1)
