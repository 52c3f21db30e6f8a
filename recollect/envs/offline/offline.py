"""Offline: any lived stream with logged rows, which agents learn from, and are scored by living the stream."""

from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np

from recollect.core import Agent, TaskStream
from recollect.envs.offline.logged import LoggedTasks, Share, share_of
from recollect.errors import OptionError, StreamError
from recollect.logs.playing import play_rows
from recollect.logs.policies import random_policy
from recollect.logs.reading import open_dataset
from recollect.randomness import seed_for
from recollect.rows import Rows
from recollect.schema import TRANSITION

RANDOM = "random"


class Offline(TaskStream):
    """The twin of a lived stream: the same tasks, spaces, scores and episodes, and logged rows of every task.

    Args:
        stream: id of a stream of transitions.
        dataset: id of a Minari dataset with episodes of every task (their `task_id` says of which), or a list with an
            id for each task; `recollect record` makes such. "random": seeded random play of the stream itself, made
            when it is asked for.
        stream_options: of the stream.
        rows_per_task: of random play.
        seed: of random play.
        steps_per_task: of the stream's own schedule, where it is lived.
        schedule: the stream's own schedule.

    Raises:
        StreamError: for a stream that is none, or not of transitions, and for datasets of other spaces.
        DataError: for a dataset that is not here, or lacks a task.
        OptionError: for a wrong number of datasets.
    """

    def __init__(
        self,
        stream: str,
        dataset: str | Sequence[str] = RANDOM,
        *,
        stream_options: dict[str, Any] | None = None,
        rows_per_task: int = 1000,
        seed: int = 0,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        self.env = _lived(stream, stream_options or {})
        self.lived: TaskStream = self.env.unwrapped
        self.observation_space, self.action_space = self.env.observation_space, self.env.action_space
        self.metadata, self.render_mode = self.env.metadata, self.env.render_mode
        self.tasks, self.scores, self.horizon = self.lived.tasks, self.lived.scores, self.lived.horizon
        self.deterministic = self.lived.deterministic
        self.rows_per_task, self.seed, self.played = rows_per_task, seed, {}
        if isinstance(rows_per_task, bool) or not isinstance(rows_per_task, int) or rows_per_task < 1:
            raise OptionError(f"rows_per_task must be a whole number of at least 1, got {rows_per_task!r}")
        self.logged = None if dataset == RANDOM else LoggedTasks(_shares(dataset, self.tasks))
        if self.logged is not None:
            self.logged.check_spaces(self.tasks, self.observation_space, self.action_space)
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def data(self, task: int, split: str = "train") -> Rows | None:
        """The logged rows of a task, read-only; None for the test split, which is lived."""
        if split != "train":
            return None
        if self.logged is not None:
            return self.logged.rows(task)
        if task not in self.played:
            self.played[task] = self._play(task)
        return dict(self.played[task])

    def _play(self, task: int) -> Rows:
        """Random play, in an env of its own."""
        env = gymnasium.make(self.env.spec, disable_env_checker=True)
        policy = random_policy(env.action_space, seed_for(self.seed, "random", task))
        rows = play_rows(env, policy, task, steps=self.rows_per_task, seed=self.seed)
        env.close()
        del rows["task"]
        for values in rows.values():
            values.flags.writeable = False
        return rows

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict]:
        """Begins an episode of the lived stream."""
        super().reset(seed=seed)
        self.choose(options)
        obs, info = self.env.reset(seed=seed, options={"task": self.task, "split": self.split})
        return obs, info | {"task": self.task}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        """Steps the lived stream; truncates at the end of the task's budget."""
        obs, rew, terminated, truncated, info = self.env.step(action)
        boundary = self.count()
        info = info | {"boundary": bool(info["boundary"]) or boundary}
        return obs, rew, terminated, truncated or (boundary and not terminated), info

    def record(
        self, obs: Any, act: Any, rew: Any, obs_next: Any, terminated: Any, truncated: Any, info: dict[str, Any]
    ) -> Rows:
        """As the lived stream does."""
        return self.lived.record(obs, act, rew, obs_next, terminated, truncated, info)

    def score(
        self, agent: Agent, tasks: list[int], *, episodes: int | None, seed: int, announce_tasks: bool = True
    ) -> dict[str, np.ndarray]:
        """As the lived stream does, through the wrappers of this one."""
        self.lived.outermost = self.outermost
        return self.lived.score(agent, tasks, episodes=episodes, seed=seed, announce_tasks=announce_tasks)

    def render(self) -> Any:
        """What the lived stream renders."""
        return self.env.render()

    def close(self) -> None:
        """Closes the lived stream."""
        self.env.close()


def _lived(stream: str, options: dict[str, Any]) -> gymnasium.Env:
    """The stream by its id, if it is one of transitions."""
    try:
        env = gymnasium.make(stream, disable_env_checker=True, **options)
    except gymnasium.error.Error as error:
        raise StreamError(f"the stream {stream!r} cannot be made: {error}") from error
    inner = env.unwrapped
    if not isinstance(inner, TaskStream) or inner.schema is not TRANSITION:
        got = f"{inner.schema.name} records" if isinstance(inner, TaskStream) else "no task stream"
        raise StreamError(f"{stream!r} has {got}, and only a lived stream of TRANSITION records has an offline twin")
    return env


def _shares(dataset: str | Sequence[str], tasks: Sequence[str]) -> list[Share]:
    """The episodes of each task."""
    if not isinstance(dataset, str) and len(dataset) != len(tasks):
        raise OptionError(f"dataset lists {len(dataset)} datasets for {len(tasks)} tasks: give one for each")
    single, named = isinstance(dataset, str), {}
    for one in [dataset] if single else dataset:
        named[one] = named.get(one) or open_dataset(one)
    ids = [dataset] * len(tasks) if single else dataset
    whole = not single or len(tasks) == 1
    return [share_of(named[ids[place]], place, name, whole) for place, name in enumerate(tasks)]
