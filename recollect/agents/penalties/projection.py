"""Projection: what GEM and A-GEM share, and how a projection reaches the remembered rows.

The agent steps on its new rows, remembered rows only bend the step: they are not trained on. So a projection, when it
is bound, takes the memory over. The agent then draws nothing (`replayed_per_new = 0`, its updates get no replayed rows)
and goes on remembering; the projection draws from `agent.replay` itself, after the backward pass, and asks
`agent.row_losses` for the gradient of what it drew.
"""

from typing import Any

import numpy as np
import torch

from recollect.agents.penalties.quadratic import trainable
from recollect.core import Agent, Penalty
from recollect.errors import SchemaError
from recollect.rows import Rows, num_rows, take


class Projection(Penalty):
    """A projection of the gradient of new rows by gradients of remembered ones.

    Gradients are flat vectors over all trainable parameters (see `parameters`). A parameter that a loss does not reach
    has gradient 0 there, so that all vectors have the same axes; the projected gradient is written to every parameter,
    also to one that had none, or the constraints would not hold. Momentum and weight decay are the optimiser's, and act
    afterwards. Remembered rows pass through the networks in train mode, as in the authors' code.
    """

    asks = ("row_losses",)
    task: int | None = None  # the running one; None where tasks are hidden

    def bind(self, agent: Agent) -> None:
        """Takes the memory over.

        Raises:
            SchemaError: if the agent has no memory, or learns from replayed rows alone.
        """
        super().bind(agent)
        name = type(self).__name__
        if not getattr(agent.replay, "remembers", True):
            raise SchemaError(
                f"{name} projects by remembered rows, and {type(agent.replay).__name__} keeps none: "
                "take an agent with a memory (er) and a replay such as reservoir"
            )
        if agent.replay_batch is not None:
            raise SchemaError(
                f"{name} projects the gradient of new rows, and {type(agent).__name__} learns from replayed rows alone "
                "(replay_batch is set): take an agent that learns beside its new rows"
            )
        agent.replayed_per_new = 0.0

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Remembered rows of `task` do not count until it has ended."""
        self.task = task

    def remembered(self, n: int, like: Rows) -> Rows:
        """One draw of up to `n` rows from the memory, without those of the running task."""
        drawn = self.agent.replay.sample(n, like=like) if len(self.agent.replay) else {}
        if self.task is None or "task" not in drawn:
            return drawn
        kept = np.flatnonzero(drawn["task"] != self.task)
        return take(drawn, kept) if len(kept) else {}

    def parameters(self) -> list[torch.nn.Parameter]:
        """All trainable parameters; those of one optimiser, where the agent says that this one steps (`stepping`)."""
        held, stepping = trainable(self.agent).values(), getattr(self.agent, "stepping", None)
        return [parameter for parameter in held if stepping is None or id(parameter) in stepping]

    def flat_gradient(self) -> torch.Tensor:
        """The gradient of the backward pass, (P,)."""
        parameters = self.parameters()
        return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).reshape(-1) for p in parameters])

    def reference(self, rows: Rows) -> torch.Tensor:
        """The gradient of the mean loss of `rows`, (P,); `.grad` is left alone."""
        agent: Any = self.agent
        parameters = self.parameters()
        found = torch.autograd.grad(agent.row_losses(agent.view(rows)).mean(), parameters, allow_unused=True)
        pairs = zip(parameters, found, strict=True)
        return torch.cat([(torch.zeros_like(p) if g is None else g).reshape(-1) for p, g in pairs])

    def write(self, gradient: torch.Tensor) -> None:
        """Puts a flat gradient, (P,), into every parameter's `.grad`."""
        parameters = self.parameters()
        parts = gradient.split([parameter.numel() for parameter in parameters])
        for parameter, part in zip(parameters, parts, strict=True):
            parameter.grad = part.reshape(parameter.shape).clone()


def tasks_of(rows: Rows) -> list[Rows]:
    """The rows of each task by itself, tasks in order; generated rows (task -1) are left out."""
    if not num_rows(rows):
        return []
    return [take(rows, np.flatnonzero(rows["task"] == task)) for task in np.unique(rows["task"]) if task >= 0]
