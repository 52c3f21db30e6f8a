"""Experience: the one place that knows lived from logged, a step from an episode, one env from many.

It iterates over the rows that each step of a run brings, and ends at the end of every position of the schedule:

Logged     a stream has the rows already: batches of them, every pass in a new order
Steps      lanes are lived in, one vector step at a time (for batched streams, one batch)
Episodes   lanes are lived in, `groups` groups of `group_size` whole episodes at a time

Every row carries `step` and, where tasks are announced, `task`.
"""

from typing import Any

import gymnasium
import numpy as np

from recollect.core import Agent
from recollect.errors import DataError, StreamError
from recollect.lanes import open_lanes
from recollect.living import Episodes, Steps
from recollect.opening import Opener, task_stream
from recollect.randomness import seed_for
from recollect.rows import Rows, num_rows, take
from recollect.schedule import Walk


class Experience:
    """An iterator over the rows of each step of the walk's position; `state_dict` resumes it to the bit.

    Args:
        opener: makes the lanes.
        stream: an un-stepped stream, for its data and its record.
        agent: whose actions are lived.
        walk: which task is due; advanced by every step.
        num_envs: lanes of a lived stream that is not batched.
        own_budget: whether the walk counts env steps of any lane, as a stream's own schedule does, or steps.
        announce_tasks: whether the agent and the rows know the task.
        seed: of the run.
    """

    def __init__(
        self,
        opener: Opener,
        stream: Any,
        agent: Agent,
        walk: Walk,
        *,
        num_envs: int = 1,
        own_budget: bool = False,
        announce_tasks: bool = True,
        seed: int = 0,
    ) -> None:
        self.walk, self.announce_tasks, self.step = walk, announce_tasks, 0
        inner = task_stream(stream)
        if is_logged(inner, agent):
            self.source: Logged | Steps | Episodes = Logged(inner, agent.batch_size, seed)
            return
        lanes = open_lanes(opener, num_envs, inner.batched)
        kind = Episodes if agent.schema.unit == "episode" else Steps
        count = 1 if inner.batched else num_envs
        self.source = kind(lanes, inner, agent, count, own_budget, announce_tasks, seed, text_widths(stream))

    @property
    def env_steps(self) -> int:
        """Steps of the env so far, over all lanes; 0 for logged streams."""
        return self.source.env_steps

    @property
    def resumable(self) -> bool:
        """Whether a checkpoint can be taken now: an open episode can be played again, or none is open."""
        return self.source.resumable

    def __iter__(self) -> "Experience":
        return self

    def __next__(self) -> Rows:
        if self.walk.left <= 0:
            raise StopIteration
        rows, task = self.source.meet(self.walk)
        count = num_rows(rows)
        self.step += 1
        rows["step"] = np.full(count, self.step)
        if self.announce_tasks:
            rows["task"] = np.full(count, task) if np.ndim(task) == 0 else np.array(task)
        else:
            rows.pop("task", None)  # logged rows may have brought it
        return rows

    def state_dict(self) -> dict[str, Any]:
        """Counters, and what the source needs to go on."""
        return {"step": self.step, "source": self.source.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on where `state_dict` was taken; open episodes are played again."""
        self.step = state["step"]
        self.source.load_state_dict(state["source"])

    def close(self) -> None:
        """Closes the lanes."""
        self.source.close()


def text_widths(stream: gymnasium.Env) -> dict[str, str]:
    """The dtype, such as "<U40", of every field that holds texts."""
    obs, act = stream.observation_space, stream.action_space
    waiting, found = [("obs", obs), ("obs_next", obs), ("x", obs), ("act", act)], {}
    while waiting:
        field, space = waiting.pop()
        if isinstance(space, gymnasium.spaces.Dict):
            waiting.extend((f"{field}/{key}", leaf) for key, leaf in space.items())
        elif isinstance(space, gymnasium.spaces.Text):
            found[field] = f"<U{max(space.max_length, 1)}"
    return found


def is_logged(inner: Any, agent: Agent | type[Agent]) -> bool:
    """Whether `agent` learns the stream's logged rows, rather than living it."""
    return agent.schema.name == inner.schema.name and inner.data(0) is not None


class Logged:
    """Batches of a stream's logged rows, each pass over a task in a new order, its last batch short."""

    resumable = True
    env_steps = 0

    def __init__(self, stream: Any, batch_size: int, seed: int) -> None:
        self.stream, self.batch_size, self.seed = stream, batch_size, seed
        self.data: dict[int, Rows] = {}
        self.orders: dict[int, np.ndarray] = {}
        self.cursors: dict[int, list[int]] = {}  # task -> [pass, offset]

    def meet(self, walk: Walk) -> tuple[Rows, int]:
        """The next batch of the task that is due."""
        task, _ = walk.draw()
        if task not in self.data:
            while len(self.data) > 1:  # schedules go back and forth between two tasks at most
                del self.data[next(iter(self.data))]
            self.data[task] = logged_rows(self.stream, task)
        data = self.data[task]
        count = num_rows(data)
        cursor = self.cursors.setdefault(task, [0, 0])
        if cursor[1] >= count:
            cursor[:] = [cursor[0] + 1, 0]
            self.orders.pop(task, None)  # none yet, where a checkpoint was taken between two passes
        if task not in self.orders:
            rng = np.random.default_rng(seed_for(self.seed, "order", task, cursor[0]))
            self.orders[task] = rng.permutation(count)
        index = self.orders[task][cursor[1] : cursor[1] + self.batch_size]
        cursor[1] += len(index)
        walk.advance()
        return take(data, index), task

    def state_dict(self) -> dict[str, Any]:
        """How far each task has been read."""
        return {"cursors": {task: list(cursor) for task, cursor in self.cursors.items()}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on reading there; the order is a function of seed, task and pass."""
        self.cursors = {task: list(cursor) for task, cursor in state["cursors"].items()}

    def close(self) -> None:
        """Nothing to close."""


def logged_rows(stream: Any, task: int, split: str = "train") -> Rows:
    """The logged rows of a task, checked.

    Raises:
        StreamError: if there are none.
        DataError: if a field holds NaN; it names field, row and task.
    """
    rows = stream.data(task, split)
    if rows is None or not num_rows(rows):
        raise StreamError(f"{type(stream).__name__} has no {split} rows for task {task} ({stream.tasks[task]})")
    for field, values in rows.items():
        if values.dtype.kind == "f" and np.isnan(values).any():
            row = int(np.argwhere(np.isnan(values))[0, 0])
            raise DataError(f"field {field!r} of task {stream.tasks[task]!r} is NaN in row {row}: clean the data first")
    return rows
