"""EWC: elastic weight consolidation, one Fisher information per task."""

import math
from typing import Any, Literal

import numpy as np
import torch

from recollect.agents.penalties.importance import mean_over_rows
from recollect.agents.penalties.quadratic import Quadratic, Tensors, distance, values
from recollect.agents.penalties.task_rows import TaskRows
from recollect.core import Agent
from recollect.errors import OptionError, SchemaError
from recollect.nets.asking import Still, networks_of
from recollect.rows import Rows


class EWC(Quadratic):
    """Adds `strength / 2 * sum_k sum_i F_ki (theta_i - theta*_ki)^2` over the tasks k that have ended.

    Kirkpatrick et al. (2017), "Overcoming catastrophic forgetting in neural networks", arXiv 1612.00796, eq. 3,
    with one term per task as in its section 2. F_k is the diagonal of the Fisher information at the weights of the
    task's end: the mean over rows of the squared gradient of each row's loss (a negative log-likelihood), taken row by
    row in eval mode. The paper does not say whose labels enter it: `fisher="empirical"` takes those of the rows,
    `fisher="model"` draws them from the agent's own logits, which is the Fisher information proper. Memory and time
    grow with the number of tasks; `online-ewc` does not. Anchors are all trainable parameters; what grew is free.

    Rows come from the task's logged data; where it is lived, from a reservoir of what was met, held in memory.

    Args:
        strength: lambda, at least 0 (paper: 400 on Atari games, tuned on MNIST). Under SGD, lr * strength * F must stay
            below 2 for every parameter, or the pull overshoots and diverges.
        fisher: "empirical" or "model".
        samples: rows at most from which each Fisher information is estimated (paper: not said).
        seed: of the rows and labels drawn.

    Raises:
        OptionError: if an option lies outside its range.
    """

    asks = ("row_losses",)
    needs_tasks = True

    def __init__(
        self,
        *,
        strength: float = 1.0,
        fisher: Literal["empirical", "model"] = "empirical",
        samples: int = 1000,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        if not 0 <= strength < math.inf:
            raise OptionError(f"strength must be a finite number of at least 0, got {strength!r}")
        if fisher not in ("empirical", "model"):
            raise OptionError(f"fisher must be 'empirical' or 'model', got {fisher!r}")
        self.strength, self.fisher, self.task_rows = strength, fisher, TaskRows(samples, seed)
        self.anchors: list[Tensors] = []  # one of each per task that has ended
        self.importance: list[Tensors] = []

    def bind(self, agent: Agent) -> None:
        """Whom to ask.

        Raises:
            SchemaError: if labels are to be drawn from the model, but the agent has no logits or its rows no labels.
        """
        super().bind(agent)
        if self.fisher == "model" and not (callable(getattr(agent, "logits", None)) and "y" in agent.schema.fields):
            raise SchemaError(
                f"fisher='model' draws labels from logits(), which {type(agent).__name__} on {agent.schema.name} "
                "records does not have: use fisher='empirical'"
            )

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The penalty, a scalar; 0.0 before the first task has ended."""
        self.task_rows.meet(new)
        pulls = [distance(self.agent, *held) for held in zip(self.anchors, self.importance, strict=True)]
        return self.strength / 2 * sum(pulls)

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Rows met from now on are the task's."""
        self.task_rows.begin(data)

    def end_task(self, task: int, data: Rows | None) -> None:
        """The weights of now become anchors, with the Fisher information of the task's rows."""
        self.importance.append(self.information(data))
        self.anchors.append(values(self.agent))

    def information(self, data: Rows | None) -> Tensors:
        """The diagonal of the Fisher information of the running task, by parameter."""
        rows: Any = self.task_rows.draw(data)
        agent: Any = self.agent
        if self.fisher == "model" and rows:
            with Still(*networks_of(agent)), torch.no_grad():
                logits = agent.logits(rows).cpu().numpy()  # (N, C) or (N, T, V)
            rows = rows | {"y": (logits + self.rng.gumbel(size=logits.shape)).argmax(-1).astype(np.int64)}
        return mean_over_rows(agent, rows, lambda row: agent.row_losses(row).sum(), torch.square)
