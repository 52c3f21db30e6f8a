"""DER++ for masks: remembered logits at low resolution, remembered masks, with or without their background."""

from typing import Any

import gymnasium
import numpy as np
import torch

from recollect.agents.segmenter import Segmenter
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.asking import Still
from recollect.nets.mask_losses import VOID, dark_distance, mean_over, old_pixel_loss, pixel_losses
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows


class SegDERPlusPlus(Segmenter):
    """Dark experience replay over pixels: `L(new) + alpha * distance(logits) + beta * L(masks of a second draw)`.

    Buzzega et al. (2020), arXiv 2004.07211, as BACS has it (ElAraby, Harakeh & Paull, 2024, arXiv 2404.13148, the
    authors' code). A memory's mask calls background whatever its task did not label. Without `background`, as in BACS,
    the second draw counts the pixels of old classes alone, and the logits of the background are not compared; with it,
    all pixels and logits count, and new classes are unlearnt. Logits of classes that were not known when a picture was
    remembered are never compared. Logits are remembered at the network's resolution, of the picture as it came.

    What differs: the two draws are of one memory, each row with its own picture, mask and logits.

    Args:
        stream: a SAMPLE stream with masks.
        replay: the memory; best filled at task ends, when logits are those of a trained network.
        alpha: weight of the distance of logits, at least 0.
        beta: weight of the masks, at least 0.
        background: whether remembered background counts.
        replayed_per_new: pictures of one draw for every new one, at least 0.
        **options: those of `Segmenter`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    reads = ("x", "y", "logits")
    adds = ("logits",)

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        alpha: float = 0.8,
        beta: float = 0.5,
        background: bool = False,
        replayed_per_new: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, **options)
        self.alpha, self.beta, self.background, self.replayed_per_new = alpha, beta, background, replayed_per_new
        for option in ("alpha", "beta", "replayed_per_new"):
            if not getattr(self, option) >= 0:
                raise OptionError(f"{option} must be at least 0, got {getattr(self, option)!r}")

    def annotate(self, rows: Rows) -> Rows:
        """`rows` and "logits" (N, classes, h, w), float32, in eval mode; 0 for classes that are not met yet."""
        with Still(self.network), torch.no_grad():
            maps = self.maps(rows).cpu().numpy()
        logits = np.zeros((len(maps), self.classes, *maps.shape[2:]), np.float32)
        logits[:, : self.seen] = maps
        return rows | {"logits": logits}

    def loss(self, new: Rows, replayed: Rows) -> tuple[torch.Tensor, dict[str, float]]:
        """The three terms; those of the memory are logged unweighted."""
        loss, logged = super().loss(new, replayed)
        if num_rows(new):
            logged["loss_new"] = loss.item()
        if num_rows(replayed):
            known = [self.known.get(int(task), self.seen) for task in replayed["task"]]
            then = tensor(replayed["logits"], self.device)[:, : self.seen]
            far = dark_distance(self.maps(replayed), then, torch.tensor(known, device=self.device), self.background)
            again = self.view(self.replay.sample(num_rows(replayed), like=new or None), moved=True)
            labels = self.memory_loss(again) if num_rows(again) else far.new_zeros(())
            loss = loss + self.alpha * far + self.beta * labels
            logged |= {"loss_logits": far.item(), "loss_labels": labels.item()}
        return loss, logged

    def memory_loss(self, rows: Rows) -> torch.Tensor:
        """The mean cross-entropy, a scalar, of the pixels of remembered masks that count."""
        logits, y = self.full(self.maps(rows), rows), self.masks(rows)
        if self.background:
            return mean_over(pixel_losses(logits, y), y != VOID)
        return old_pixel_loss(logits, y, self.old)
