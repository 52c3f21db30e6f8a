"""History: what was scored, and when. Every metric is a pure function of one.

One evaluation scores all T tasks; E evaluations make a history:

    evaluation   step  task  ended   scores["accuracy"]
    0            0     -1    False   .10  .09  .11      before anything was learned
    1            40     0    True    .97  .10  .08      task 0 ended
    2            80     1    True    .61  .95  .12      task 1 ended

A file holds no wall clock, so that equal histories are equal files, byte for byte.
"""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recollect.errors import CheckpointError, DataError, StreamError

FORMAT, VERSION = "recollect history", 1
COUNTERS = ("step", "rows", "env_steps", "updates", "position", "task")  # (E,) int64


class History:
    """The scores of every evaluation of a run, and the counters at it.

    Args:
        tasks: the names of the T tasks.
        directions: for each score whether larger ("max") or smaller ("min") is better; the first is the primary one.

    Raises:
        DataError: without tasks or scores, or for a direction other than "max" and "min".
    """

    def __init__(self, tasks: Sequence[str], directions: Mapping[str, Literal["max", "min"]]) -> None:
        self.tasks, self.directions = tuple(tasks), dict(directions)
        if not self.tasks or not self.directions:
            raise DataError(
                f"a history needs at least one task and one score, got tasks {self.tasks}, {self.directions}"
            )
        for name, direction in self.directions.items():
            if direction not in ("max", "min"):
                raise DataError(f"the direction of score {name!r} must be 'max' or 'min', got {direction!r}")
        self._count = 0
        self._columns: dict[str, np.ndarray] = {
            name: np.zeros(shape, dtype) for name, (shape, dtype) in self._layout(0).items()
        }

    def _layout(self, count: int) -> dict[str, tuple[tuple[int, ...], Any]]:
        """Shape and dtype of every column, under the name that it has in the file."""
        scores = [f"scores/{name}" for name in self.directions]
        return {
            **dict.fromkeys(scores, ((count, len(self.tasks)), np.float64)),
            **dict.fromkeys(COUNTERS, ((count,), np.int64)),
            "ended": ((count,), np.bool_),
        }

    def append(
        self,
        scores: Mapping[str, np.ndarray],
        *,
        step: int,
        rows: int,
        env_steps: int,
        updates: int,
        position: int,
        task: int,
        ended: bool,
    ) -> None:
        """Adds one evaluation, or, where it raises, nothing.

        Args:
            scores: score name -> (T,), every score of `directions`.
            step: calls of `Agent.learn` so far.
            rows: new rows so far.
            env_steps: environment steps so far.
            updates: gradient steps so far.
            position: place in the schedule, -1 before the first step.
            task: the task just trained, an index into `tasks`, -1 before the first step.
            ended: whether that position of the schedule has just ended.

        Raises:
            StreamError: for a score that is unknown, missing, or not one number per task.
            DataError: for a task that does not exist, or a step before that of the last evaluation.
        """
        found = {f"scores/{name}": values for name, values in self._checked(scores).items()}
        if not -1 <= task < len(self.tasks) or (ended and task < 0):
            raise DataError(f"an evaluation of task {task}, ended {ended}: tasks are 0 to {len(self.tasks) - 1}")
        if self._count and step < self._columns["step"][self._count - 1]:
            last = self._columns["step"][self._count - 1]
            raise DataError(f"an evaluation at step {step} after one at step {last}: append them in their order")
        counters = (step, rows, env_steps, updates, position, task)
        row = {**found, **dict(zip(COUNTERS, counters, strict=True)), "ended": ended}
        if self._count == len(self._columns["step"]):
            self._grow()
        for name, value in row.items():
            self._columns[name][self._count] = value
        self._count += 1

    def _checked(self, scores: Mapping[str, Any]) -> dict[str, np.ndarray]:
        if set(scores) != set(self.directions):
            unknown = sorted(set(scores) - set(self.directions))
            fault = f"the unknown score {unknown[0]!r}" if unknown else "too few scores"
            raise StreamError(
                f"an evaluation gave {fault}: expected {', '.join(self.directions)}, "
                f"got {', '.join(scores) or 'none'}. `score()` returns every score that the stream names in `scores`"
            )
        found = {}
        for name, values in scores.items():
            try:
                found[name] = np.asarray(values, np.float64)
            except (TypeError, ValueError) as error:
                raise StreamError(f"score {name!r} must be numbers, one per task, got {values!r}") from error
            if found[name].shape != (len(self.tasks),):
                raise StreamError(
                    f"score {name!r} must have one number per task, shape ({len(self.tasks)},), "
                    f"got shape {found[name].shape}"
                )
        return found

    def _grow(self) -> None:
        """Doubles the storage, so that a million appends copy each evaluation about once."""
        for name, (shape, dtype) in self._layout(max(16, 2 * self._count)).items():
            grown: np.ndarray = np.zeros(shape, dtype)
            grown[: self._count] = self._columns[name][: self._count]
            self._columns[name] = grown

    def _view(self, name: str) -> np.ndarray:
        view = self._columns[name][: self._count]
        view.flags.writeable = False
        return view

    def __len__(self) -> int:
        return self._count

    @property
    def primary(self) -> str:
        """The name of the score that metrics take unless told otherwise."""
        return next(iter(self.directions))

    @property
    def scores(self) -> dict[str, np.ndarray]:
        """Score name -> (E, T) float64, read-only."""
        return {name: self._view(f"scores/{name}") for name in self.directions}

    @property
    def step(self) -> np.ndarray:
        """Calls of `Agent.learn` before each evaluation, (E,) int64."""
        return self._view("step")

    @property
    def rows(self) -> np.ndarray:
        """New rows before each evaluation, (E,) int64."""
        return self._view("rows")

    @property
    def env_steps(self) -> np.ndarray:
        """Environment steps before each evaluation, (E,) int64."""
        return self._view("env_steps")

    @property
    def updates(self) -> np.ndarray:
        """Gradient steps before each evaluation, (E,) int64."""
        return self._view("updates")

    @property
    def position(self) -> np.ndarray:
        """Place in the schedule at each evaluation, (E,) int64, -1 before the first step."""
        return self._view("position")

    @property
    def task(self) -> np.ndarray:
        """The task just trained at each evaluation, (E,) int64, -1 before the first step."""
        return self._view("task")

    @property
    def ended(self) -> np.ndarray:
        """Whether the evaluation was made because a position of the schedule ended, (E,) bool."""
        return self._view("ended")

    def __eq__(self, other: object) -> bool:
        """Whether all names, directions (and their order), counters and scores agree; NaN equals NaN."""
        if not isinstance(other, History):
            return NotImplemented
        same = self.tasks == other.tasks and list(self.directions.items()) == list(other.directions.items())
        return same and all(
            np.array_equal(self._view(name), other._view(name), equal_nan=name.startswith("scores/"))
            for name in self._columns
        )

    def __repr__(self) -> str:
        lines = [f"tasks: {len(self.tasks)} ({', '.join(self.tasks)})"]
        directions = {f"scores/{name}": f" ({direction})" for name, direction in self.directions.items()}
        for name in self._columns:
            view = self._view(name)
            lines.append(f"{name}: {view.dtype} {view.shape}{directions.get(name, '')}")
        return "History(\n  " + "\n  ".join(lines) + "\n)"

    def state_dict(self) -> dict[str, np.ndarray]:
        """Every column, for a checkpoint."""
        return {name: self._view(name) for name in self._columns}

    def load_state_dict(self, state: Mapping[str, np.ndarray]) -> None:
        """Goes back to the evaluations that `state_dict` held."""
        self._columns = {name: np.array(state[name]) for name in self._columns}
        self._count = len(self._columns["step"])

    def save(self, path: str | Path) -> None:
        """Writes the history as npz, whole or not at all: an older file stays until the new one is complete.

        Raises:
            CheckpointError: if it cannot be written (no such folder, no permission, disk full).
        """
        path = Path(path)
        part = path.with_name(path.name + ".part")
        header = {"format": FORMAT, "version": VERSION, "tasks": self.tasks, "directions": self.directions}
        arrays: dict[str, Any] = {"header": np.array(json.dumps(header))}
        arrays |= {name: self._view(name) for name in self._columns}
        try:
            with part.open("wb") as file:
                np.savez(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            raise CheckpointError(f"cannot write the history {path}: {error.strerror or error}") from error

    @classmethod
    def load(cls, path: str | Path) -> "History":
        """Reads what `save` wrote; more evaluations can be appended.

        Raises:
            CheckpointError: if the file is missing, damaged, not a history, or of a newer version of Recollect.
        """
        path = Path(path)
        try:
            zipfile.ZipFile(path).close()  # refuses what numpy would take for a pickle
            with np.load(path, allow_pickle=False) as archive:
                columns = {name: archive[name] for name in archive.files}
            header = json.loads(str(columns.pop("header")))
        except OSError as error:
            raise CheckpointError(f"cannot read the history {path}: {error.strerror or error}") from error
        except Exception as error:  # a damaged file makes zipfile and numpy raise almost anything
            raise CheckpointError(f"{path} is damaged, or not a history ({error}): restore it from a copy") from error
        return cls._assemble(path, header, columns)

    @classmethod
    def _assemble(cls, path: Path, header: Any, columns: dict[str, np.ndarray]) -> "History":
        """A history of the columns that a file holds, if they are those of a history."""
        if not isinstance(header, dict) or header.get("format") != FORMAT or not isinstance(header.get("version"), int):
            raise CheckpointError(f"{path} is not a history that Recollect wrote: choose another file")
        if header["version"] > VERSION:
            raise CheckpointError(
                f"{path} was written by a newer Recollect (history version {header['version']}, this one reads up to "
                f"{VERSION}): upgrade recollect"
            )
        try:
            history = cls(header["tasks"], header["directions"])
            history._count = len(columns["step"])
            expected = history._layout(history._count)
        except (KeyError, TypeError, AttributeError, DataError) as error:
            raise CheckpointError(f"{path} is damaged: its header is not that of a history ({error})") from error
        for name, (shape, dtype) in expected.items():
            if name not in columns or columns[name].shape != shape or columns[name].dtype != dtype:
                raise CheckpointError(f"{path} is damaged: {name} must be {np.dtype(dtype)} {shape}")
        history._columns = {name: columns[name] for name in expected}
        return history
