"""Console: a progress bar over the steps of a run, and the scores of every evaluation.

Without a terminal (a log file, a pipe) there is no bar, only one plain line per evaluation.
"""

import time
import weakref
from typing import TYPE_CHECKING

import numpy as np
import rich.console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from recollect.loop import Run

REFRESH_SECONDS = 0.1  # between two updates of the bar: a step may last microseconds


class Console:
    """Shows a run on standard output.

    Args:
        console: where to, instead.
    """

    def __init__(self, console: rich.console.Console | None = None) -> None:
        self.console = console or rich.console.Console()
        self.progress: Progress | None = None
        self.bar, self.updated = TaskID(0), 0.0

    def recollect_run_start(self, run: "Run") -> None:
        """Starts the bar, at the step where the run is."""
        if not self.console.is_terminal:
            return
        self.progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("step {task.fields[step]}"),
            TimeRemainingColumn(),
            console=self.console,
            refresh_per_second=1 / REFRESH_SECONDS,
        )
        self.bar = self.progress.add_task("before learning", total=1.0, completed=run.progress, step=run.step)
        self.progress.start()
        weakref.finalize(self, self.progress.stop)  # a run that is interrupted leaves the terminal as it was

    def recollect_task_start(self, run: "Run", task: int) -> None:
        """Names the task in front of the bar."""
        if self.progress is not None:
            description = f"{run.tasks[task]} ({run.position + 1}/{run.num_positions})"
            self.progress.update(self.bar, description=description, completed=run.progress, step=run.step)

    def recollect_step_end(self, run: "Run", step: int) -> None:
        """Moves the bar."""
        if self.progress is not None and time.monotonic() - self.updated > REFRESH_SECONDS:
            self.progress.update(self.bar, completed=run.progress, step=step)
            self.updated = time.monotonic()

    def recollect_evaluated(self, run: "Run", task: int, step: int, scores: dict[str, np.ndarray]) -> None:
        """Prints one line."""
        line = f"{run.progress:4.0%} | {describe(run.tasks, task, step, scores)}"
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def recollect_run_end(self, run: "Run") -> None:
        """Completes and removes the bar."""
        if self.progress is not None:
            self.progress.update(self.bar, completed=run.progress, step=run.step)
            self.progress.stop()
            self.progress = None


def describe(tasks: tuple[str, ...], task: int, step: int, scores: dict[str, np.ndarray]) -> str:
    """One line: step, task, and for every score the mean over tasks and each task's own."""
    when = tasks[task] if task >= 0 else "before learning"
    parts = [
        f"{name} {np.mean(values):.3f} [{' '.join(f'{value:.2f}' for value in values)}]"
        for name, values in scores.items()
    ]
    return " | ".join([f"step {step}", when, *parts])
