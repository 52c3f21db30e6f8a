"""Joint training: all data of the tasks met so far, the upper bound."""

import math
from itertools import pairwise
from typing import Any

import gymnasium
import numpy as np
import torch

from recollect.agents.classifier import Classifier
from recollect.core import Agent, ReplayStrategy
from recollect.errors import CheckpointError, OptionError, StreamError
from recollect.rows import Rows, concat, num_rows, take
from recollect.state import nbytes_of


class Everything(Agent):
    """A part of learners that draw every batch from all logged rows of all tasks begun so far; stands before theirs.

    The rows of a step only say how large the batch is (new rows and replayed ones together). It is drawn uniformly
    without replacement, so that each task counts by its rows, the present one too. The data stay where the stream has
    them; a checkpoint holds only which tasks were met, and they are read from the stream again.

    Args:
        stream: a stream with logged data.
        replay: unused.
        replayed_per_new: rows beyond the new ones in each batch, per new row, at least 0.
        **options: those of the learner.

    Raises:
        OptionError: if an option lies outside its range.
    """

    memory = "none"
    needs_tasks = True
    saved_elsewhere = Agent.saved_elsewhere | {"data"}

    def __init__(
        self, stream: gymnasium.Env, replay: ReplayStrategy, *, replayed_per_new: float = 1.0, **options: Any
    ) -> None:
        super().__init__(stream, replay, **options)
        self.stream, self.replayed_per_new = stream, replayed_per_new
        if not 0 <= replayed_per_new < math.inf:
            raise OptionError(f"replayed_per_new must be a finite number of at least 0, got {replayed_per_new!r}")
        self.met: list[tuple[int, int]] = []  # each task begun so far and its rows
        self.data: list[Rows] = []  # the rows themselves, in the same order

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """As of the learner, and the stream must have logged data."""
        reason = super().accepts(stream)
        if reason is None and stream.unwrapped.data(0) is None:
            return "it draws from all data of the tasks met, the stream has no logged data"
        return reason

    @property
    def nbytes(self) -> int:
        """Bytes of all rows that it draws from: what this upper bound keeps that a learner would not."""
        return nbytes_of(self.data)

    def begin_task(self, task: int, data: Rows | None) -> None:
        """From now on the rows of `task` are drawn too.

        Raises:
            StreamError: if the task has no logged rows.
        """
        if not data or not num_rows(data):
            raise StreamError(f"joint draws from all data of the tasks met, but task {task} has no logged rows")
        if all(task != known for known, _ in self.met):
            self.met.append((task, num_rows(data)))
            self.data.append(data)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step on a batch of `len(new) * (1 + replayed_per_new)` rows out of all tasks met.

        Raises:
            StreamError: if no task was announced.
        """
        if not self.met:
            raise StreamError("joint has met no task yet: tasks must be announced (announce_tasks=True)")
        drawn = self.draw(round(num_rows(new) * (1 + self.replayed_per_new)))
        return super().update(self.view(drawn), {})

    def draw(self, n: int) -> Rows:
        """`n` different rows, uniformly out of all tasks met; all of them if there are not so many."""
        starts = np.cumsum([0, *(count for _, count in self.met)])  # (tasks + 1,)
        index = np.sort(self.rng.choice(starts[-1], min(n, starts[-1]), replace=False))  # (n,) by task
        cuts = np.searchsorted(index, starts)
        return concat(
            take(data, index[a:b] - start)
            for data, start, (a, b) in zip(self.data, starts, pairwise(cuts), strict=False)
        )

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the state, and reads the data of the tasks met from the stream.

        Raises:
            CheckpointError: if a task has another number of rows now.
        """
        super().load_state_dict(state)
        self.data = [self.stream.unwrapped.data(task) for task, _ in self.met]
        for (task, count), data in zip(self.met, self.data, strict=True):
            if num_rows(data or {}) != count:
                raise CheckpointError(
                    f"task {task} had {count} rows when the checkpoint was written, the stream now has "
                    f"{num_rows(data or {})}: resume with the same data"
                )


class Joint(Everything, Classifier):
    """Descends the cross-entropy of a batch drawn from all logged rows of all tasks begun so far.

    It is what `er` would be if its memory were all data, and its new rows came out of it too: the loss is
    `weight * mean CE`, the weight being er's two together, so that at equal learning rate both take steps of one size.
    It is a reference, not a continual learner: it looks at all old data; see `Everything`.

    Args:
        stream: a SAMPLE stream with class targets and logged data.
        replay: unused.
        weight: factor of the mean cross-entropy, at least 0: the sum of the two weights of the `er` beside it.
        replayed_per_new: rows beyond the new ones in each batch, per new row, at least 0.
        **options: those of `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, *, weight: float = 2.0, **options: Any) -> None:
        super().__init__(stream, replay, **options)
        if not 0 <= weight < math.inf:
            raise OptionError(f"weight must be a finite number of at least 0, got {weight!r}")
        self.weight = weight

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """The weighted mean cross-entropy of all rows, a scalar."""
        return self.weight * super().loss(new, replayed)
