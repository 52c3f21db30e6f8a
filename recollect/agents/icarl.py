"""iCaRL: distillation of old classes, exemplars, and the nearest mean of exemplars."""

import math
from typing import Any

import gymnasium
import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, one_hot

from recollect.agents.nearest_mean import NearestMean
from recollect.agents.penalties.teacher import Teacher
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.rows import Rows, num_rows
from recollect.state import nbytes_of


class ICaRL(NearestMean):
    """Learns the task's classes by their labels and all others by what the network said before the task.

    Rebuffi, Kolesnikov, Sperl & Lampert (2017), "iCaRL: incremental classifier and representation learning",
    arXiv:1611.07725. Every output is a sigmoid of its own, and the loss of a row is the sum of the binary
    cross-entropies of all classes met so far (algorithm 3, as recalled). Targets are one-hot for the classes
    of the running task; for the others they are the sigmoid outputs of the network as it was when the task began, for
    new and remembered rows alike. A step takes the mean over new and replayed rows together. Predictions are
    `NearestMean`'s: they forget the head, which only serves the features.

    With the `herding` memory, its default, exemplars are chosen when a task ends. Until then there are none of the new
    classes, whose rows are taken for older ones; in the first task the head predicts, among the classes met. Other
    memories work too, and none at all (the head then predicts always: the paper's LwF.MC).

    What differs: exemplars are not shuffled into the task's data, but drawn beside each batch, in the same proportion
    (see `replayed_per_new`). The learning rate is that of the online protocol, for the sum over classes; published
    code averages over them too (paper: 2.0, for that). A class that comes again in a later task is learned by its
    labels again.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory.
        replayed_per_new: rows to replay for every new row, at least 0. None is the paper's union of data and exemplars:
            as many as there are remembered rows per logged row of the task, set when it begins; 1 where nothing is
            logged.
        weight_decay: of SGD (paper: 1e-5).
        **options: those of `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    needs_tasks = True

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        replayed_per_new: float | None = None,
        weight_decay: float = 1e-5,
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, weight_decay=weight_decay, **options)
        if replayed_per_new is not None and not 0 <= replayed_per_new < math.inf:
            raise OptionError(f"replayed_per_new must be finite, at least 0, or None, got {replayed_per_new!r}")
        self.union = replayed_per_new is None
        self.replayed_per_new = 1.0 if replayed_per_new is None else replayed_per_new
        self.met: list[int] = []  # all classes so far
        self.present: list[int] = []  # those of the running task
        self.teacher = Teacher()
        self.teacher.bind(self)

    @property
    def nbytes(self) -> int:
        """Bytes of the network before the task, in memory beside the one that learns."""
        return nbytes_of(self.teacher.state_dict())

    def begin_task(self, task: int, data: Rows | None) -> None:
        """The network of now teaches the classes met so far."""
        if self.met:
            self.teacher.take()
        self.present = []
        count = num_rows(data or {})
        if data and count:
            self.meet(data)
            if self.union and self.replayed_per_new and len(self.replay):  # 0: a projection has taken the memory over
                self.replayed_per_new = len(self.replay) / count

    def meet(self, rows: Rows) -> None:
        """The classes of `rows` are among those of the running task."""
        labels = set(np.unique(rows["y"]).tolist()) if num_rows(rows) else set()
        self.met, self.present = sorted(labels.union(self.met)), sorted(labels.union(self.present))

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step; {} and no step without any rows. The logged loss is without the penalty's."""
        self.meet(new)
        return super().update(new, replayed)

    def row_losses(self, *parts: Rows) -> torch.Tensor:
        """The summed binary cross-entropies (N,), in nats, of all rows of `parts`, in their order, from one pass."""
        logits = self.logits(*parts)  # (N, C)
        targets = one_hot(self.gather("y", parts).long(), self.num_classes).to(logits.dtype)  # (N, C)
        old = [label for label in self.met if label not in self.present]
        if old and self.teacher.tensors:
            targets[:, old] = self.teacher.logits(*parts)[:, old].sigmoid()
        losses = binary_cross_entropy_with_logits(logits, targets, reduction="none")  # (N, C)
        return losses[:, self.met].sum(1)

    def predict(self, rows: Rows) -> Rows:
        """As `NearestMean.predict`; while nothing is remembered, the head's choice among the classes met."""
        found = super().predict(rows)
        if self.met and not len(self.replay):
            logits, unmet = found["logits"], np.setdiff1d(np.arange(self.num_classes), self.met)
            logits[:, unmet] = logits.min(1, keepdims=True) - 1
            found["y"] = logits.argmax(1)
        return found
