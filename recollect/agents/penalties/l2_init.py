"""L2-init: keeps every weight near its initial value."""

import math

import torch

from recollect.agents.penalties.quadratic import Quadratic, Tensors, distance, old_block, trainable
from recollect.core import Agent
from recollect.errors import OptionError
from recollect.rows import Rows


class L2Init(Quadratic):
    """Adds `strength * sum_i (theta_i - theta_i at the start)^2`: parameters the loss does not need can learn again.

    Kumar, Marklund & Van Roy (2024), "Maintaining plasticity in continual learning via regenerative regularization",
    arXiv 2308.11958, section 4. The start is the moment when agent and penalty are put together; for parameters that
    appear later, or grow, the first task begun with them.

    Args:
        strength: lambda, at least 0 (paper: swept from 1e-5 to 1e-2).
        seed: unused.

    Raises:
        OptionError: if `strength` is negative or not finite.
    """

    def __init__(self, *, strength: float = 1e-2, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= strength < math.inf:
            raise OptionError(f"strength must be a finite number of at least 0, got {strength!r}")
        self.strength = strength
        self.anchors: Tensors = {}

    def bind(self, agent: Agent) -> None:
        """Notes the agent's initial weights."""
        super().bind(agent)
        self.meet_parameters()

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Notes the weights that are new."""
        self.meet_parameters()

    def meet_parameters(self) -> None:
        """Parameters without an anchor, and what has grown beyond one, are anchored where they are."""
        for name, parameter in trainable(self.agent).items():
            anchor = self.anchors.get(name)
            if anchor is None or anchor.shape != parameter.shape:
                self.anchors[name] = parameter.detach().clone()
                if anchor is not None:
                    old_block(self.anchors[name], anchor.shape).copy_(anchor)

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The penalty, a scalar."""
        return self.strength * distance(self.agent, self.anchors)
