"""LwF: learning without forgetting, distillation from the network before the task."""

import math
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from torch.nn.functional import log_softmax, softmax

from recollect.agents.penalties.teacher import Teacher
from recollect.core import Agent, Penalty
from recollect.errors import OptionError, SchemaError
from recollect.nets.asking import Unmoved, networks_of
from recollect.rows import Rows, num_rows
from recollect.schema import TRANSITION


class LwF(Penalty):
    """Adds `alpha * cross-entropy(teacher, now)` of softened outputs on the new rows, summed over the old tasks.

    Li & Hoiem (2018), "Learning without forgetting", arXiv 1606.09282, eqs. 2-3: the teacher is the agent as it was
    when the last task ended, both logits are divided by T = 2, the mean is over new rows, and there is no factor T^2.
    Each old task has a softmax of its own over its classes, those met in it; tasks with the same classes count once.
    `joint=True` takes one softmax over all old classes instead, as class-incremental work with one head does (De Lange
    et al. 2023). Where a row's y is not one class (tokens, actions) there is one softmax over all outputs, padded
    positions left out. What differs: the paper first trains the new head alone (its warm-up) and puts weight decay on
    all; here that is the agent's business. The new rows pass through teacher and network once more,
    which moves no statistics of batch normalisation.

    Args:
        alpha: weight of the distillation, at least 0 (paper: lambda_o = 1).
        temperature: T, above 0 (paper: 2).
        joint: one softmax over all old classes instead of one per old task.
        seed: unused.

    Raises:
        OptionError: if an option lies outside its range.
    """

    asks = ("logits",)
    needs_tasks = True

    def __init__(self, *, alpha: float = 1.0, temperature: float = 2.0, joint: bool = False, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= alpha < math.inf:
            raise OptionError(f"alpha must be a finite number of at least 0, got {alpha!r}")
        if not 0 < temperature < math.inf:
            raise OptionError(f"temperature must be a finite number above 0, got {temperature!r}")
        self.alpha, self.temperature, self.joint = alpha, temperature, joint
        self.teacher = Teacher()
        self.met: list[int] = []  # classes of the running task
        self.groups: list[list[int]] = []  # classes of each old task; [] where outputs are not classes of rows

    def bind(self, agent: Agent) -> None:
        """Whom to ask, and whose networks to copy.

        Raises:
            SchemaError: if the agent's actions are continuous: its outputs are no logits.
        """
        if agent.schema is TRANSITION and isinstance(agent.action_space, Box):
            raise SchemaError(
                f"LwF distils logits, and {type(agent).__name__} has continuous actions, whose outputs are the "
                "parameters of a policy: take ewc, si or mas"
            )
        super().bind(agent)
        self.teacher.bind(agent)

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The distillation, a scalar; 0.0 before the first task has ended, and without new rows."""
        if not num_rows(new):
            return 0.0
        if new.get("y", np.empty((0, 0))).ndim == 1:
            self.met = sorted({*self.met, *np.unique(new["y"]).tolist()})
        if self.teacher.twin is None:
            return 0.0
        agent: Any = self.agent
        with Unmoved(*networks_of(agent)):
            now = agent.logits(new) / self.temperature
        then = self.teacher.logits(new) / self.temperature
        if "mask" in new:
            mask = torch.from_numpy(new["mask"].copy()).to(now.device)
            now, then = now[mask], then[mask]  # (N, T, V) -> (tokens, V)
        return self.alpha * sum(distillation(now, then, group) for group in self.class_groups(then.shape[-1]))

    def class_groups(self, width: int) -> list[list[int]]:
        """The outputs under each softmax, of `width` outputs that the teacher has."""
        groups = [sorted({c for group in self.groups for c in group})] if self.joint else self.groups
        return [[c for c in group if c < width] or list(range(width)) for group in groups]

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Classes met from now on are the task's."""
        self.met = []

    def end_task(self, task: int, data: Rows | None) -> None:
        """The agent of now becomes the teacher, the task's classes old ones."""
        self.teacher.take()
        if self.met not in self.groups:
            self.groups.append(self.met)


def distillation(now: torch.Tensor, then: torch.Tensor, group: list[int]) -> torch.Tensor:
    """Mean over rows of the cross-entropy of softmax(then) and softmax(now) over the outputs in `group`."""
    wanted = softmax(then[..., group], -1)
    return -(wanted * log_softmax(now[..., group], -1)).sum(-1).mean()
