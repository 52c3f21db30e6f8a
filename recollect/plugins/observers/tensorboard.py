"""Scalars for TensorBoard, in `tensorboard/` of the run's folder: `tensorboard --logdir runs`.

The event file is written with TensorBoard's own records, without a thread or an open handle, so that a
checkpoint knows its length and a resumed run continues the file without doubles.
"""

import io
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.errors import require
from recollect.plugins.observers.appended import AppendedFile

require("tensorboard", "observer 'tensorboard'", "track")

from tensorboard.compat.proto.event_pb2 import Event  # noqa: E402
from tensorboard.compat.proto.summary_pb2 import Summary  # noqa: E402
from tensorboard.summary.writer.record_writer import RecordWriter  # noqa: E402

if TYPE_CHECKING:
    from recollect.loop import Run


class Tensorboard:
    """Writes losses as `losses/<name>`, scores as `<score>/<task>` and their mean as `<score>/mean`.

    Args:
        losses_every: steps between two points of a loss curve.
    """

    def __init__(self, losses_every: int = 20) -> None:
        self.losses_every = losses_every
        self.file = AppendedFile("tensorboard/events.out.tfevents.recollect", "tensorboard")

    def recollect_run_start(self, run: "Run") -> None:
        """Opens the event file, or continues it."""
        if self.file.begin(run.directory):
            self._write(Event(wall_time=time.time(), file_version="brain.Event:2"))

    def recollect_step_end(self, step: int, losses: dict[str, float]) -> None:
        """Writes the losses every `losses_every` steps."""
        if step % self.losses_every == 0:
            self._scalars(step, {f"losses/{name}": float(loss) for name, loss in losses.items()})

    def recollect_evaluated(self, run: "Run", step: int, scores: dict[str, np.ndarray]) -> None:
        """Writes every task's score and the mean over tasks."""
        for score, values in scores.items():
            tasks = {f"{score}/{name}": float(value) for name, value in zip(run.tasks, values, strict=True)}
            self._scalars(step, {**tasks, f"{score}/mean": float(np.mean(values))})

    def state_dict(self) -> dict[str, Any]:
        """The length of the file."""
        return self.file.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the length of the file."""
        self.file.load_state_dict(state)

    def _scalars(self, step: int, scalars: dict[str, float]) -> None:
        points = [Summary.Value(tag=tag, simple_value=number) for tag, number in scalars.items()]
        self._write(Event(wall_time=time.time(), step=step, summary=Summary(value=points)))

    def _write(self, event: Event) -> None:
        record = io.BytesIO()
        RecordWriter(record).write(event.SerializeToString())
        self.file.append(record.getvalue())
