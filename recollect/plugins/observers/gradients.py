"""Norms of plasticity and stability gradients after a switch, of agents that log them (`disentangled-er`).

{"step": 231, "task": 1, "update": 1, "plasticity": 4.81, "stability": 0.07}
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recollect.errors import DataError
from recollect.plugins.observers.appended import AppendedFile

if TYPE_CHECKING:
    from recollect.loop import Run

FILE = "gradients.jsonl"
NORMS = ("plasticity", "stability")


class Gradients:
    """Writes gradients.jsonl: a line for every step whose losses hold "plasticity" and "stability".

    `update` counts the steps of the running task from 1. Without a folder the lines are only kept, in `records`.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, float]] = []
        self.began = 0  # the step before the first of the running task
        self.file = AppendedFile(FILE, "gradients")
        self.writes = False

    def recollect_run_start(self, run: "Run") -> None:
        """Opens the file, or continues it."""
        self.writes = run.directory is not None
        if self.writes:
            self.file.begin(run.directory)

    def recollect_task_start(self, run: "Run") -> None:
        """Counts from here."""
        self.began = run.step

    def recollect_step_end(self, task: int, step: int, losses: dict[str, float]) -> None:
        """Writes the norms, if there are any."""
        if not set(NORMS) <= losses.keys():
            return
        norms = {name: float(losses[name]) for name in NORMS}
        self.records.append({"step": step, "task": task, "update": step - self.began, **norms})
        if self.writes:  # JSON has no infinities
            line = {name: number if math.isfinite(number) else None for name, number in self.records[-1].items()}
            self.file.append(json.dumps(line).encode() + b"\n")

    def state_dict(self) -> dict[str, Any]:
        """What was seen, where the task began, and the length of the file."""
        return {"records": self.records, "began": self.began, "file": self.file.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.records, self.began = list(state["records"]), int(state["began"])
        self.file.load_state_dict(state["file"])

    @staticmethod
    def figures(directory: Path) -> dict[str, float]:
        """What the file in a run's folder says, averaged over switches (all tasks but the first), NaN without any.

            stability-share    stability over plasticity at the first update after a switch
            stability-start    stability at that update over its largest norm at the updates that were watched

        Raises:
            DataError: if the run wrote no such file, or it is damaged.
        """
        path = Path(directory) / FILE
        tasks: list[list[dict[str, float]]] = []
        try:
            for line in map(json.loads, path.read_text().splitlines()):
                if line["update"] == 1:
                    tasks.append([])
                norms = {name: math.nan if line[name] is None else float(line[name]) for name in NORMS}
                tasks[-1].append(norms)
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DataError(f"{path} cannot be read ({error}): was the run observed by 'gradients'?") from error
        shares = [_ratio(updates[0]["stability"], updates[0]["plasticity"]) for updates in tasks[1:]]
        starts = [_ratio(updates[0]["stability"], max(one["stability"] for one in updates)) for updates in tasks[1:]]
        return {"stability-share": _mean(shares), "stability-start": _mean(starts)}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else math.nan


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan
