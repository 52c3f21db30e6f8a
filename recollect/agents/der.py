"""DER: replayed rows keep the logits that the network had when it met them."""

import math

import gymnasium
import torch
from torch.nn.functional import cross_entropy

from recollect.agents.er import ER
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows


class DER(ER):
    """Cross-entropy of new rows plus `alpha` times the squared distance of replayed rows' logits from those stored.

    Buzzega, Boschini, Porrello, Abati & Calderara (2020), "Dark experience for general continual learning: a strong,
    simple baseline", arXiv 2004.07211: `mean CE(new) + alpha * mean (f(x) - z)^2`, the mean being over rows and all C
    classes (alpha is tied to that). z are the logits of the network that met the row, before its step: stored once,
    never refreshed, never masked, those of classes not met yet among them. Labels of replayed rows are not used.
    Memory and bytes: C float32 more for each row, counted in the memory's `nbytes`.

    What differs: the authors take z from the training pass itself; here `annotate` makes a pass of its own, in train
    mode too (batch statistics, dropout, augmentation by another draw), which leaves the running statistics alone, so
    that they move once per step.
    New and replayed rows go through the network in one pass, not two. Rows with an importance "weight" and `feedback`
    are as in `er`, a replayed row's loss being `alpha` times its squared distance.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step, with their logits.
        alpha: weight of the distance, at least 0; the authors tune it for every data set and memory (0.3 in their
            settings for split CIFAR-10 with 500 rows).
        **options: those of `er`, whose `replayed_weight` multiplies `alpha`, and of `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    reads = ("x", "logits")
    adds = ("logits",)

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, *, alpha: float = 0.3, **options) -> None:
        super().__init__(stream, replay, **options)
        if not 0 <= alpha < math.inf:
            raise OptionError(f"alpha must be a finite number of at least 0, got {alpha!r}")
        self.alpha = alpha

    def annotate(self, rows: Rows) -> Rows:
        """`rows` and "logits" (N, C), float32, of the network as it is now."""
        return rows | {"logits": self.logits_met(rows)}

    def terms(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """Cross-entropy of new rows (N,), then alpha times the squared distance of replayed ones (M,)."""
        n, logits = num_rows(new), self.logits(new, replayed)  # (N + M, C)
        losses = []
        if n:
            losses.append(cross_entropy(logits[:n], self.gather("y", [new]).long(), reduction="none"))
        if num_rows(replayed):
            losses.append(self.alpha * self.distances(logits[n:], replayed))
        return torch.cat(losses)

    def distances(self, logits: torch.Tensor, rows: Rows) -> torch.Tensor:
        """The squared distance (M,) of `logits` (M, C) from those stored with the rows, averaged over classes."""
        return (logits - tensor(rows["logits"], self.device)).square().mean(1)
