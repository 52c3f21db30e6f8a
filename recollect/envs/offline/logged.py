"""The logged rows of tasks: which episodes of which dataset each has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import minari
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space

from recollect.errors import DataError, StreamError
from recollect.logs.reading import episode_tasks, read_rows
from recollect.rows import Rows

HELD = 2  # tasks whose rows stay in memory: schedules go back and forth between two at most


@dataclass(frozen=True)
class Share:
    """Episodes of a dataset that are one task's; `episodes` None: all."""

    dataset: minari.MinariDataset
    episodes: tuple[int, ...] | None = None


class LoggedTasks:
    """The rows of each task, read when they are asked for; those of the last two tasks are kept.

    Args:
        shares: of every task.
    """

    def __init__(self, shares: Sequence[Share]) -> None:
        self.shares, self.held = list(shares), {}

    def rows(self, task: int) -> Rows:
        """TRANSITION rows of a task, without `task`: a run adds its own; the arrays are read-only.

        Raises:
            DataError: see `recollect.logs.reading.read_rows`.
        """
        if task not in self.held:
            while len(self.held) >= HELD:
                del self.held[next(iter(self.held))]
            share = self.shares[task]
            rows = read_rows(share.dataset, share.episodes)
            rows.pop("task", None)
            for values in rows.values():
                values.flags.writeable = False
            self.held[task] = rows
        return dict(self.held[task])

    def check_spaces(self, tasks: Sequence[str], observation_space: Space, action_space: Space) -> None:
        """Raises StreamError where a dataset was recorded in other spaces than the stream's."""
        for name, share in zip(tasks, self.shares, strict=True):
            mine = {"observation": observation_space, "action": action_space}
            its = {"observation": share.dataset.observation_space, "action": share.dataset.action_space}
            for kind in mine:
                if form(mine[kind]) != form(its[kind]):
                    raise StreamError(
                        f"the Minari dataset {share.dataset.id!r}, task {name!r}, has the {kind} space "
                        f"{its[kind]}, the environment has {mine[kind]}: they must agree"
                    )


def form(space: Space) -> Any:
    """What must agree of two spaces: kind, shape, dtype and counts, but no bounds."""
    if isinstance(space, Dict):
        return {key: form(leaf) for key, leaf in space.items()}
    counts = {Discrete: "n", MultiDiscrete: "nvec", MultiBinary: "n"}
    count = next((np.asarray(getattr(space, name)).tolist() for kind, name in counts.items() if type(space) is kind), 0)
    kind = Box if isinstance(space, Box) else type(space)
    return kind.__name__, space.shape, str(space.dtype), count


def share_of(dataset: minari.MinariDataset, place: int, name: str, whole: bool) -> Share:
    """The episodes of one task, by the episodes' `task_id`: the task's place among the stream's tasks, or its name.

    Args:
        dataset: to look into.
        place: of the task.
        name: of the task.
        whole: whether all episodes are the task's if none has a `task_id`.

    Raises:
        DataError: if the task has none.
    """
    ids = episode_tasks(dataset)
    if whole and all(one is None for one in ids):
        return Share(dataset)
    episodes = tuple(i for i, one in enumerate(ids) if one in (place, name))
    if not episodes:
        have = sorted({str(one) for one in ids if one is not None})
        raise DataError(
            f"the Minari dataset {dataset.id!r} has no episodes whose task_id is {place} or {name!r}; it has "
            f"{', '.join(have) or 'no task_id'}: record them, or give a list with a dataset for each task"
        )
    return Share(dataset, episodes)
