"""Nearest class mean: a class is where the mean of its features lies."""

import torch
from torch.nn.functional import normalize, one_hot

FAR = 5.0  # points of length 1 are at most 4 apart, squared


def class_means(features: torch.Tensor, y: torch.Tensor, num_classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The mean feature of every class, and which classes have one.

    Rebuffi, Kolesnikov, Sperl & Lampert (2017), arXiv:1611.07725, algorithm 1: features are divided by their length,
    and so is their mean (recalled: section 2.1 says so of all features and averages of features).

    Args:
        features: (N, d) floats, of any length.
        y: (N,) int64 classes, in 0 to num_classes - 1.
        num_classes: C.

    Returns:
        Means (C, d) of length 1, zeros for a class without rows, and whether there are rows (C,).
    """
    members = one_hot(y, num_classes).to(features.dtype)  # (N, C)
    sums = members.T @ normalize(features)  # (C, N) @ (N, d) -> (C, d); the direction of the mean
    return normalize(sums), members.any(0)


def nearness(features: torch.Tensor, means: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
    """Minus the squared distance (N, C) of features, divided by their length, to every mean; -FAR to unknown ones.

    Args:
        features: (N, d).
        means: (C, d).
        known: (C,) bool, which classes have a mean.
    """
    apart = torch.cdist(normalize(features), means, compute_mode="donot_use_mm_for_euclid_dist") ** 2  # (N, C)
    return torch.where(known, -apart, -FAR)
