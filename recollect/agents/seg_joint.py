"""Joint training on masks: all pictures of the tasks met so far, with all that was labelled, the upper bound."""

from typing import Any

import gymnasium
import numpy as np

from recollect.agents.segmenter import Segmenter
from recollect.core import ReplayStrategy
from recollect.errors import CheckpointError, OptionError, StreamError
from recollect.nets.mask_losses import VOID
from recollect.rows import Rows, concat, num_rows, take
from recollect.state import nbytes_of


class SegJoint(Segmenter):
    """Descends the cross-entropy of batches drawn from all pictures of all tasks begun so far.

    A picture that came in several tasks counts once, and its mask has what each of them labelled: in the mode "overlap"
    that is the whole truth about all classes met. In the mode "disjoint" it is not, old objects in new pictures stay
    background: compare with joint training on "overlap". It is a reference, not a continual learner. A checkpoint holds
    only which tasks were met; pictures are read from the stream again.

    Args:
        stream: a SAMPLE stream with masks and logged data.
        replay: unused.
        replayed_per_new: pictures beyond as many as are new in each batch, per new one, at least 0.
        **options: those of `Segmenter`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    memory = "none"
    saved_elsewhere = Segmenter.saved_elsewhere | {"data"}

    def __init__(
        self, stream: gymnasium.Env, replay: ReplayStrategy, *, replayed_per_new: float = 1.0, **options: Any
    ) -> None:
        super().__init__(stream, replay, **options)
        if not replayed_per_new >= 0:
            raise OptionError(f"replayed_per_new must be at least 0, got {replayed_per_new!r}")
        self.stream, self.replayed_per_new = stream, replayed_per_new
        self.met: list[tuple[int, int]] = []  # each task begun so far and its pictures
        self.data: Rows = {}  # all of them, each picture once

    @property
    def nbytes(self) -> int:
        """Bytes of all pictures that it draws from: what this upper bound keeps that a learner would not."""
        return nbytes_of(self.data)

    def begin_task(self, task: int, data: Rows | None) -> None:
        """From now on the pictures of `task` are drawn too."""
        super().begin_task(task, data)
        if data and all(task != known for known, _ in self.met):
            self.met.append((task, num_rows(data)))
            self.data = merged(self.data, data)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step on a batch of `len(new) * (1 + replayed_per_new)` pictures out of all tasks met.

        Raises:
            StreamError: if no task was announced.
        """
        if not self.met:
            raise StreamError("seg-joint has met no task yet: tasks must be announced (announce_tasks=True)")
        n, count = round(num_rows(new) * (1 + self.replayed_per_new)), num_rows(self.data)
        index = np.sort(self.rng.choice(count, min(n, count), replace=False))
        return super().update(self.view(take(self.data, index), moved=True), {})

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the state, and reads the pictures of the tasks met from the stream.

        Raises:
            CheckpointError: if a task has another number of pictures now.
        """
        super().load_state_dict(state)
        self.data = {}
        for task, count in self.met:
            data = self.stream.unwrapped.data(task)
            if num_rows(data or {}) != count:
                raise CheckpointError(
                    f"task {task} had {count} pictures when the checkpoint was written, the stream now has "
                    f"{num_rows(data or {})}: resume with the same data"
                )
            self.data = merged(self.data, data)


def merged(known: Rows, more: Rows) -> Rows:
    """Pictures of both, each once, with every label that one of them gives; x (N, H, W, C) and y (N, H, W)."""
    place = {picture.tobytes(): row for row, picture in enumerate(known.get("x", ()))}
    rows, first = [], []  # where each new picture stands; which of them are met for the first time
    for number, picture in enumerate(more["x"]):
        key = picture.tobytes()
        if key not in place:
            place[key] = len(place)
            first.append(number)
        rows.append(place[key])
    added = {field: more[field][first] for field in ("x", "y")}
    found = concat([{field: known[field] for field in ("x", "y") if known}, added])
    for row, mask in zip(rows, more["y"], strict=True):
        there = (mask > 0) & (mask != VOID)
        found["y"][row][there] = mask[there]
    return found
