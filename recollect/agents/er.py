"""Experience replay: new rows and remembered ones in every step."""

import math

import gymnasium
import numpy as np
import torch

from recollect.agents.classifier import Classifier
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows


class ER(Classifier):
    """Cross-entropy of new rows plus cross-entropy of replayed rows.

    Chaudhry, Rohrbach, Elhoseiny, Ajanthan, Dokania, Torr & Ranzato (2019), "On tiny episodic memories in
    continual learning", arXiv 1902.10486, algorithm 1. The loss is the sum of two means,
    `new_weight * mean CE(new) + replayed_weight * mean CE(replayed)`, from one pass over both (algorithm 1
    stacks them); taking one mean over all rows instead would halve the step. Weights of
    (w, 1 - w) give the loss of De Lange et al. (2023), arXiv 2205.13452. Rows that carry an importance "weight" (N,)
    have their loss multiplied by it, and the strategy hears of every replayed row's loss by `feedback`, as its loss
    and as its priority.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step, so that none is replayed beside itself.
        new_weight: weight of the new rows' mean, at least 0.
        replayed_weight: weight of the replayed rows' mean, at least 0.
        replayed_per_new: rows to replay for every new row, at least 0.
        **options: those of `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        new_weight: float = 1.0,
        replayed_weight: float = 1.0,
        replayed_per_new: float = 1.0,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        self.new_weight, self.replayed_weight, self.replayed_per_new = new_weight, replayed_weight, replayed_per_new
        for option in ("new_weight", "replayed_weight", "replayed_per_new"):
            if not 0 <= getattr(self, option) < math.inf:
                raise OptionError(f"{option} must be a finite number of at least 0, got {getattr(self, option)!r}")

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step; {} and no step without any rows. The logged losses are without the penalty's."""
        n, m = num_rows(new), num_rows(replayed)
        if not n + m:
            return {}
        losses = self.terms(new, replayed)  # (N + M,)
        weights = self.weigh(n, replayed)  # (N + M,)
        self.descend(losses @ tensor(weights, self.device), self.optimiser, new, replayed)
        losses = losses.detach().cpu().numpy()
        logged = {"loss": float(losses @ weights)}
        if n:
            logged["loss_new"] = float(losses[:n].sum() / n)
        if m:
            logged["loss_replayed"] = float(losses[n:].sum() / m)
            self.replay.feedback(replayed["index"], loss=losses[n:], priority=losses[n:])
        return logged

    def terms(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """What each row brings to the loss (N + M,), new rows first: here its cross-entropy, from one pass."""
        return self.row_losses(new, replayed)

    def weigh(self, n: int, replayed: Rows) -> np.ndarray:
        """The factor (N + M,), float32, of each row's loss, which make a sum of two means of `n` and M rows."""
        m = num_rows(replayed)
        weights = np.full(n + m, self.new_weight / max(n, 1), np.float32)
        weights[n:] = self.replayed_weight / max(m, 1)
        if "weight" in replayed:
            weights[n:] *= replayed["weight"]
        return weights
