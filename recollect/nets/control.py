"""Networks of actors and critics: multilayer perceptrons with one head, or one for every task.

Letters: N rows, D inputs, A actions (or their dimensions), E networks of an ensemble. The last `heads` columns of
the inputs are the task's one-hot code, by which heads are chosen; code 0 (a task that nobody knows) chooses none.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import nn

from recollect.nets.mlp import MLP


class HeadedMLP(MLP):
    """Outputs (N, num_outputs) of inputs (N, D), float32, from the head of each row's task.

    Args:
        num_inputs: D, the one-hot code of the task included.
        num_outputs: of one head.
        hidden: widths of the hidden layers.
        heads: how many heads; 0: one that serves every task.
    """

    def __init__(self, num_inputs: int, num_outputs: int, hidden: Sequence[int], heads: int = 0) -> None:
        super().__init__((num_inputs,), num_outputs * max(heads, 1), hidden)
        self.heads = heads

    def outputs(self, inputs: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        """Outputs of `inputs` (N, D); `code` (N, >= heads) ends with the one-hot code of the task."""
        found = self.head(self.body(inputs))
        if not self.heads:
            return found
        chosen = code[:, -self.heads :, None]  # (N, heads, 1)
        return (found.unflatten(1, (self.heads, -1)) * chosen).sum(1)  # (N, heads, outputs) -> (N, outputs)

    def forward(self, obs: torch.Tensor, state: Any = None, info: Any = None) -> tuple[torch.Tensor, Any]:
        """Outputs and the state, as tianshou's policies ask for them: action values, logits."""
        return self.outputs(obs, obs), state


class GaussianActor(HeadedMLP):
    """Mean and standard deviation, (N, A) each, of a Gaussian over actions that a tanh squashes afterwards."""

    def forward(self, obs: torch.Tensor, state: Any = None, info: Any = None) -> tuple[Any, Any]:
        """((mean, deviation), state); the logarithm of the deviation is cut to [-20, 2] (Haarnoja et al. 2018)."""
        mean, log_deviation = self.outputs(obs, obs).chunk(2, 1)
        return (mean, log_deviation.clamp(-20.0, 2.0).exp()), state


class DeterministicActor(HeadedMLP):
    """Actions (N, A) in [-1, 1]."""

    max_action = 1.0  # tianshou's policy asks

    def forward(self, obs: torch.Tensor, state: Any = None, info: Any = None) -> tuple[torch.Tensor, Any]:
        """(actions, state)."""
        return self.outputs(obs, obs).tanh(), state


class ActionCritic(HeadedMLP):
    """Values (N, 1) of observations and actions."""

    def __init__(self, num_inputs: int, num_actions: int, hidden: Sequence[int], heads: int = 0) -> None:
        super().__init__(num_inputs + num_actions, 1, hidden, heads)

    def forward(self, obs: torch.Tensor, act: torch.Tensor) -> torch.Tensor:
        """Values (N, 1)."""
        return self.outputs(torch.cat([obs, act], 1), obs)


class StateCritic(HeadedMLP):
    """Values (N, num_outputs) of observations: of each discrete action, or one of the state."""

    def forward(self, obs: torch.Tensor) -> torch.Tensor:
        """Values (N, num_outputs)."""
        return self.outputs(obs, obs)


class CriticEnsemble(nn.Module):
    """E critics of the same form, computed together: values (E, N, 1) of observations and actions.

    Args:
        size: E.
        num_inputs: D.
        num_actions: A.
        hidden: widths of the hidden layers.
        heads: how many heads; 0: one that serves every task.
    """

    def __init__(self, size: int, num_inputs: int, num_actions: int, hidden: Sequence[int], heads: int = 0) -> None:
        super().__init__()
        self.size, self.heads = size, heads
        widths = [num_inputs + num_actions, *hidden, max(heads, 1)]
        self.weights, self.biases = nn.ParameterList(), nn.ParameterList()
        for before, after in pairwise(widths):
            bound = 1 / math.sqrt(before)  # as PyTorch's Linear draws
            self.weights.append(nn.Parameter(torch.empty(size, before, after).uniform_(-bound, bound)))
            self.biases.append(nn.Parameter(torch.empty(size, 1, after).uniform_(-bound, bound)))

    def forward(self, obs: torch.Tensor, act: torch.Tensor) -> torch.Tensor:
        """Values (E, N, 1)."""
        found = torch.cat([obs, act], 1).expand(self.size, -1, -1)  # (E, N, D + A)
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            found = torch.baddbmm(bias, found if number == 0 else found.relu(), weight)
        return found if not self.heads else (found * obs[:, -self.heads :]).sum(2, keepdim=True)
