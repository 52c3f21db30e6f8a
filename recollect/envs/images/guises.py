"""Guises: one set of images that looks different in every task, though all classes are there in each.

What a task shows is computed from the set when it is asked for, so that twenty tasks take the memory of one.
"""

from dataclasses import replace
from typing import Any, Literal

import numpy as np

from recollect.envs.division import Division, Labelled, divide
from recollect.envs.images.sources import read_images
from recollect.envs.samples import Samples
from recollect.errors import OptionError
from recollect.rows import Rows


class Guises(Samples):
    """All classes of a set in every task, seen in the task's own way; subclasses name the `tasks` and define `look`.

    In the scenario "domain" y is the label, the same in every task; in "class" it is also asked in which task's guise
    an image is, so that T tasks of C classes have T * C labels, y = task * C + label; "task" has these labels too, but
    is judged among those of the row's task (van de Ven and Tolias, 2019, arXiv 1904.07734, permuted MNIST protocol).

    Args:
        source: a data set's name or a path (see `read_images`).
        scenario: "domain", "class" or "task".
        rows_per_task: training images of a task, drawn anew for each; None: all of the set in every task. (paper: 1,000
            in GEM, Lopez-Paz and Ranzato, 2017, arXiv 1706.08840, section 5)
        split_seed: of `rows_per_task`, and of the fifth that is tested where the set has no test images of its own.
        batch_size: images of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        OptionError: if rows_per_task is not a whole number, at least 1, of images that the set has.
        RecollectError: see `read_images` and `Samples`.
    """

    def __init__(
        self,
        source: str,
        *,
        scenario: Literal["class", "domain", "task"] = "domain",
        rows_per_task: int | None = None,
        split_seed: int = 0,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        train, test = read_images(source)
        self.last: tuple[Any, Rows] = None, {}
        super().__init__(
            _repeat(train, test, self.tasks, rows_per_task, split_seed),
            scenario=scenario,
            batch_size=batch_size,
            steps_per_task=steps_per_task,
            schedule=schedule,
        )

    def look(self, x: np.ndarray, task: int, drift: float) -> np.ndarray:
        """The images x (n, H, W) or (n, H, W, C) as `task` shows them, `drift` of the way to the next one."""
        raise NotImplementedError("look(x, task, drift) -> x")

    def data(self, task: int, split: str = "train") -> Rows | None:
        """As of `Samples`. The last answer is kept, because a run and its parts ask for the same task in turn."""
        if (task, split) != self.last[0]:
            self.last = (task, split), super().data(task, split)
        return {field: values.copy() for field, values in self.last[1].items()}

    def _rows(self, task: int, split: str, index: np.ndarray, drift: float = 0.0) -> Rows:
        y = self.division.y[split][index]
        first = 0 if self.scenario == "domain" else task * (self.division.members.shape[1] // len(self.tasks))
        return {"x": self.look(self.division.x[split][index], task, drift), "y": first + y}


def _repeat(
    train: Labelled, test: Labelled | None, names: tuple[str, ...], rows_per_task: int | None, seed: int
) -> Division:
    """The set as the only task, then as each of T tasks, whose labels are blocks of C."""
    one = divide(train, test, tasks=1, split_seed=seed)
    (learned,), count = one.rows["train"], len(names)
    most = len(learned) if rows_per_task is None else rows_per_task
    if isinstance(most, bool) or not isinstance(most, int | np.integer) or not 1 <= most <= len(learned):
        raise OptionError(
            f"rows_per_task must be a whole number from 1 to {len(learned)}, the training images of the set, got "
            f"{rows_per_task!r}"
        )
    own = [learned] * count
    if rows_per_task is not None:
        own = [np.sort(np.random.default_rng([seed, task]).permutation(learned)[:most]) for task in range(count)]
    members = np.kron(np.eye(count, dtype=bool), np.ones_like(one.members))  # (T, T * C)
    ranks = np.where(members, np.tile(one.ranks, count), -1)  # (T, T * C)
    rows = {"train": tuple(own), "test": one.rows["test"] * count}
    return replace(one, names=names, rows=rows, members=members, ranks=ranks)
