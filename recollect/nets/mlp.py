"""The multilayer perceptron."""

import math
from collections.abc import Sequence

import torch
from torch import nn

from recollect.nets.tensors import unit


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
        widths, layers = [self.num_inputs, *hidden], []
        for i in range(len(hidden)):
            layers += [nn.Linear(widths[i], widths[i + 1]), nn.ReLU()]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(widths[-1], num_outputs)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The last hidden layer (N, d) for `x` (N, *x), uint8 in [0, 255] or floating."""
        return self.body(unit(x).reshape(len(x), self.num_inputs))  # (N, *x) -> (N, prod(x)) -> (N, d)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs (N, C) of the head for `x` (N, *x)."""
        return self.head(self.features(x))
