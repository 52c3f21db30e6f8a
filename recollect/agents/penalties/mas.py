"""MAS: memory aware synapses."""

import math
from typing import Any

import torch

from recollect.agents.penalties.importance import mean_over_rows
from recollect.agents.penalties.quadratic import Quadratic, Tensors, distance, grown, values
from recollect.agents.penalties.task_rows import TaskRows
from recollect.errors import OptionError
from recollect.rows import Rows


class MAS(Quadratic):
    """Adds `strength * sum_i Omega_i (theta_i - theta*_i)^2`, Omega being how much the outputs depend on a parameter.

    Aljundi et al. (2018), "Memory aware synapses: learning what (not) to forget", arXiv 1711.09601, eqs. 2-4. At each
    task's end `Omega += mean over rows of |d ||f(x)||_2^2 / d theta|`, f being the agent's logits (all of them, also of
    classes not met; padded positions are left out), gradients row by row in eval mode; the anchors are the weights of
    the last task's end. No labels are used. What differs: the authors' code takes batches where the paper has rows.

    Args:
        strength: lambda, at least 0 (paper: 1). Under SGD, lr * strength * Omega must stay below 1 for every
            parameter, or the pull overshoots and diverges: logits of a fresh head have an Omega of 10 and more.
        samples: rows at most from which the importance is estimated (paper: all).
        seed: of the rows drawn.

    Raises:
        OptionError: if an option lies outside its range.
    """

    asks = ("logits",)
    needs_tasks = True

    def __init__(self, *, strength: float = 1.0, samples: int = 1000, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= strength < math.inf:
            raise OptionError(f"strength must be a finite number of at least 0, got {strength!r}")
        self.strength, self.task_rows = strength, TaskRows(samples, seed)
        self.anchors: Tensors = {}
        self.importance: Tensors = {}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The penalty, a scalar; 0.0 before the first task has ended."""
        self.task_rows.meet(new)
        return self.strength * distance(self.agent, self.anchors, self.importance)

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Rows met from now on are the task's."""
        self.task_rows.begin(data)

    def end_task(self, task: int, data: Rows | None) -> None:
        """The weights of now become the anchors, and the importance of the task's rows is added."""
        found = mean_over_rows(self.agent, self.task_rows.draw(data), self.length, torch.abs)
        for name, old in self.importance.items():
            if name in found:
                found[name] += grown(old, found[name].shape)
        self.importance, self.anchors = found, values(self.agent)

    def length(self, row: Rows) -> torch.Tensor:
        """The squared length of the outputs of one row, a scalar."""
        agent: Any = self.agent
        outputs = agent.logits(row)  # (1, C) or (1, T, V)
        if "mask" in row:
            outputs = outputs[torch.from_numpy(row["mask"].copy()).to(outputs.device)]
        return outputs.square().sum()
