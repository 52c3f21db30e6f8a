"""ER-ACE: new rows compete with the classes of their own batch only."""

import gymnasium
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from recollect.agents.er import ER
from recollect.core import ReplayStrategy
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows


class ERACE(ER):
    """`er` with asymmetric cross-entropy: new rows over the classes of the incoming batch, replayed rows over all met.

    Caccia, Aljundi, Asadi, Tuytelaars, Pineau & Belilovsky (2022), "New insights on reducing abrupt representation
    change in online continual learning", arXiv 2104.05025: `mean CE(new; classes in the batch) + mean CE(replayed; all
    classes met)`. What counts is the batch, not the task, so that nothing of tasks need be known. Logits outside are
    masked in training only; the new rows' term has gradient 0, to the bit, at the head's weights of absent classes.
    A class is met once a row of it has come, new or replayed; predictions are over all classes of the stream.

    What differs from code of others: the authors' and Mammoth's leave every class from the highest label met so far on
    unmasked for the new rows, and put replayed rows under a softmax over the whole head; Mammoth begins with both at
    the second task, and has a cosine head with scale 10 for this agent (`head="cosine", gamma=10.0`). Avalanche has no
    such exceptions, and weighs the terms alpha and 1 - alpha: `new_weight=0.45, replayed_weight=0.55` was tuned for it
    (Soutif-Cormerais et al. 2023, arXiv 2308.10328). Importance weights and `feedback` are as in `er`.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step.
        **options: those of `er` and `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, **options) -> None:
        super().__init__(stream, replay, **options)
        self.met = np.zeros(int(stream.action_space.nvec[0]), bool)  # (C,) classes of which a row has come

    def terms(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """The cross-entropy (N + M,) of each row over the classes that it competes with."""
        outside = tensor(self.outside(new, replayed), self.device)
        logits = self.logits(new, replayed).masked_fill(outside, -torch.inf)  # (N + M, C)
        return cross_entropy(logits, self.gather("y", [new, replayed]).long(), reduction="none")

    def outside(self, new: Rows, replayed: Rows) -> np.ndarray:
        """The classes that do not count for each row, (N + M, C) bool; notes the classes met."""
        n, m = num_rows(new), num_rows(replayed)
        present = np.zeros_like(self.met)  # (C,)
        if n:
            present[new["y"]] = True
        self.met = self.met | present
        if m:
            self.met[replayed["y"]] = True
        return ~np.repeat([present, self.met], [n, m], axis=0)
