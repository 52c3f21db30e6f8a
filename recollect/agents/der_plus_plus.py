"""DER++: dark experience replay with labels, from two draws."""

import math

import gymnasium
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from recollect.agents.der import DER
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.tensors import tensor
from recollect.rows import Rows, concat, num_rows


class DERPlusPlus(DER):
    """The loss of `der` plus `beta` times the cross-entropy of rows from a second, independent draw.

    Buzzega et al. (2020), arXiv 2004.07211: `mean CE(new) + alpha * mean (f(x) - z)^2 + beta * mean CE(again)`.
    The first draw is the one that every agent gets; the second is made in `update`, of as many rows. So a step replays
    twice `replayed_per_new` rows for every new one: `replayed_per_new` is the size of a draw, as in the authors' code,
    and the second draw is not counted in what is owed. Without a first draw (an empty memory, a projection that has
    taken the memory over) there is no second. Both draws and the new rows go through the network in one pass.

    The memory hears of every row of both draws by `feedback`: `alpha * distance + beta * cross-entropy`, whichever of
    the two counted in the step, so that priorities are comparable. What else differs from the authors: see `der`.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step, with their logits.
        beta: weight of the second draw's cross-entropy, at least 0 (0.5 in the authors' settings for split CIFAR-100
            with 500 rows, beside an alpha of 0.3).
        **options: those of `der`, `er` (`replayed_weight` multiplies alpha and beta) and `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    reads = ("x", "y", "logits")

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, *, beta: float = 0.5, **options) -> None:
        super().__init__(stream, replay, **options)
        if not 0 <= beta < math.inf:
            raise OptionError(f"beta must be a finite number of at least 0, got {beta!r}")
        self.beta = beta

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step, after the second draw; {} and no step without any rows.

        Logged are the loss, and the unweighted means of the new rows' cross-entropy (loss_new), of the first draw's
        distances (loss_logits) and of the second's cross-entropy (loss_labels).
        """
        n, m = num_rows(new), num_rows(replayed)
        if not n + m:
            return {}
        again = self.view(self.replay.sample(m, like=new if n else None)) if m else {}
        both = concat([replayed, again])  # (M + K)
        logits = self.logits(new, both)  # (N + M + K, C)
        entropies = cross_entropy(logits, self.gather("y", [new, both]).long(), reduction="none")  # (N + M + K,)
        loss, logged = logits.new_zeros(()), {}
        if n:
            loss = loss + self.new_weight * entropies[:n].mean()
            logged["loss_new"] = entropies[:n].mean().item()
        if m:
            distances = self.distances(logits[n:], both)  # (M + K,)
            by_logits, by_labels = self.shares(m, both)
            loss = loss + distances @ by_logits + entropies[n:] @ by_labels
            logged["loss_logits"] = distances[:m].mean().item()
        if num_rows(again):
            logged["loss_labels"] = entropies[n + m :].mean().item()
        self.descend(loss, self.optimiser, new, both)
        if m:
            heard = (self.alpha * distances + self.beta * entropies[n:]).detach().cpu().numpy()  # (M + K,)
            self.replay.feedback(both["index"], loss=heard, priority=heard)
        return {"loss": loss.item()} | logged

    def shares(self, m: int, both: Rows) -> tuple[torch.Tensor, torch.Tensor]:
        """Factors (M + K,), float32, of distances and of cross-entropies: the first `m` rows are the first draw."""
        k = num_rows(both) - m
        by_logits, by_labels = np.zeros((2, m + k), np.float32)
        by_logits[:m] = self.replayed_weight * self.alpha / m
        by_labels[m:] = self.replayed_weight * self.beta / max(k, 1)
        if "weight" in both:
            by_logits, by_labels = by_logits * both["weight"], by_labels * both["weight"]
        return tensor(by_logits, self.device), tensor(by_labels, self.device)
