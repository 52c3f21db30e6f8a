"""Importances of parameters, from gradients of single rows."""

from collections.abc import Callable

import numpy as np
import torch

from recollect.agents.penalties.quadratic import Tensors, trainable
from recollect.core import Agent
from recollect.nets.asking import Still, networks_of
from recollect.rows import Rows, num_rows, take


def mean_over_rows(
    agent: Agent,
    rows: Rows,
    output: Callable[[Rows], torch.Tensor],
    measure: Callable[[torch.Tensor], torch.Tensor],
) -> Tensors:
    """For every trainable parameter the mean over rows of `measure(gradient of output(row))`; zero without rows.

    Gradients are taken row by row, because the mean of squares is not the square of the mean; `.grad` is left alone.

    Args:
        agent: whose parameters.
        rows: N of them.
        output: a scalar of one row.
        measure: of one gradient, elementwise.
    """
    parameters = trainable(agent)
    total = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
    count = num_rows(rows)
    with Still(*networks_of(agent)):
        for i in range(count):
            value = output(take(rows, np.array([i])))
            gradients = torch.autograd.grad(value, list(parameters.values()), allow_unused=True)
            for name, gradient in zip(parameters, gradients, strict=True):
                if gradient is not None:
                    total[name] += measure(gradient)
    return {name: one / max(count, 1) for name, one in total.items()}
