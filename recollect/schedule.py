"""Schedules: which task the next episode or batch comes from, as plain JSON.

"sequential"                        tasks in their order, once; [0, 2, 1] is a sequence of one's own
{"kind": "cyclic", "cycles": 2}     the sequence several times
{"kind": "shuffled", "cycles": 1}   a random order, another in every cycle
{"kind": "blurred", "width": 0.5}   around each boundary the next episode or batch is drawn from a mixture
{"kind": "drifting"}                each episode's parameters lie further towards the next task

Every kind takes `order`, a list of task indices, but drifting, which follows the tasks' own order. The same
schedule is commanded by `recollect.run` or walked by a stream alone (`gymnasium.make(id, schedule=...,
steps_per_task=...)`); a `Walk` is one pass through it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from recollect.errors import OptionError, StreamError, UnknownName

OPTIONS = {
    "sequential": {"order"},
    "cyclic": {"order", "cycles"},
    "shuffled": {"order", "cycles"},
    "blurred": {"order", "width"},
    "drifting": set(),
}
DEFAULTS: dict[str, dict[str, Any]] = {"cyclic": {"cycles": 2}, "shuffled": {"cycles": 1}, "blurred": {"width": 0.5}}


def normalise(schedule: str | Sequence[int] | dict[str, Any] | None, num_tasks: int) -> dict[str, Any]:
    """The schedule as a complete, checked, JSON-able dictionary.

    Raises:
        UnknownName: for an unknown kind or option.
        OptionError: for a task that does not exist, `cycles` below 1 or `width` outside (0, 1].
    """
    given: dict[str, Any] = {}
    if isinstance(schedule, str):
        given = {"kind": schedule}
    elif isinstance(schedule, dict):
        given = schedule
    elif schedule is not None:
        given = {"order": schedule}
    kind = str(given.get("kind", "sequential"))
    if kind not in OPTIONS:
        raise UnknownName("schedule", kind, OPTIONS)
    for option in given.keys() - {"kind"} - OPTIONS[kind]:
        raise UnknownName(f"option of schedule {kind!r}:", str(option), OPTIONS[kind] or {"kind"})
    full: dict[str, Any] = {"kind": kind, **DEFAULTS.get(kind, {}), **given}
    if "order" in OPTIONS[kind]:
        full["order"] = _order(given.get("order"), num_tasks)
    cycles, width = full.get("cycles", 1), full.get("width", 1.0)
    if not _counts(cycles):
        raise OptionError(f"schedule option cycles must be a whole number of at least 1, got {cycles!r}")
    if isinstance(width, bool) or not isinstance(width, int | float) or not 0 < width <= 1:
        raise OptionError(f"schedule option width must lie in (0, 1] (a fraction of a task), got {width!r}")
    return full


def _order(order: Any, num_tasks: int) -> list[int]:
    """The tasks of a schedule, checked; all of them, in their order, for None."""
    if order is None:
        return list(range(num_tasks))
    tasks = list(order) if isinstance(order, Sequence | np.ndarray) and not isinstance(order, str) else []
    if not tasks:
        raise OptionError(f"a schedule is a name, a list of tasks or a dictionary with a kind, got {order!r}")
    for task in tasks:
        if isinstance(task, bool) or not isinstance(task, int | np.integer) or not 0 <= task < num_tasks:
            raise OptionError(f"schedule order names task {task!r}, but the stream has tasks 0 to {num_tasks - 1}")
    return [int(task) for task in tasks]


def _counts(value: Any) -> bool:
    """Whether `value` is a whole number of at least 1."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def command(options: dict[str, Any], task: int, num_tasks: int, drifts: bool = True) -> tuple[int, str, float]:
    """Task, split and drift that `reset(options=...)` commands; `task` is the one before.

    Raises:
        UnknownName: for an option other than task, split and drift.
        OptionError: for a task that does not exist, a split other than train and test, drift outside [0, 1], or
            any drift of a stream that has nothing to drift.
    """
    for option in options:
        if option not in ("task", "split", "drift"):
            raise UnknownName("reset option", option, ("task", "split", "drift"))
    task, split, drift = options.get("task", task), options.get("split", "train"), options.get("drift", 0.0)
    if isinstance(task, bool) or not isinstance(task, int | np.integer) or not 0 <= task < num_tasks:
        raise OptionError(f"reset option task must be a whole number from 0 to {num_tasks - 1}, got {task!r}")
    if split not in ("train", "test") or not isinstance(drift, int | float | np.number) or not 0 <= drift <= 1:
        raise OptionError(f"reset options: split is train or test, drift lies in [0, 1], got {split!r}, {drift!r}")
    if drift and not drifts:
        raise OptionError(f"reset option drift={drift!r}: this stream has no parameters that drift between tasks")
    return int(task), split, float(drift)


class Walk:
    """One pass through a schedule: it counts steps, names the task due, and knows when it is over.

    Args:
        schedule: any form that `normalise` takes.
        num_tasks: how many tasks the stream has.
        steps_per_task: the budget of every position, or of each task (num_tasks,), in steps.
        seed: of the shuffled order and of the blurred draws.
        drifts: whether the stream can drift.

    Raises:
        OptionError: if a budget is not a whole number of at least 1.
        StreamError: for a drifting schedule of a stream that cannot drift.
    """

    def __init__(
        self,
        schedule: str | Sequence[int] | dict[str, Any] | None,
        num_tasks: int,
        steps_per_task: int | Sequence[int],
        seed: int | Sequence[int] = 0,
        drifts: bool = True,
    ) -> None:
        self.schedule = normalise(schedule, num_tasks)
        if self.schedule["kind"] == "drifting" and not drifts:
            raise StreamError(
                "schedule 'drifting' needs a stream whose parameters drift between tasks, and this one has none: "
                "take 'blurred', which mixes neighbouring tasks"
            )
        self.rng = np.random.default_rng(seed)
        self.order = self._expand(num_tasks)
        many = isinstance(steps_per_task, Sequence | np.ndarray)
        budgets: list[Any] = list(steps_per_task) if many else [steps_per_task] * num_tasks  # type: ignore[arg-type]
        if len(budgets) != num_tasks or not all(map(_counts, budgets)):
            raise OptionError(
                f"steps_per_task must be a whole number of at least 1, or {num_tasks} of them, got {steps_per_task!r}"
            )
        self.budgets = [int(budgets[task]) for task in self.order]  # one per position
        self.position, self.used = 0, 0

    def _expand(self, num_tasks: int) -> list[int]:
        order, cycles = self.schedule.get("order", range(num_tasks)), self.schedule.get("cycles", 1)
        if self.schedule["kind"] == "shuffled":
            return [int(task) for _ in range(cycles) for task in self.rng.permutation(order)]
        return list(order) * cycles

    @property
    def over(self) -> bool:
        """Whether every position has been walked."""
        return self.position >= len(self.order)

    @property
    def task(self) -> int:
        """The main task of this position; of the last one when the walk is over."""
        return self.order[min(self.position, len(self.order) - 1)]

    @property
    def left(self) -> int:
        """Steps that this position still has."""
        return 0 if self.over else self.budgets[self.position] - self.used

    def draw(self) -> tuple[int, float]:
        """The task and the drift, in [0, 1) towards the next task, of the next episode or batch."""
        kind, last = self.schedule["kind"], self.position >= len(self.order) - 1
        if self.over or kind not in ("blurred", "drifting"):
            return self.task, 0.0
        progress = self.used / self.budgets[self.position]
        if kind == "drifting":
            return self.task, 0.0 if last else progress
        # linear from all-this-task to half-and-half at the boundary, and on to all-next-task
        width, neighbour, chance = self.schedule["width"], self.position, 0.0
        if progress > 1 - width / 2 and not last:
            neighbour, chance = self.position + 1, (progress - (1 - width / 2)) / width
        elif progress < width / 2 and self.position > 0:
            neighbour, chance = self.position - 1, 0.5 - progress / width
        return self.order[neighbour if self.rng.random() < chance else self.position], 0.0

    def advance(self, steps: int = 1) -> bool:
        """Counts `steps`; True when they were the last of this position."""
        if self.position >= len(self.order):  # not by properties: this is called in every env step
            return False
        self.used += steps
        return self.used >= self.budgets[self.position]

    def next(self) -> None:
        """Goes on to the next position."""
        self.position, self.used = self.position + 1, 0

    def state_dict(self) -> dict[str, Any]:
        """Where the walk stands."""
        return {"position": self.position, "used": self.used, "order": self.order, "rng": self.rng.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes back to where `state_dict` was taken."""
        self.position, self.used = state["position"], state["used"]
        self.order = list(state["order"])
        self.rng.bit_generator.state = state["rng"]
