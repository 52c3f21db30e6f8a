"""Panels: the runs of one stream, by arm, as far as they can be shown side by side."""

from dataclasses import dataclass
from typing import Literal

from recollect.experiments.results import Result, Results
from recollect.history import History


@dataclass(frozen=True)
class Arm:
    """The finished runs of one arm on one stream.

    Attributes:
        name: of the arm.
        number: its place among all arms of the experiment, for its colour.
        runs: by seed.
    """

    name: str
    number: int
    runs: list[Result]

    @property
    def histories(self) -> list[History]:
        """Of the runs."""
        return [run.history for run in self.runs if run.history is not None]


@dataclass(frozen=True)
class Panel:
    """Everything that is shown of one stream.

    Attributes:
        title: the stream's id and options.
        tasks: their names.
        directions: its scores, and which way is better; the first is the primary one.
        arms: those with at least one finished run.
    """

    title: str
    tasks: tuple[str, ...]
    directions: dict[str, Literal["max", "min"]]
    arms: list[Arm]


@dataclass(frozen=True)
class Failure:
    """A run that is not shown, and why."""

    arm: str
    stream: str
    seed: int
    directory: str
    reason: str


def panels(results: Results) -> tuple[list[Panel], list[Failure]]:
    """One panel for each stream that has finished runs, and the runs that are not in any."""
    failures = [_failure(run, run.error) for run in results.runs if run.error is not None]
    numbers = {arm: number for number, arm in enumerate(results.experiment.arms)}
    found = []
    for stream in results.experiment.streams:
        runs = [run for run in results.runs if run.history is not None and run.cell.stream == stream]
        if not runs:
            continue
        first = runs[0].history
        kept: dict[str, list[Result]] = {}
        for run in runs:
            if (run.history.tasks, run.history.directions) == (first.tasks, first.directions):
                kept.setdefault(run.cell.arm, []).append(run)
            else:
                failures.append(_failure(run, "its tasks or scores are not those of the other runs on this stream"))
        arms = [Arm(name, numbers[name], kept[name]) for name in numbers if name in kept]
        found.append(Panel(stream, first.tasks, dict(first.directions), arms))
    return found, failures


def _failure(run: Result, reason: str | None) -> Failure:
    cell = run.cell
    return Failure(cell.arm, cell.stream, cell.seed, str(run.directory), reason or "")
