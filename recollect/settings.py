"""Settings: the keywords of `recollect.run`, checked, and what follows from them for a stream and an agent."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np

from recollect.core import Agent
from recollect.errors import OptionError, SchemaError, StreamError
from recollect.experience import is_logged, logged_rows
from recollect.options import plain
from recollect.randomness import check_seed, seed_for
from recollect.rows import num_rows
from recollect.schedule import Walk

SMALLEST = {  # whole numbers, and the least that each may be
    "num_envs": 1,
    "passes": 1,
    "evaluate_every": 1,
    "evaluate_episodes": 1,
    "evaluate_rows": 1,
}


@dataclass(frozen=True)
class Settings:
    """The keywords of `recollect.run` that decide what happens; plain JSON.

    Raises:
        OptionError: naming the keyword, what it must be and what it is.
    """

    num_envs: int = 1
    steps_per_task: int | list[int] | None = None
    passes: int = 1
    schedule: Any = None
    evaluate_every: int | None = None
    evaluate_episodes: int = 10
    evaluate_rows: int | None = None
    announce_tasks: bool = True
    seed: int = 0
    checkpoint_seconds: float = 60

    def __post_init__(self) -> None:
        for name, least in SMALLEST.items():
            value, default = getattr(self, name), next(f.default for f in fields(self) if f.name == name)
            if value is None and default is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise OptionError(f"{name} must be a whole number of at least {least}, got {value!r}")
        if not isinstance(self.announce_tasks, bool):
            raise OptionError(f"announce_tasks must be True or False, got {self.announce_tasks!r}")
        seconds = self.checkpoint_seconds
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
            raise OptionError(f"checkpoint_seconds must be a number of at least 0, got {seconds!r}")
        object.__setattr__(self, "seed", check_seed(self.seed))
        for name in ("steps_per_task", "schedule"):  # numpy's numbers and arrays become plain data
            value = getattr(self, name)
            listed = value.tolist() if isinstance(value, np.ndarray) else value
            object.__setattr__(self, name, plain(listed, name))

    @property
    def evaluation_seed(self) -> int:
        """The seed of every evaluation: all of them are of the same test."""
        return seed_for(self.seed, "evaluation")

    def as_json(self) -> dict[str, Any]:
        """All of them as plain data, with which `Settings(**...)` makes them again."""
        return asdict(self)

    def check_hidden(self, agent: Any, replay: Any, penalty: Any) -> None:
        """Refuses, where tasks are hidden, any part (or class of one) that needs or reads them.

        Raises:
            SchemaError: naming the part and why it needs tasks.
        """
        if self.announce_tasks:
            return
        for role, part in (("agent", agent), ("replay", replay), ("penalty", penalty)):
            needs = getattr(part, "needs_tasks", False) or getattr(part, "needs_data", False)
            if needs or "task" in getattr(part, "reads", ()):
                kind = part if isinstance(part, type) else type(part)
                raise SchemaError(
                    f"{role} {kind.__name__} {'works at task boundaries' if needs else 'reads the field task'}, "
                    "but announce_tasks=False hides them: announce the tasks, or take a part that does without"
                )

    def walk(self, inner: Any, agent: Agent | type[Agent]) -> tuple[Walk, bool]:
        """The walk through the stream's tasks, and whether it counts env steps of any lane, as the stream's own does.

        Raises:
            OptionError: for lanes where there are none.
            StreamError: if nothing says how long a lived task is, or a stream that cannot drift is to.
        """
        if self.num_envs > 1 and (inner.batched or is_logged(inner, agent)):
            raise OptionError(
                f"num_envs={self.num_envs}: lanes are for streams that are lived one step at a time, and "
                f"{type(inner).__name__} is {'batched' if inner.batched else 'logged'}: leave num_envs at 1"
            )
        schedule = inner.schedule if self.schedule is None else self.schedule
        steps, own = self.steps_per_task, False
        logged = is_logged(inner, agent)
        if steps is None and logged:
            counts = [num_rows(logged_rows(inner, task)) for task in range(len(inner.tasks))]
            steps = [self.passes * math.ceil(count / agent.batch_size) for count in counts]
        elif steps is None:
            steps, own = inner.steps_per_task, True
        if steps is None:
            raise StreamError(
                f"{type(inner).__name__} has no steps_per_task of its own: say how long a task is, "
                "with run(..., steps_per_task=1000) or gymnasium.make(id, steps_per_task=1000)"
            )
        drifts = inner.drifts and not logged
        walk = Walk(schedule, len(inner.tasks), steps, seed_for(self.seed, "schedule"), drifts=drifts)
        return walk, own
