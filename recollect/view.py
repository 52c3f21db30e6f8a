"""Run: what hooks see of a run, to read and not to change."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from recollect.core import Agent
from recollect.history import History
from recollect.rows import Rows
from recollect.scoring import exam

if TYPE_CHECKING:
    from recollect.running import Running


class Run:
    """A read-only view of a run, given to every hook."""

    def __init__(self, running: "Running") -> None:
        self._running = running

    @property
    def stream(self) -> gymnasium.Env:
        """An un-stepped copy of the stream, outermost wrapper."""
        return self._running.stream

    @property
    def tasks(self) -> tuple[str, ...]:
        """The names of the stream's tasks."""
        return tuple(self._running.inner.tasks)

    @property
    def agent(self) -> Agent:
        """The agent; its memory is `agent.replay`."""
        return self._running.agent

    @property
    def history(self) -> History:
        """All evaluations so far."""
        return self._running.history

    def exam(self) -> tuple[Rows, np.ndarray]:
        """The test rows on which this run's evaluations score a batched stream, tasks mixed, and their tasks (N,)."""
        running = self._running
        settings = running.settings
        return exam(running.inner, tuple(running.tasks), settings.evaluate_rows, settings.evaluation_seed)

    @property
    def directory(self) -> Path | None:
        """The run's folder, if it has one."""
        return None if self._running.folder is None else self._running.folder.path

    @property
    def spec(self) -> dict[str, Any]:
        """What run.json holds: stream, agent with its parts and options, settings, plugins, device."""
        return self._running.spec

    @property
    def seed(self) -> int:
        """The run's seed."""
        return self._running.settings.seed

    @property
    def step(self) -> int:
        """Steps so far."""
        return self._running.step

    @property
    def rows(self) -> int:
        """New rows so far."""
        return self._running.rows

    @property
    def position(self) -> int:
        """Place in the schedule, from 0."""
        return self._running.walk.position

    @property
    def num_positions(self) -> int:
        """How many places the schedule has."""
        return len(self._running.walk.order)

    @property
    def progress(self) -> float:
        """How much of the run is done, in [0, 1], by the schedule's own count."""
        walk = self._running.walk
        return (sum(walk.budgets[: walk.position]) + (0 if walk.over else walk.used)) / sum(walk.budgets)
