"""Sequence: Gymnasium environments, one after another, as a task stream.

Usable without `recollect.run`: `gym.make("recollect/Sequence-v0", envs=[...], steps_per_task=10_000)` walks the
tasks by itself, and any Gymnasium agent can live in it.
"""

import copy
import math
from collections.abc import Sequence as SequenceOf
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium.spaces import Box

from recollect.core import TaskStream
from recollect.envs.items import Item, about, agree, checked, make_env, peel, titles
from recollect.envs.vetting import flaw_of, number
from recollect.errors import OptionError, StreamError, UnknownName


class Sequence(TaskStream):
    """Environments of the same spaces, each a task; boundaries truncate, and the next reset is in the next task.

    An environment is made when its task first comes, and kept. It is reset with the stream's seed; one that is met
    without a seed for the first time since the stream was seeded gets a seed drawn from the stream's generator.
    Infos are the stream's own (the environments' differ between tasks, and between reset and step). Observations are
    copied, and looked at: dtype, shape, NaN.

    Args:
        envs: ids, `{"id": ..., "kwargs": {...}}`, EnvSpecs, or callables that make an environment.
        names: of the tasks; ids and options when None.
        score: "return" (sum of rewards), or "success": 1 once `info["success"]` was true in the episode.
        one_hot: append the task to the observation, as T numbers that are 0 but for a 1; for Boxes of one axis.
        render_mode: of the environments (callables decide for themselves).
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.

    Raises:
        StreamError: for no environments, one that cannot be made, and spaces that differ; later, for observations that
            are not what the space says, and NaN.
        OptionError: for something that is not an environment, and a wrong number of names.
        UnknownName: for an unknown score.
    """

    metadata = {"render_modes": ["human", "rgb_array", "ansi"]}

    def __init__(
        self,
        envs: SequenceOf[Item],
        *,
        names: SequenceOf[str] | None = None,
        score: Literal["return", "success"] = "return",
        one_hot: bool = False,
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if isinstance(envs, str | dict) or not len(envs):
            raise StreamError(f"envs must be a list of at least one environment, got {envs!r}")
        if score not in ("return", "success"):
            raise UnknownName("score", str(score), ("return", "success"))
        self.items = [checked(item) for item in envs]
        self.ids = titles(self.items)
        if names is not None and (isinstance(names, str) or not len(names) == len(set(names)) == len(self.ids)):
            raise OptionError(f"names must be {len(self.ids)} different names, one for each env, got {names!r}")
        self.tasks = self.ids if names is None else tuple(names)
        self.scores, self.success, self.render_mode = {score: "max"}, score == "success", render_mode
        looks = self.look()
        self.observation_space, self.action_space = agree(self.tasks, looks)
        self.flaw = flaw_of(self.observation_space)
        self.marks = None  # (T, T), a row to append to the observations of each task
        if one_hot:
            self.observation_space, self.marks = _marked(self.observation_space, len(self.tasks))
        self.metadata = dict(looks[0]["metadata"])
        limits = [one["limit"] for one in looks]
        self.horizon = None if None in limits else max(limits)
        self.deterministic = not any(one["nondeterministic"] for one in looks)
        self.made: dict[int, gymnasium.Env] = {}  # by task
        self.limits = [math.inf] * len(self.tasks)  # longest episodes of those that were made
        self.seeded: set[int] = set()  # tasks whose env has been seeded since the stream was
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def look(self) -> list[dict[str, Any]]:
        """Spaces and flags of every environment, as `about` gives them."""
        return [about(item, name) for item, name in zip(self.items, self.ids, strict=True)]

    @property
    def env(self) -> gymnasium.Env:
        """The environment of the current task."""
        if self.task not in self.made:
            env = make_env(self.items[self.task], self.ids[self.task], self.render_mode)
            self.made[self.task], self.limits[self.task] = peel(env)
        return self.made[self.task]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict]:
        """Begins an episode in the environment of the task that is due."""
        super().reset(seed=seed)
        self.choose(options)
        if seed is not None:
            self.seeded.clear()
        elif self.task not in self.seeded:
            seed = int(self.np_random.integers(2**31))
        self.seeded.add(self.task)
        self.current, self.total, self.length = self.env, 0.0, 0
        self.limit = self.limits[self.task]
        obs, _ = self.current.reset(seed=seed)
        return self._vetted(obs), self.info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        """Steps the environment; truncates at the end of the task's budget."""
        obs, rew, terminated, truncated, inner = self.current.step(action)
        self.length += 1
        if type(rew) is not float or rew != rew:
            rew = number(rew, self._where)
        obs, walk = self._vetted(obs), self.walk
        self.total = max(self.total, self._succeeded(inner)) if self.success else self.total + rew
        # count() and info(), written out: two calls are 2% of a step (benchmarks/streams.py)
        boundary = not self.commanded and walk is not None and walk.advance()
        info = {"task": self.task, "boundary": boundary, "score": self.total, "goal": -1}
        truncated = boundary or bool(truncated) or self.length >= self.limit
        return obs, rew, bool(terminated), truncated, info

    def _vetted(self, obs: Any) -> Any:
        """An observation that is what the space says, and that the environment cannot change any more."""
        if found := self.flaw(obs):
            raise StreamError(f"the observation {self._where()} {found}")
        if self.marks is not None:
            return np.concatenate((obs, self.marks[self.task]))
        return obs.copy() if isinstance(obs, np.ndarray) else copy.deepcopy(obs)

    def _where(self) -> str:
        """The environment and the step, for messages."""
        return f"of {self.ids[self.task]!r} (task {self.task}), after {self.length} env steps of its episode,"

    def _succeeded(self, info: dict[str, Any]) -> float:
        if "success" not in info:
            raise StreamError(
                f"score='success' reads info['success'], which {self.tasks[self.task]!r} does not give; "
                f"it gives {sorted(info)}. Use score='return'"
            )
        return float(info["success"])

    def render(self) -> Any:
        """What the current environment renders."""
        return self.env.render()

    def close(self) -> None:
        """Closes every environment that was made."""
        while self.made:
            self.made.popitem()[1].close()


def _marked(space: gymnasium.Space, count: int) -> tuple[Box, np.ndarray]:
    """The space with `count` numbers in [0, 1] appended, and those of every task (count, count)."""
    if not isinstance(space, Box) or len(space.shape) != 1:
        raise OptionError(
            f"one_hot=True appends the task to observations that are a Box of one axis, these are {space}: wrap the "
            "environments in gymnasium.wrappers.FlattenObservation, or leave it out: agents hear of the task anyway"
        )
    marks = np.eye(count, dtype=space.dtype)
    low, high = np.append(space.low, 0 * marks[0]), np.append(space.high, 0 * marks[0] + 1)
    return Box(low, high, dtype=space.dtype.type), marks
