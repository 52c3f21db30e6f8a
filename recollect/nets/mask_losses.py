"""Losses over masks: cross-entropies that know that background also means "a class of another task".

Letters: N pictures, C classes met so far (0 the background, then the old ones, then from `old` on those of the running
task), H, W pixels. Masks hold classes, or VOID, which counts nowhere. All means are over the pixels that are not void,
and 0 where there is none.
"""

import torch
from torch.nn.functional import log_softmax, nll_loss

VOID = 255


def mean_over(losses: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """The mean, a scalar, of the losses (N, H, W) that are `counted`, (N, H, W) bool; 0 where none is."""
    return (losses * counted).sum() / counted.sum().clamp(min=1)


def pixel_losses(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross-entropy (N, H, W) in nats of logits (N, C, H, W) and masks (N, H, W) int64; 0 where void."""
    return nll_loss(log_softmax(logits, 1), y, ignore_index=VOID, reduction="none")


def unbiased_losses(logits: torch.Tensor, y: torch.Tensor, old: int) -> torch.Tensor:
    """MiB's cross-entropy (N, H, W): a pixel that is labelled background is "background or an old class".

    `-log sum_{c < old} q_c` where y is below `old`, else `-log q_y` (Cermelli, Mancini, Rota Bulo, Ricci & Caputo,
    2020, "Modeling the background for incremental learning in semantic segmentation", arXiv 2002.00718, eq. 3; for old
    labels too, as in BACS, arXiv 2404.13148). With one old class, the background, it is the cross-entropy.
    """
    logs = log_softmax(logits, 1)  # (N, C, H, W)
    merged = torch.cat([logs[:, :old].logsumexp(1, keepdim=True), logs[:, old:]], 1)  # (N, 1 + new, H, W)
    target = torch.where(y >= old, y - old + 1, 0).masked_fill(y == VOID, VOID)
    return nll_loss(merged, target, ignore_index=VOID, reduction="none")


def unbiased_distances(logits: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """MiB's distillation (N, H, W): what was background before may be a new class now.

    `-(1 / old) sum_c p_c log q'_c` over the classes of the teacher, p its probabilities, and q'_0 the background's and
    all new classes' probability together, q'_c = q_c (arXiv 2002.00718, eq. 5; the mean over classes is that of the
    authors' code, recalled).

    Args:
        logits: (N, C, H, W).
        before: the teacher's, (N, old, H, W), without a graph.
    """
    old, logs = before.shape[1], log_softmax(logits, 1)
    fresh = torch.cat([logs[:, :1], logs[:, old:]], 1).logsumexp(1, keepdim=True)  # (N, 1, H, W)
    return -(before.softmax(1) * torch.cat([fresh, logs[:, 1:old]], 1)).mean(1)


def old_pixel_loss(logits: torch.Tensor, y: torch.Tensor, old: int) -> torch.Tensor:
    """The mean cross-entropy, a scalar, of the pixels of old classes, 1 to old - 1, alone; 0 without such pixels.

    A remembered mask calls the classes of other tasks background, later ones among them: counting its background would
    teach that there are no new classes (arXiv 2404.13148, as in the authors' code, whose mean is NaN without pixels).
    """
    return mean_over(pixel_losses(logits, y), (y > 0) & (y < old))


def dark_distance(logits: torch.Tensor, then: torch.Tensor, known: torch.Tensor, background: bool) -> torch.Tensor:
    """The mean squared distance, a scalar, of logits from remembered ones, where these can be compared.

    Classes that were not known when the logits were remembered are at distance 0, as is the background without
    `background`; all count in the mean (arXiv 2404.13148: these columns are replaced by the current logits).

    Args:
        logits: (N, C, h, w).
        then: (N, C, h, w).
        known: (N,) int64, how many classes were known then.
        background: whether class 0 is compared.
    """
    number = torch.arange(logits.shape[1], device=logits.device)
    compared = (number < known[:, None]) & (number >= (0 if background else 1))  # (N, C)
    return ((logits - then).square() * compared[:, :, None, None]).mean()
