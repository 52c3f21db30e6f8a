"""SAC: soft actor-critic."""

from typing import Any

import gymnasium
import numpy as np
import torch
from tianshou.algorithm.modelfree import sac as theirs

from recollect.agents.online import OnlineAgent, check_at_least
from recollect.agents.policies import Squashed, Temperature
from recollect.agents.routed import Routed, adam, frozen
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.control import ActionCritic, GaussianActor


class SoftActorCritic(Routed, theirs.SAC):
    """tianshou's SAC with one optimiser for both critics and one for actor and temperature.

    Critics are frozen in the actor's step, Adam is fused, targets are averaged in one call. The numbers are those of
    tianshou: no two of these losses share a parameter.
    """

    def __init__(self, policy: Squashed, critics: list[Any], alpha: Temperature, lr: float, tau: float, gamma: float):
        super().__init__(
            policy=policy, policy_optim=adam(lr), critic=critics[0], critic_optim=adam(lr), critic2=critics[1],
            tau=tau, gamma=gamma, alpha=alpha,
        )  # fmt: skip
        self.replace_optimizers(lr, policy_optim=[policy, self.alpha], critic_optim=[self.critic, self.critic2])
        self.critic2_optim = self.critic_optim

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One step of both critics, one of actor and temperature."""
        critic_loss, errors = self.step_critics(batch, self.regulariser(batch))
        with frozen(self.critic, self.critic2):
            drawn = self.policy(batch)
            value = torch.min(self.critic(batch.obs, drawn.act), self.critic2(batch.obs, drawn.act))  # (n, 1)
        alpha = self.alpha.value
        actor_loss = (alpha * drawn.log_prob - value).mean()
        self.policy_optim.step(actor_loss + self.alpha.loss(-drawn.log_prob.detach()))
        self._update_lagged_network_weights()
        return {"loss_critic": critic_loss, "loss_actor": actor_loss.item(), "alpha": alpha}, errors

    def regulariser(self, batch: Any) -> torch.Tensor | float:
        """What is added to the critics' loss: nothing."""
        return 0.0

    def row_losses(self, batch: Any) -> torch.Tensor:
        """Half the squared TD errors, minus the log-probability of the action (n,)."""
        return self.errors(batch).square().sum(0) / 2 - self.policy.log_likelihood(batch.obs, batch.act)

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """Mean and log-deviation (n, 2A)."""
        return self.policy.outputs(obs)


class GaussianAgent:
    """Mixed in before an agent whose policy is a squashed Gaussian."""

    def choose(self, inputs: torch.Tensor, explore: bool) -> np.ndarray:
        """Drawn where it explores, else the mode; (N, A) in [-1, 1]."""
        (mean, deviation), _ = self.algorithm.policy.actor(inputs)
        mean = mean.cpu().numpy()
        if explore:
            mean = mean + deviation.cpu().numpy() * self.rng.standard_normal(mean.shape, np.float32)
        return np.tanh(mean)

    def build(self, lr: float, tau: float, alpha: float | None, entropy: float | None, kind: type, *more: Any) -> Any:
        """The algorithm, of class `kind`, which takes `more` behind what every one takes."""
        if alpha is not None:
            check_rates(alpha=alpha)
        width, dims = self.inputs.width, len(self.middle)
        with self.weights():
            actor = GaussianActor(width, 2 * dims, self.hidden, self.heads)
            policy = Squashed(actor=actor, action_space=self.action_space)
            critics = [ActionCritic(width, dims, self.hidden, self.heads) for _ in range(2)]
            temperature = Temperature(alpha, -dims if entropy is None else entropy)
            return kind(policy, critics, temperature, lr, tau, self.gamma, *more)


class SAC(GaussianAgent, OnlineAgent):
    """Soft actor-critic with two critics and a tuned temperature.

    Haarnoja et al. (2018), "Soft actor-critic algorithms and applications", arXiv 1812.05905, algorithm 1; over
    tianshou's. A row's "weight" multiplies its squared TD errors; its priority is their mean size.

    Args:
        stream: a TRANSITION stream with actions in a bounded Box.
        replay: the memory (paper: the last million rows).
        lr: of actor, critics and temperature, above 0 (paper: 3e-4).
        tau: share of the critics that their targets take over with every update (paper: 0.005).
        alpha: weight of the entropy, above 0; None: tuned (paper).
        target_entropy: what a tuned alpha aims at, in nats; None: minus the number of action dimensions (paper).
        **options: those of `OnlineAgent`; one update of 256 rows for every env step, two hidden layers of 256 (paper).
            The paper does not say with how many uniform actions it starts; published code takes 1000 to 10000.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        lr: float = 3e-4,
        tau: float = 0.005,
        alpha: float | None = None,
        target_entropy: float | None = None,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_rates(lr=lr, tau=tau)
        self.adopt(self.build(lr, tau, alpha, target_entropy, SoftActorCritic))


def check_rates(**values: float) -> None:
    """Refuses options that are not above 0.

    Raises:
        OptionError: naming the first.
    """
    check_at_least(0, **values)
    for option, value in values.items():
        if value == 0:
            raise OptionError(f"{option} must be above 0, got {value!r}")
