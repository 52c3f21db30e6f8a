"""REDQ: randomised ensembled double Q-learning."""

from typing import Any

import gymnasium
import torch
from tianshou.algorithm.modelfree import redq as theirs

from recollect.agents.online import OnlineAgent, check_at_least
from recollect.agents.policies import Squashed, Temperature
from recollect.agents.routed import Routed, adam, frozen
from recollect.agents.sac import GaussianAgent, check_rates
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.control import CriticEnsemble, GaussianActor


class RandomisedEnsemble(Routed, theirs.REDQ):
    """tianshou's REDQ, drawing its subsets from a generator of its own; the critics are frozen in the actor's step."""

    def __init__(
        self, policy: Squashed, critics: CriticEnsemble, alpha: Temperature, lr: float, tau: float, gamma: float,
        subset: int, actor_every: int,
    ) -> None:  # fmt: skip
        super().__init__(
            policy=policy, policy_optim=adam(lr), critic=critics, critic_optim=adam(lr), ensemble_size=critics.size,
            subset_size=subset, tau=tau, gamma=gamma, alpha=alpha, actor_delay=actor_every,
        )  # fmt: skip
        self.replace_optimizers(lr, policy_optim=[policy, self.alpha], critic_optim=[self.critic])

    def values_ahead(self, batch: Any) -> torch.Tensor:
        """The least value (n, 1) of a random subset of the targets (outside training: of the first), and entropy."""
        ahead = self.policy(batch)
        chosen = torch.arange(self.subset_size)
        if self.policy.is_within_training_step:
            generator = self.policy.generator
            chosen = torch.randperm(self.ensemble_size, generator=generator, device=generator.device)[
                : self.subset_size
            ]
        values = self.critic_old(batch.obs, ahead.act)[chosen]  # (subset, n, 1)
        return values.amin(0) - self.alpha.value * ahead.log_prob

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One step of all critics; every `actor_delay`-th time one of actor and temperature."""
        critic_loss, errors = self.step_critics(batch)
        self.critic_gradient_step += 1
        alpha = self.alpha.value
        if self.critic_gradient_step % self.actor_delay == 0:
            with frozen(self.critic):
                drawn = self.policy(batch)
                value = self.critic(batch.obs, drawn.act).mean(0)  # (n, 1)
            actor_loss = (alpha * drawn.log_prob - value).mean()
            self.policy_optim.step(actor_loss + self.alpha.loss(-drawn.log_prob.detach()))
            self._last_actor_loss = actor_loss.item()
        self._update_lagged_network_weights()
        return {"loss_critic": critic_loss, "loss_actor": self._last_actor_loss, "alpha": alpha}, errors

    def errors(self, batch: Any) -> torch.Tensor:
        """What each critic says of the rows, minus their targets (E, n)."""
        return self.critic(batch.obs, batch.act)[:, :, 0] - self.returns(batch)

    def row_losses(self, batch: Any) -> torch.Tensor:
        """Half the squared TD errors, minus the log-probability of the action (n,)."""
        return self.errors(batch).square().sum(0) / 2 - self.policy.log_likelihood(batch.obs, batch.act)

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """Mean and log-deviation (n, 2A)."""
        return self.policy.outputs(obs)


class REDQ(GaussianAgent, OnlineAgent):
    """SAC with ten critics, targets from two random ones of them, and twenty updates for every env step.

    Chen, Wang, Zhou & Ross (2021), "Randomized ensembled double Q-learning: learning fast without a model", arXiv
    2101.05982, algorithm 1; over tianshou's. The update-to-data ratio is `replayed_per_new / replay_batch`. The
    critics' loss is the sum over critics of each one's mean squared TD error, as if each had an optimiser of its own.
    Weights and priorities are those of `sac`.

    Args:
        stream: a TRANSITION stream with actions in a bounded Box.
        replay: the memory (paper: the last million rows).
        lr: of actor, critics and temperature, above 0 (paper: 3e-4).
        tau: share of the critics that their targets take over with every update (paper: 0.005).
        alpha: weight of the entropy, above 0; None: tuned (paper).
        target_entropy: what a tuned alpha aims at, in nats; None: minus the number of action dimensions. (The paper
            follows MBPO, whose values are set for each task.)
        ensemble: N, how many critics, at least 1 (paper: 10).
        subset: M, how many of them make a target, from 1 to N (paper: 2).
        actor_every: critic steps for one of the actor, at least 1 (paper: 20, once for every env step).
        replayed_per_new: rows to replay for every new one (paper: 20 updates of 256).
        warmup: rows in memory before the first update (paper: 5000).
        **options: those of `OnlineAgent`.

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
        ensemble: int = 10,
        subset: int = 2,
        actor_every: int = 20,
        replayed_per_new: float = 5120.0,
        warmup: int = 5000,
        **options,
    ) -> None:
        super().__init__(stream, replay, replayed_per_new=replayed_per_new, warmup=warmup, **options)
        check_rates(lr=lr, tau=tau, **({} if alpha is None else {"alpha": alpha}))
        check_at_least(1, ensemble=ensemble, subset=subset, actor_every=actor_every)
        if subset > ensemble:
            raise OptionError(f"subset must be at most ensemble, {ensemble}, got {subset!r}")
        width, dims = self.inputs.width, len(self.middle)
        with self.weights():
            actor = GaussianActor(width, 2 * dims, self.hidden, self.heads)
            critics = CriticEnsemble(ensemble, width, dims, self.hidden, self.heads)
            temperature = Temperature(alpha, -dims if target_entropy is None else target_entropy)
        policy = Squashed(actor=actor, action_space=self.action_space)
        self.adopt(RandomisedEnsemble(policy, critics, temperature, lr, tau, self.gamma, subset, actor_every))
