"""events.jsonl: one JSON object per event, with the wall clock that histories leave out.

{"event": "task_start", "time": 1767225600.1, "step": 0, "task": 0, "name": "digits 0, 1"}
{"event": "step", "time": 1767225600.2, "step": 20, "task": 0, "losses": {"loss": 0.31}}
{"event": "evaluated", "time": 1767225600.4, "step": 46, "task": 0, "scores": {"accuracy": [0.98, 0.1]}}
{"event": "costs", "time": 1767225600.5, "step": 46, "nbytes": 5440, "parameters": 17510, "updates": 46, ...}

Costs stand at every task's end and at the run's: `nbytes` is what the method keeps beyond a plain learner (memory,
penalty, frozen teachers), `parameters` what its networks learn, `seconds` the wall clock of all sittings together.
"""

import json
import math
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.plugins.observers.appended import AppendedFile
from recollect.state import kept_bytes

if TYPE_CHECKING:
    from recollect.loop import Run


class Jsonl:
    """Writes events.jsonl into the run's folder, every line on disk at once.

    Args:
        losses_every: steps between two events with losses; every step would write more than anybody reads.
    """

    def __init__(self, losses_every: int = 20) -> None:
        self.losses_every = losses_every
        self.seconds, self.started = 0.0, time.monotonic()  # of earlier sittings; when this one began
        self.file = AppendedFile("events.jsonl", "jsonl")

    def recollect_run_start(self, run: "Run") -> None:
        """Writes `run_start`, or `run_resume` after what the checkpoint knows of."""
        self.started = time.monotonic()
        empty = self.file.begin(run.directory)
        self._write("run_start" if empty else "run_resume", run.step, tasks=list(run.tasks), spec=run.spec)

    def recollect_task_start(self, run: "Run", task: int) -> None:
        """Writes `task_start`."""
        self._write("task_start", run.step, task=task, name=run.tasks[task])

    def recollect_step_end(self, task: int, step: int, losses: dict[str, float]) -> None:
        """Writes `step` every `losses_every` steps."""
        if step % self.losses_every == 0:
            self._write("step", step, task=task, losses=losses)

    def recollect_evaluated(self, task: int, step: int, scores: dict[str, np.ndarray]) -> None:
        """Writes `evaluated`."""
        self._write("evaluated", step, task=task, scores=scores)

    def recollect_task_end(self, run: "Run", task: int) -> None:
        """Writes `task_end` and what the run has cost so far."""
        self._write("task_end", run.step, task=task, name=run.tasks[task])
        self._write_costs(run)

    def recollect_run_end(self, run: "Run") -> None:
        """Writes what the run has cost, and `run_end`."""
        self._write_costs(run)
        self._write("run_end", run.step)

    def state_dict(self) -> dict[str, Any]:
        """The length of the file, and the seconds so far."""
        return {**self.file.state_dict(), "seconds": self._elapsed()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores both."""
        self.file.load_state_dict(state)
        self.seconds, self.started = float(state.get("seconds", 0.0)), time.monotonic()

    def _elapsed(self) -> float:
        return self.seconds + time.monotonic() - self.started

    def _write_costs(self, run: "Run") -> None:
        agent = run.agent
        parts = [agent.replay] if agent.penalty is None else [agent.replay, agent.penalty]
        learnt = {id(one): one.numel() for _, one in agent.named_parameters() if one.requires_grad}
        costs = {"parameters": sum(learnt.values()), "updates": agent.updates, "seconds": self._elapsed()}
        self._write("costs", run.step, nbytes=kept_bytes(agent) + sum(part.nbytes for part in parts), **costs)

    def _write(self, event: str, step: int, **more: Any) -> None:
        line = {"event": event, "time": time.time(), "step": step, **more}
        self.file.append(json.dumps(_jsonable(line), allow_nan=False).encode() + b"\n")


def _jsonable(value: Any) -> Any:
    """The value as JSON knows it: numbers that are not finite become null."""
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_jsonable(item) for item in value]
    if value is None or isinstance(value, str | bool | int):
        return value
    number = value.item() if hasattr(value, "item") else value
    return None if isinstance(number, float) and not math.isfinite(number) else number
