"""The multilayer perceptron."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn

from recollect.nets.tensors import unit


def dense(widths: Sequence[int]) -> list[nn.Module]:
    """Linear layers from each of `widths` to the next one, each with a ReLU behind it."""
    pairs = pairwise(widths)
    return [module for before, after in pairs for module in (nn.Linear(before, after), nn.ReLU())]


class MLP(nn.Module):
    """Fully connected layers with ReLU over the flattened input, and a linear head.

    Args:
        x_shape: the shape of one input, without the batch axis; () is a single number.
        num_outputs: C.
        hidden: widths of the hidden layers; () makes the network linear. The default is GEM's for MNIST
            (Lopez-Paz & Ranzato 2017, arXiv 1706.08840).
    """

    def __init__(self, x_shape: Sequence[int], num_outputs: int, hidden: Sequence[int] = (100, 100)) -> None:
        super().__init__()
        self.num_inputs = math.prod(x_shape)
        widths = [self.num_inputs, *hidden]
        self.body = nn.Sequential(*dense(widths))
        self.head = nn.Linear(widths[-1], num_outputs)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The last hidden layer (N, d) for `x` (N, *x), uint8 in [0, 255] or floating."""
        return self.body(unit(x).reshape(len(x), self.num_inputs))  # (N, *x) -> (N, prod(x)) -> (N, d)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs (N, C) of the head for `x` (N, *x)."""
        return self.head(self.features(x))
