"""Progress of a grid: one bar with the time left on a terminal, a line now and then elsewhere."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

LINE_SECONDS = 2.0  # between two lines where there is no terminal; failures are always told


class Display:
    """Shows how many runs of a grid are done; a context.

    Args:
        total: runs in all.
        done: of these, finished before.
        console: where to; None shows nothing.
    """

    def __init__(self, total: int, done: int, console: Console | None) -> None:
        self.total, self.before, self.done, self.failed = total, done, done, 0
        self.console = console
        self.begun, self.told = time.monotonic(), 0.0
        self.parts: dict[int, float] = {}  # running task -> how much of it was done in this sitting
        self.first: dict[int, float] = {}  # running task -> where it was when it was first heard of
        self.bar: Progress | None = None
        if console is not None and console.is_terminal:
            columns = (BarColumn(), TextColumn("{task.description}", markup=False))
            self.bar = Progress(*columns, console=console)
            self.task = self.bar.add_task(self.line(), total=total, completed=done)

    def __enter__(self) -> "Display":
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def report(self, number: int, progress: float) -> None:
        """A running task has come so far, in [0, 1]."""
        begun_at = self.first.setdefault(number, progress)
        self.parts[number] = progress - begun_at
        self._move()

    def finish(self, number: int, title: str, error: str | None) -> None:
        """A task has come to its end, for good or ill."""
        self.parts.pop(number, None)
        self.done += 1
        self.failed += error is not None
        self._move()
        now = time.monotonic()
        due = now - self.told >= LINE_SECONDS or self.done == self.total
        if self.console is None or (error is None and (self.bar is not None or not due)):
            return
        self.told = now
        what = f"finished {title}" if error is None else f"failed {title}: {error}"
        self.console.print(f"{self.line()} | {what}", markup=False, highlight=False, soft_wrap=True)

    def line(self) -> str:
        """Counts and time left."""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.done}/{self.total} runs{failed}{self._left()}"

    def _left(self) -> str:
        """About how long the rest takes, by what this sitting took so far."""
        worked = self.done - self.before + sum(list(self.parts.values()))
        rest = self.total - self.before - worked
        if worked <= 0 or self.done >= self.total:
            return ""
        seconds = (time.monotonic() - self.begun) * rest / worked
        return f", about {spell_seconds(seconds)} left"

    def _move(self) -> None:
        if self.bar is not None:
            completed = self.done + sum(list(self.parts.values()))
            self.bar.update(self.task, completed=completed, description=self.line())


def spell_seconds(seconds: float) -> str:
    """A time as people read it: `40 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
