"""Unbias experience replay: new rows are learnt through angles alone, replayed ones through norms too."""

from typing import Any, Literal

import gymnasium
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from recollect.agents.er import ER
from recollect.core import ReplayStrategy
from recollect.errors import OptionError, UnknownName
from recollect.nets.heads import READINGS, Reading
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows

SEEN_ONLY = ("predict", "always", "never")
UNSEEN = np.float32(-1e9)  # the logit of a class that cannot be predicted, as in the code of PCR (Lin et al. 2023)


class UER(ER):
    """`er` whose new rows are under a softmax of cosines, and whose replayed rows under one of dot products.

    Lin, Feng, Zhang, Qiao, Li & Ye (2023), "UER: a heuristic bias addressing approach for online continual learning",
    arXiv 2309.04081: `mean CE(gamma cos(h, w_c); new) + mean CE(h . w_c; replayed)`, over one matrix w of all classes,
    without bias, from one pass over both. Both settings, and that of prediction (`head`), are free: ("dot", "dot",
    "dot") is er without bias, ("cosine", "cosine", "cosine") is `cosine-er`, ("dot", "cosine") the method reversed.

    A strategy that asks for `losses` hears those of replayed rows, and its virtual step is on new ones (mir), each by
    its own logits. Penalties and `gradients` see the logits of prediction. Importance weights and `feedback` are as in
    `er`.

    Of the paper only the abstract was at hand. Ours, after its siblings' code (PCR, ER-FSL): gamma, eps, no bias,
    weights 1 : 1, prediction by dot products among the classes that were met.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory; new rows enter it after the step. It should hold rows of the running task too: replay alone
            teaches the norms of new classes.
        new_logits: by what new rows are learnt, "cosine" or "dot".
        replayed_logits: by what replayed rows are learnt.
        head: by what predictions are made.
        seen_only: where classes of which no row has come are left out: "predict" (their logit is then -1e9), "always"
            (of the losses as well), "never".
        **options: those of `ER` and `Classifier`, gamma among them.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: for another kind of logits, or if there is no such backbone.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        new_logits: Literal["cosine", "dot"] = "cosine",
        replayed_logits: Literal["cosine", "dot"] = "dot",
        head: Literal["cosine", "dot"] = "dot",
        seen_only: Literal["predict", "always", "never"] = "predict",
        **options: Any,
    ) -> None:
        for option, value in (("new_logits", new_logits), ("replayed_logits", replayed_logits), ("head", head)):
            if value not in READINGS:
                raise UnknownName(f"{option}:", str(value), READINGS)
        if seen_only not in SEEN_ONLY:
            raise OptionError(f"seen_only must be one of {', '.join(SEEN_ONLY)}, got {seen_only!r}")
        super().__init__(stream, replay, head=head, **options)
        self.new_logits, self.replayed_logits, self.seen_only = new_logits, replayed_logits, seen_only
        self.met = np.zeros(int(stream.action_space.nvec[0]), bool)  # (C,) classes of which a row has come

    def terms(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """The cross-entropy (N + M,) of each row by its own kind of logits, from one pass; notes the classes met."""
        n, y = num_rows(new), self.gather("y", [new, replayed]).long()
        features = self.network.features(self.gather("x", [new, replayed]))  # (N + M, d)
        kinds = ((features[:n], self.new_logits), (features[n:], self.replayed_logits))
        logits = torch.cat([self.network.head.read(part, kind) for part, kind in kinds])  # (N + M, C)
        self.met[y.cpu().numpy()] = True
        if self.seen_only == "always":
            logits = logits.masked_fill(tensor(~self.met, self.device), -torch.inf)
        return cross_entropy(logits, y, reduction="none")

    def predict(self, rows: Rows) -> Rows:
        """As of `Classifier`, among the classes that were met; among all before any was."""
        found = super().predict(rows)
        if self.seen_only == "never" or not self.met.any():
            return found
        logits = np.where(self.met, found["logits"], UNSEEN)  # (N, C)
        return {"y": logits.argmax(1), "logits": logits}

    def losses(self, rows: Rows, after: Rows | None = None) -> np.ndarray:
        """As of `Classifier`, of `rows` as replayed ones, after a virtual step on new ones."""
        with Reading(self.network.head, self.replayed_logits):
            return super().losses(rows, after)

    def stepped(self, rows: Rows) -> dict[str, torch.Tensor]:
        """As of `Classifier`, by the logits of new rows."""
        with Reading(self.network.head, self.new_logits):
            return super().stepped(rows)


class CosineER(UER):
    """`uer` with cosine logits for new rows, replayed rows and predictions: experience replay by angles alone.

    The other side of the comparison in Lin et al. (2023), arXiv 2309.04081: methods with cosine classifiers, which
    leave norms out. Arguments and errors are those of `UER`.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        replayed_logits: Literal["cosine", "dot"] = "cosine",
        head: Literal["cosine", "dot"] = "cosine",
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, replayed_logits=replayed_logits, head=head, **options)
