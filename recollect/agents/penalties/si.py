"""SI: synaptic intelligence, importances collected along the path of learning."""

import math

import torch

from recollect.agents.penalties.quadratic import Quadratic, Tensors, distance, grown, old_block, trainable, values
from recollect.errors import OptionError
from recollect.rows import Rows


class SI(Quadratic):
    """Adds `strength * sum_i Omega_i (theta_i - theta~_i)^2`, Omega being how much a parameter lowered the losses.

    Zenke, Poole & Ganguli (2017), "Continual learning through synaptic intelligence", arXiv 1703.04200, eqs. 3-5. Each
    step adds `-g_i * change of theta_i` to the path integral omega_i; at a task's end
    `Omega_i += omega_i / ((total change of theta_i)^2 + xi)`. g is the gradient of the agent's loss without this
    penalty; the change is what the optimiser really did (momentum, Adam, decay), seen at the next step. The sum Omega
    is cut off at 0, as in the authors' code: a negative importance would push away. Whatever the agent descends,
    replayed rows among it, counts as the task's loss.

    Args:
        strength: c, at least 0 (paper: 0.1 on permuted MNIST, 1 on split MNIST).
        damping: xi, above 0 (paper: 0.1 on permuted MNIST, 1e-3 on split MNIST).
        seed: unused.

    Raises:
        OptionError: if an option lies outside its range.
    """

    needs_tasks = True

    def __init__(self, *, strength: float = 0.1, damping: float = 0.1, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= strength < math.inf:
            raise OptionError(f"strength must be a finite number of at least 0, got {strength!r}")
        if not 0 < damping < math.inf:
            raise OptionError(f"damping must be a finite number above 0, got {damping!r}")
        self.strength, self.damping = strength, damping
        self.anchors: Tensors = {}  # the weights at the task's start, which are those at the last one's end
        self.importance: Tensors = {}  # Omega, of the shapes of the anchors
        self.path: Tensors = {}  # omega of the running task
        self.before: Tensors = {}  # the weights before the last step, and the gradient with which it was taken
        self.gradient: Tensors = {}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor | float:
        """The penalty, a scalar; 0.0 before the first task has begun."""
        return self.strength * distance(self.agent, self.anchors, self.importance)

    def project(self, new: Rows, replayed: Rows) -> None:
        """Leaves the gradients as they are; notes them, and what the step before this one did."""
        self.settle()
        held = trainable(self.agent)
        for name, anchor in self.anchors.items():
            if name not in held or held[name].grad is None:
                continue
            gradient, now = (old_block(one.detach(), anchor.shape) for one in (held[name].grad, held[name]))
            pull = 2 * self.strength * self.importance[name] * (now - anchor)
            self.gradient[name], self.before[name] = gradient - pull, now.clone()

    def settle(self) -> None:
        """Adds what the last step did to the path integral."""
        held = trainable(self.agent)
        for name, gradient in self.gradient.items():
            self.path[name] -= gradient * (old_block(held[name].detach(), gradient.shape) - self.before[name])
        self.gradient, self.before = {}, {}

    def begin_task(self, task: int, data: Rows | None) -> None:
        """The weights of now, heads that have grown among them, become the anchors; the path starts anew."""
        self.settle()
        self.anchor()

    def end_task(self, task: int, data: Rows | None) -> None:
        """The task's path integral becomes importance; the weights of now become the anchors."""
        self.settle()
        held = trainable(self.agent)
        for name, anchor in self.anchors.items():
            if name in held:
                change = (old_block(held[name].detach(), anchor.shape) - anchor).square()
                self.importance[name] = (self.importance[name] + self.path[name] / (change + self.damping)).clamp(min=0)
        self.anchor()

    def anchor(self) -> None:
        """Anchors are the weights of now, the path is empty, and what grew has no importance yet."""
        self.anchors = values(self.agent)
        self.path = {name: torch.zeros_like(anchor) for name, anchor in self.anchors.items()}
        self.importance = {
            name: grown(self.importance.get(name, anchor.new_zeros([0] * anchor.dim())), anchor.shape)
            for name, anchor in self.anchors.items()
        }
