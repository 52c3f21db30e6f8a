"""Results: what came of an experiment, read from its folder.

A run that is damaged or not finished is reported beside the others.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recollect.errors import CheckpointError, MetricWarning, RecollectError
from recollect.experiments.experiment import Cell, Experiment
from recollect.folder import HISTORY, SPEC, Folder
from recollect.history import History
from recollect.registry import metric as metric_named

TAIL = 1 << 16  # bytes at the end of events.jsonl in which the last costs are looked for first


@dataclass(frozen=True)
class Costs:
    """What a run has cost.

    Attributes:
        nbytes: what the method keeps beyond a plain learner: memory, penalty, frozen teachers.
        parameters: of the networks that learn.
        updates: gradient steps.
        seconds: of wall clock, all sittings together, without what a killed one had to do again.
    """

    nbytes: int
    parameters: int
    updates: int
    seconds: float


@dataclass(frozen=True)
class Result:
    """What came of one cell.

    Attributes:
        cell: the run that was wanted.
        directory: where it lies.
        history: all evaluations, or None if there is no finished run.
        costs: or None if nobody wrote them down.
        error: why there is no history; None if there is one.
    """

    cell: Cell
    directory: Path
    history: History | None
    costs: Costs | None
    error: str | None


@dataclass(frozen=True)
class Results:
    """What came of an experiment.

    Attributes:
        directory: the folder of the experiment.
        experiment: what was asked for.
        runs: a result for every cell, in order.
    """

    directory: Path
    experiment: Experiment
    runs: list[Result]

    @classmethod
    def read(cls, directory: str | Path) -> "Results":
        """Reads the folder of an experiment; damaged and unfinished runs become results with an error.

        Raises:
            CheckpointError: if the folder is not that of an experiment.
        """
        experiment = Experiment.load(directory)
        return cls(Path(directory), experiment, [_read(cell, Path(directory)) for cell in experiment.cells])

    @property
    def finished(self) -> list[Result]:
        """The runs that have a history."""
        return [run for run in self.runs if run.history is not None]

    def table(self, metric: str | Callable[..., float]) -> dict[str, dict[str, dict[int, float]]]:
        """`{stream: {arm: {seed: value}}}` over finished runs; NaN where a metric is undefined.

        Args:
            metric: a name, or a function of a history.
        """
        measure = metric_named(metric) if isinstance(metric, str) else metric
        found: dict[str, dict[str, dict[int, float]]] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MetricWarning)
            for run in self.finished:
                by_arm = found.setdefault(run.cell.stream, {})
                by_arm.setdefault(run.cell.arm, {})[run.cell.seed] = float(measure(run.history))
        return found


def _read(cell: Cell, directory: Path) -> Result:
    folder = Folder(directory / cell.folder)
    try:
        if not (folder.path / SPEC).exists():
            raise CheckpointError("it has not begun")
        folder.spec()
        if not folder.complete:
            raise CheckpointError("it is not finished")
        history = History.load(folder.path / HISTORY)
        return Result(cell, folder.path, history, read_costs(folder.path), None)
    except RecollectError as error:
        return Result(cell, folder.path, None, None, str(error))


def read_costs(directory: Path) -> Costs | None:
    """The last costs in events.jsonl of a run, None if there are none.

    Raises:
        CheckpointError: if the line is damaged.
    """
    path = directory / "events.jsonl"
    try:
        size = path.stat().st_size
        line = _last_costs(path, max(size - TAIL, 0)) or _last_costs(path, 0)
    except OSError:
        return None
    if line is None:
        return None
    try:
        found: dict[str, Any] = json.loads(line)
        return Costs(*(int(found[key]) for key in ("nbytes", "parameters", "updates")), float(found["seconds"]))
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path} is damaged: its costs cannot be read ({error})") from error


def _last_costs(path: Path, start: int) -> bytes | None:
    with path.open("rb") as file:
        file.seek(start)
        found = [line for line in file if line.startswith(b'{"event": "costs"')]
    return found[-1] if found else None
