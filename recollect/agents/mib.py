"""MiB: background means other things in every task, in the labels and in the teacher."""

from typing import Any

import gymnasium
import torch

from recollect.agents.segmenter import Segmenter
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.mask_losses import VOID, mean_over, unbiased_distances
from recollect.rows import Rows, num_rows


class MiB(Segmenter):
    """The unbiased cross-entropy of new pictures, and the unbiased distillation of the network before the task.

    Cermelli, Mancini, Rota Bulo, Ricci & Caputo (2020), "Modeling the background for incremental learning in semantic
    segmentation", arXiv 2002.00718, eq. 1, 3 and 5, with their initialisation of new classes. The unbiased
    cross-entropy alone, beside a memory, is `seg-der++` with `unbiased`.

    Args:
        stream: a SAMPLE stream with masks.
        replay: unused.
        distillation: weight of the distillation, at least 0 (the authors' 10 on VOC, recalled).
        **options: those of `Segmenter`; `unbiased` is on by default.

    Raises:
        OptionError: if an option lies outside its range.
    """

    memory = "none"

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        distillation: float = 10.0,
        unbiased: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, unbiased=unbiased, **options)
        if not distillation >= 0:
            raise OptionError(f"distillation must be at least 0, got {distillation!r}")
        self.distillation, self.taught = distillation, 0  # taught: classes of the teacher; 0: there is none
        self.before = self.teacher()

    def begin_task(self, task: int, data: Rows | None) -> None:
        """The network of now teaches what was learnt before the task."""
        if self.seen > 1:
            self.before.load_state_dict(self.network.state_dict())
            self.taught = self.seen
        super().begin_task(task, data)

    def loss(self, new: Rows, replayed: Rows) -> tuple[torch.Tensor, dict[str, float]]:
        """The cross-entropy and the distillation."""
        if not num_rows(new):
            return super().loss(new, replayed)
        logits = self.full(self.maps(new), new)
        loss = self.mask_loss(logits, new)
        if not self.taught:
            return loss, {}
        with torch.no_grad():
            before = self.full(self.before(self.pictures(new))[:, : self.taught], new)
        far = mean_over(unbiased_distances(logits, before), self.masks(new) != VOID)
        return loss + self.distillation * far, {"loss_new": loss.item(), "loss_distillation": far.item()}
