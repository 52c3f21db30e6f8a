"""The losses of COCONUT, on points of length 1. Letters: N rows, R of them rehearsed, d dimensions."""

from typing import Literal

import torch
from torch.nn.functional import kl_div

from recollect.schema import PAD


def rehearsal_contrast(
    now: torch.Tensor,
    then: torch.Tensor,
    intents: torch.Tensor,
    rehearsed: torch.Tensor,
    temperature: float,
    *,
    negatives: Literal["student", "teacher"] = "student",
    with_positive: bool = True,
    with_itself: bool = False,
) -> torch.Tensor:
    """NSPT or NTPT, a scalar in nats: a sum over rehearsed rows k; 0 without any.

    `sum_k -1/|P(k)| sum_{p in P(k)} log [ exp(h_k . g_p / tau) / Z_kp ]`, with h of the student, g of the teacher, P(k)
    the rehearsed rows of k's intent, k itself among them. NSPT (negatives="student"): Z_kp sums exp(h_k . h_i / tau)
    over all rows i but k, new ones too, and adds the numerator, so that the ratio is a share and the loss at least 0.
    Rows of k's own intent stay in Z, as in supervised contrastive learning. NTPT (negatives="teacher"): Z_k sums
    exp(h_k . g_i / tau) over all rows i. Nothing flows into the teacher.

    Cappellazzo et al. 2024, arXiv 2310.02699. That anchors are rehearsed rows alone, positives the teacher's, and that
    the denominator runs over all rows is theirs; `with_positive` and the exclusion of k (`with_itself`) are ours.

    Args:
        now: the student's points (N, d).
        then: the teacher's points (N, d) of the same rows.
        intents: (N,) int64.
        rehearsed: (N,) bool.
        temperature: tau, above 0.
        negatives: whose points the denominator holds.
        with_positive: NSPT only: whether the numerator is added to Z.
        with_itself: NSPT only: whether Z holds i = k.
    """
    then = then.detach()
    anchors = now[rehearsed]  # (R, d)
    positives = anchors @ then[rehearsed].T / temperature  # (R, R)
    if negatives == "teacher":
        total = (anchors @ then.T / temperature).logsumexp(1, keepdim=True)  # (R, 1)
    else:
        likeness = anchors @ now.T / temperature  # (R, N)
        if not with_itself:
            itself = torch.eye(len(now), dtype=torch.bool, device=now.device)[rehearsed]
            likeness = likeness.masked_fill(itself, -torch.inf)
        total = likeness.logsumexp(1, keepdim=True)  # (R, 1)
        if with_positive:
            total = torch.logaddexp(total, positives)  # (R, R)
    same = intents[rehearsed][:, None] == intents[rehearsed]  # (R, R)
    return -(((positives - total) * same).sum(1) / same.sum(1)).sum()


def multimodal_contrast(
    audio: torch.Tensor, text: torch.Tensor, intents: torch.Tensor, current: torch.Tensor, temperature: float
) -> torch.Tensor:
    """MM, a scalar in nats: a sum over the rows k of the current task; 0 without any.

    `sum_k -1/|P(k)| sum_{p in P(k)} [ log exp(a_k . t_p / tau) / sum_i exp(a_k . t_i / tau) + the same with a and t
    exchanged ]`, P(k) the current rows of k's intent, k among them, i over all rows. Cappellazzo et al. 2024, arXiv
    2310.02699; this form is recalled.

    Args:
        audio: points (N, d) of the clips.
        text: points (N, d) of the transcripts.
        intents: (N,) int64.
        current: (N,) bool.
        temperature: tau, above 0.
    """
    same = (intents[current][:, None] == intents) & current  # (C, N)
    likeness = audio @ text.T / temperature  # (N, N)
    shares = likeness.log_softmax(1)[current] + likeness.T.log_softmax(1)[current]  # (C, N)
    return -((shares * same).sum(1) / same.sum(1)).sum()


def token_distillation(logits: torch.Tensor, taught: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """T-KD: the mean over tokens of KL(teacher || student), in nats; logits (N, L, V), y (N, L), PAD left out."""
    kept = y != PAD  # (N, L)
    wanted = taught.detach()[kept].log_softmax(1)  # (tokens, V)
    return kl_div(logits[kept].log_softmax(1), wanted, reduction="batchmean", log_target=True)


def audio_distillation(encoded: torch.Tensor, taught: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """audio-KD: the mean squared difference of encoded frames (N, T', D), over those of the clips, (N, T') bool."""
    return (encoded - taught.detach())[kept].pow(2).mean()
