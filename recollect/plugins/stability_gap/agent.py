"""Experience replay that says which part of its gradient is plasticity and which is stability."""

from typing import Any

import gymnasium
import torch

from recollect.agents.er import ER
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows


class DisentangledER(ER):
    """`er`, to the bit, whose first updates of every task also log the norms of the two parts of their gradient.

    De Lange, van de Ven & Tuytelaars (2023), arXiv 2205.13452: the gradient that is stepped on is that of the new rows'
    loss (plasticity) plus all that is there to keep what was learned (stability): the gradient of the replayed rows'
    loss and of the penalty. What a projection (gem, a-gem) does to the gradient counts as stability too, which is ours.
    Both are taken from the one backward pass that trains, loss weights included, momentum and weight decay not.

    The losses of an update then hold "plasticity" and "stability", Euclidean norms over all trainable parameters. The
    observer `gradients` writes them down. It costs one more backward pass in the updates that are watched.

    Args:
        stream: as for `ER`.
        replay: as for `ER`.
        watch: how many updates of every task are watched, at least 0; where tasks are hidden, of the run.
        **options: those of `ER`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, *, watch: int = 20, **options: Any) -> None:
        super().__init__(stream, replay, **options)
        if watch < 0:
            raise OptionError(f"watch must be at least 0, got {watch!r}")
        self.watch, self.since = watch, 0  # since: updates of the running task
        self.updating = False  # inside `update`, the only place where row losses are those of a step
        self.latest: torch.Tensor | None = None  # these row losses, (N + M,), with their graph
        self.norms: dict[str, float] = {}

    def begin_task(self, task: int, data: Rows | None) -> None:
        """Its first updates are watched."""
        super().begin_task(task, data)
        self.since = 0

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """As of `ER`; the first updates log both norms."""
        self.norms, self.updating = {}, True
        try:
            logged = super().update(new, replayed)
        finally:
            self.updating, self.latest = False, None
        self.since += 1
        return logged | self.norms

    def row_losses(self, *parts: Rows) -> torch.Tensor:
        """As of `Classifier`; `descend` looks again at the first of an update, penalties may ask for others."""
        losses = super().row_losses(*parts)
        if self.updating and self.latest is None:
            self.latest = losses
        return losses

    def descend(self, loss: Any, optimiser: Any, new: Rows, replayed: Rows) -> None:
        """One gradient step, as of `Agent`; its gradient is taken apart."""
        n = num_rows(new)
        if self.since >= self.watch or not n or self.latest is None:
            super().descend(loss, optimiser, new, replayed)
            return
        parameters = [parameter for _, parameter in self.named_parameters() if parameter.requires_grad]
        learning = self.latest[:n] @ tensor(self.weigh(n, replayed), self.device)[:n]
        slopes = torch.autograd.grad(learning, parameters, retain_graph=True, allow_unused=True)
        plasticity = _flat(slopes, parameters)
        super().descend(loss, optimiser, new, replayed)
        stability = _flat([parameter.grad for parameter in parameters], parameters) - plasticity
        self.norms = {"plasticity": plasticity.norm().item(), "stability": stability.norm().item()}


def _flat(slopes: Any, parameters: list[torch.nn.Parameter]) -> torch.Tensor:
    """Gradients as one vector (P,), 0 where there is none."""
    pairs = zip(slopes, parameters, strict=True)
    return torch.cat([(torch.zeros_like(p) if slope is None else slope).reshape(-1) for slope, p in pairs])
