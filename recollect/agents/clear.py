"""CLEAR-style cloning: replayed rows are learned, and the outputs that they were met with are cloned."""

import math

import gymnasium
import torch
from torch.nn.functional import cross_entropy, kl_div, log_softmax

from recollect.agents.er import ER
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows


class CLEAR(ER):
    """`er` whose replayed rows also pay `cloning * KL(output when met || output now)`.

    Rolnick, Ahuja, Schwarz, Lillicrap & Wayne (2019), "Experience replay for continual learning", arXiv 1811.11682,
    section 3: the agent learns from new and replayed experience, one to one, and on replayed experience only clones
    its own behaviour of that time, `sum_a mu(a) log (mu(a) / pi(a))`. The paper is on reinforcement learning, this on
    rows with class labels: cross-entropy stands where the V-trace policy gradient and value losses stood, labels for
    actions, softmax(stored logits) over all C classes for mu. Value cloning, `(V - V when met)^2` with weight 0.005,
    and the entropy bonus have no counterpart without values and returns, and are left out. Stored logits are made as
    in `der`, and cost the same bytes. Importance weights and `feedback` are as in `er`, for a row's whole loss.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step, with their logits.
        cloning: weight of the divergence, at least 0 (paper: 0.01, beside a policy gradient of other scale).
        **options: those of `er` and `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    reads = ("x", "y", "logits")
    adds = ("logits",)

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, *, cloning: float = 0.01, **options) -> None:
        super().__init__(stream, replay, **options)
        if not 0 <= cloning < math.inf:
            raise OptionError(f"cloning must be a finite number of at least 0, got {cloning!r}")
        self.cloning = cloning

    def annotate(self, rows: Rows) -> Rows:
        """`rows` and "logits" (N, C), float32, of the network as it is now."""
        return rows | {"logits": self.logits_met(rows)}

    def terms(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """Cross-entropy of each row (N + M,), plus the weighted divergence of replayed ones."""
        n, logits = num_rows(new), self.logits(new, replayed)  # (N + M, C)
        losses = cross_entropy(logits, self.gather("y", [new, replayed]).long(), reduction="none")
        if not num_rows(replayed):
            return losses
        now = log_softmax(logits[n:], 1)  # (M, C)
        then = log_softmax(tensor(replayed["logits"], self.device), 1)
        divergence = (
            kl_div(now, then, reduction="none", log_target=True).sum(1).clamp(min=0)
        )  # (M,); 0 but for rounding
        return losses + torch.cat([losses.new_zeros(n), self.cloning * divergence])
