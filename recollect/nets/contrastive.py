"""Supervised contrastive learning: rows of one class are drawn together, all others apart."""

import torch
from torch import nn
from torch.nn.functional import normalize


class Projection(nn.Sequential):
    """Features (N, d) to points (N, num_outputs) of length 1: Linear(d, d), ReLU, Linear(d, num_outputs).

    The head on which Khosla et al. (2020), arXiv:2004.11362, and Mai et al. (2021), arXiv:2103.13885, take the loss.

    Args:
        num_features: d.
        num_outputs: 128 in both papers.
    """

    def __init__(self, num_features: int, num_outputs: int = 128) -> None:
        super().__init__(nn.Linear(num_features, num_features), nn.ReLU(), nn.Linear(num_features, num_outputs))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Points (N, num_outputs)."""
        return normalize(super().forward(features))


def contrastive_losses(views: torch.Tensor, y: torch.Tensor, temperature: float) -> torch.Tensor:
    """The supervised contrastive loss of every row, averaged over its views: (N,), in nats.

    Khosla et al. (2020), arXiv:2004.11362, eq. 2 (L_out): for an anchor i, among all other views of all rows, with P(i)
    those of its class, `-1/|P(i)| sum_p log(exp(z_i z_p / tau) / sum_a exp(z_i z_a / tau))`.

    Args:
        views: (V, N, d) of length 1, V >= 2 views of each row, so that every anchor has a positive.
        y: (N,) classes.
        temperature: tau, above 0.
    """
    count, labels = len(views), y.repeat(len(views))  # (V N,)
    points = views.flatten(0, 1)  # (V, N, d) -> (V N, d)
    itself = torch.eye(len(points), dtype=torch.bool, device=points.device)
    likeness = (points @ points.T / temperature).masked_fill(itself, -torch.inf)  # (V N, V N)
    log_share = likeness.log_softmax(1).masked_fill(itself, 0.0)
    positive = (labels[:, None] == labels) & ~itself
    return -((log_share * positive).sum(1) / positive.sum(1)).reshape(count, -1).mean(0)
