"""Routed: tianshou's algorithms, so changed that an agent of ours takes their gradient steps.

tianshou's algorithms step through `optimizer.step(loss)`. A routed one hands loss and optimiser to `route.descend`,
which an agent sets during an update (its own `descend`, which adds penalties). Rows come as tensors (`learn`), and
targets are those of one step, computed from the rows alone: no buffer is read.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import torch
from tianshou.algorithm import Algorithm
from tianshou.algorithm.optim import TorchOptimizerFactory

COUNTERS = ("_cnt", "_last", "_iter", "critic_gradient_step", "_last_actor_loss")  # tianshou's, in no state_dict


class Route:
    """Who takes the gradient steps of an algorithm; None: it does."""

    descend: Callable[[torch.Tensor, torch.optim.Optimizer], None] | None = None


class RoutedOptimizer(Algorithm.Optimizer):
    """tianshou's wrapper of an optimiser, whose steps go by `route`."""

    route: Route

    def step(self, loss: torch.Tensor, retain_graph: bool | None = None, create_graph: bool = False) -> None:
        """One gradient step on `loss`."""
        if self.route.descend is None:
            super().step(loss, retain_graph, create_graph)
        else:
            self.route.descend(loss, self._optim)


class Routed(Algorithm):
    """Mixed into one of tianshou's algorithms, before it: routed steps, one-step targets, averaging in one call.

    The state holds networks and counters; the optimisers are the agent's, which saves them.
    """

    Optimizer = RoutedOptimizer
    gamma: float
    tau: float = 1.0  # share of a network's weights that its target takes over; 1 for algorithms that copy

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One update on tensors obs, act, rew, terminated, obs_next, weight: what to log, and each row's TD error."""
        raise NotImplementedError("learn(batch) -> losses, errors (n,)")

    def errors(self, batch: Any) -> torch.Tensor:
        """What critics say of the rows, minus their targets (critics, n): of two critics of actions, given."""
        returns = self.returns(batch)
        return torch.stack([critic(batch.obs, batch.act)[:, 0] - returns for critic in (self.critic, self.critic2)])

    def step_critics(self, batch: Any, more: Any = 0.0) -> tuple[float, torch.Tensor]:
        """One step of all critics on squared errors, rows by their weight: the loss, and each row's mean error (n,).

        The loss is the sum over critics of their means, as if each had an optimiser of its own, and `more`.
        """
        td = self.errors(batch)
        squares = td.square() if batch.weight is None else td.square() * batch.weight
        loss = squares.mean(1).sum() + more
        self.critic_optim.step(loss)
        return loss.item(), td.detach().abs().mean(0)

    def row_losses(self, batch: Any) -> torch.Tensor:
        """The negative log-likelihood (n,) of each row, up to a constant: of its action, and (Gaussian) its target."""
        raise NotImplementedError("row_losses(batch) -> (n,)")

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """What the policy is made of (n, k): action values, logits, or the parameters of a Gaussian."""
        raise NotImplementedError("outputs(obs) -> (n, k)")

    def returns(self, batch: Any) -> torch.Tensor:
        """One-step targets (n,): rew + gamma * (1 - terminated) * what the targets say of obs_next."""
        with torch.no_grad():
            ahead = self.values_ahead(SimpleNamespace(obs=batch.obs_next, info=None)).flatten()
            return batch.rew + self.gamma * (1 - batch.terminated) * ahead

    def values_ahead(self, batch: Any) -> torch.Tensor:
        """What the target networks expect from `batch.obs` on, (n,) or (n, 1)."""
        return self._target_q_compute_value(batch, self._target_q_compute_action(batch))  # type: ignore[attr-defined]

    def _create_optimizer(self, module: torch.nn.Module, factory: Any, max_grad_norm: float | None = None) -> Any:
        """tianshou's, which looks up `self.Optimizer`; all of them share one route."""
        if "route" not in vars(self):
            self.route = Route()
        made = super()._create_optimizer(module, factory, max_grad_norm)
        made.route = self.route
        return made

    def replace_optimizers(self, lr: float, **groups: list[torch.nn.Module]) -> None:
        """One fused Adam for each group of networks, by attribute, instead of those that tianshou has made."""
        self._optimizers.clear()
        for name, modules in groups.items():
            setattr(self, name, self._create_optimizer(torch.nn.ModuleList(modules), adam(lr)))

    @contextmanager
    def routed(self, descend: Callable[[torch.Tensor, torch.optim.Optimizer], None]) -> Iterator[None]:
        """Inside, `descend` takes the gradient steps, and policies draw as in training."""
        self.route.descend, self.policy.is_within_training_step = descend, True
        try:
            yield
        finally:
            self.route.descend, self.policy.is_within_training_step = None, False

    def _update_lagged_network_weights(self) -> None:
        """Targets move by `tau` towards their networks, all in one call."""
        pairs = self._lagged_networks._lagged_network_pairs  # type: ignore[attr-defined]
        targets = [weight for pair in pairs for weight in pair.target.parameters()]
        sources = [weight.detach() for pair in pairs for weight in pair.source.parameters()]
        with torch.no_grad():
            torch._foreach_lerp_(targets, sources, self.tau)

    def get_extra_state(self) -> dict[str, Any]:
        """Counters of tianshou's."""
        return {name: vars(self)[name] for name in COUNTERS if name in vars(self)}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Restores them."""
        vars(self).update(state)

    def state_dict(self, *arguments: Any, **options: Any) -> dict[str, Any]:  # type: ignore[override]
        """Networks and counters."""
        return torch.nn.Module.state_dict(self, *arguments, **options)

    def load_state_dict(self, state_dict: Any, strict: bool = True, assign: bool = False) -> Any:
        """Restores them, in place."""
        return torch.nn.Module.load_state_dict(self, state_dict, strict=strict, assign=assign)


def adam(lr: float) -> TorchOptimizerFactory:
    """Adam in one fused kernel, as tianshou asks for it."""
    return TorchOptimizerFactory(torch.optim.Adam, lr=lr, fused=True)


@contextmanager
def frozen(*networks: torch.nn.Module) -> Iterator[None]:
    """Inside, nothing is recorded for the networks' own weights: gradients pass through to their inputs alone."""
    weights = [weight for network in networks for weight in network.parameters()]
    for weight in weights:
        weight.requires_grad_(False)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(True)
