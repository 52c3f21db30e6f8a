"""Discrete SAC: soft actor-critic for discrete actions."""

import math
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Discrete
from tianshou.algorithm.modelfree import discrete_sac as theirs

from recollect.agents.online import OnlineAgent, check_at_least
from recollect.agents.policies import Categorical, Temperature
from recollect.agents.routed import Routed, adam
from recollect.agents.sac import check_rates
from recollect.core import ReplayStrategy
from recollect.nets.control import HeadedMLP, StateCritic


class DiscreteSoftActorCritic(Routed, theirs.DiscreteSAC):
    """tianshou's discrete SAC with one optimiser for both critics and one for actor and temperature."""

    def __init__(self, policy: Any, critics: list[Any], alpha: Temperature, lr: float, tau: float, gamma: float):
        super().__init__(
            policy=policy, policy_optim=adam(lr), critic=critics[0], critic_optim=adam(lr), critic2=critics[1],
            tau=tau, gamma=gamma, alpha=alpha,
        )  # fmt: skip
        self.replace_optimizers(lr, policy_optim=[policy, self.alpha], critic_optim=[self.critic, self.critic2])
        self.critic2_optim = self.critic_optim

    def values_ahead(self, batch: Any) -> torch.Tensor:
        """The expected soft value (n,) under the policy."""
        ahead = self.policy(batch)
        lesser = torch.min(self.critic_old(batch.obs), self.critic2_old(batch.obs))  # (n, A)
        return (ahead.probs * lesser).sum(1) + self.alpha.value * ahead.entropy

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One step of both critics, one of actor and temperature."""
        critic_loss, errors = self.step_critics(batch)
        with torch.no_grad():
            lesser = torch.min(self.critic(batch.obs), self.critic2(batch.obs))
        drawn, alpha = self.policy(batch), self.alpha.value
        actor_loss = -(alpha * drawn.entropy + (drawn.probs * lesser).sum(1)).mean()
        self.policy_optim.step(actor_loss + self.alpha.loss(drawn.entropy.detach()))
        self._update_lagged_network_weights()
        return {"loss_critic": critic_loss, "loss_actor": actor_loss.item(), "alpha": alpha}, errors

    def errors(self, batch: Any) -> torch.Tensor:
        """What each critic says of the actions taken, minus their targets (2, n)."""
        returns, act = self.returns(batch), batch.act[:, None]
        return torch.stack([one(batch.obs).gather(1, act)[:, 0] - returns for one in (self.critic, self.critic2)])

    def row_losses(self, batch: Any) -> torch.Tensor:
        """Half the squared TD errors, minus the log-probability of the action (n,)."""
        log_probs = self.policy(batch).log_probs.gather(1, batch.act[:, None])[:, 0]
        return self.errors(batch).square().sum(0) / 2 - log_probs

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """Logits (n, A)."""
        return self.policy.actor(obs)[0]


class DiscreteSAC(OnlineAgent):
    """Soft actor-critic whose expectations over actions are sums.

    Christodoulou (2019), "Soft actor-critic for discrete action settings", arXiv 1910.07207; over tianshou's. What
    differs: the paper's values are for Atari games (hard target copies every 8000 steps, an update every fourth
    step); here targets are averaged, as in its section on SAC. Weights and priorities are those of `sac`.

    Args:
        stream: a TRANSITION stream with Discrete actions.
        replay: the memory (paper: the last million rows).
        lr: of actor, critics and temperature, above 0 (paper: 3e-4).
        tau: share of the critics that their targets take over with every update (ours).
        alpha: weight of the entropy, above 0; None: tuned (paper).
        target_entropy: what a tuned alpha aims at, as a share of the largest entropy, log A, in [0, 1] (paper: 0.98).
        replay_batch: rows of one update (paper: 64).
        replayed_per_new: rows to replay for every new one (paper: 16).
        **options: those of `OnlineAgent`; 1000 uniform actions first (paper: 20000).

    Raises:
        OptionError: if an option lies outside its range.
    """

    acts = Discrete

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        lr: float = 3e-4,
        tau: float = 0.005,
        alpha: float | None = None,
        target_entropy: float = 0.98,
        replay_batch: int = 64,
        replayed_per_new: float = 64.0,
        **options,
    ) -> None:
        super().__init__(stream, replay, replay_batch=replay_batch, replayed_per_new=replayed_per_new, **options)
        check_rates(lr=lr, tau=tau, **({} if alpha is None else {"alpha": alpha}))
        check_at_least(0, target_entropy=target_entropy)
        width, count = self.inputs.width, int(self.action_space.n)
        with self.weights():
            actor = HeadedMLP(width, count, self.hidden, self.heads)
            critics = [StateCritic(width, count, self.hidden, self.heads) for _ in range(2)]
            temperature = Temperature(alpha, target_entropy * math.log(count))
        policy = Categorical(actor=actor, action_space=self.action_space)
        self.adopt(DiscreteSoftActorCritic(policy, critics, temperature, lr, tau, self.gamma))

    def choose(self, inputs: torch.Tensor, explore: bool) -> np.ndarray:
        """Drawn where it explores, else the most probable action (N,)."""
        logits = self.algorithm.outputs(inputs).cpu().numpy()
        return (logits + self.rng.gumbel(size=logits.shape) if explore else logits).argmax(1)
