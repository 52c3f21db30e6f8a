"""CQL: conservative Q-learning on logged rows."""

import math
from typing import Any

import gymnasium
import torch

from recollect.agents.offline import OfflineAgent
from recollect.agents.online import check_at_least
from recollect.agents.sac import GaussianAgent, SoftActorCritic, check_rates
from recollect.core import ReplayStrategy


class Conservative(SoftActorCritic):
    """SAC whose critics are pushed down where the policy goes, and up at the rows' actions."""

    def __init__(self, *given: Any) -> None:
        *theirs, self.cql_weight, self.draws = given
        super().__init__(*theirs)

    def regulariser(self, batch: Any) -> torch.Tensor:
        """`weight * mean(logsumexp_a Q(s, a) - Q(s, a of the row))`, summed over critics (eq. 4, CQL(H)).

        The sum over actions is estimated by importance sampling (appendix F): `draws` uniform actions, and as many of
        the policy at obs and at obs_next, each Q minus the logarithm of its density.
        """
        act, log_prob = self._candidates(batch)  # (n, 3 draws, A), (n, 3 draws)
        count, draws = log_prob.shape
        obs = batch.obs.repeat_interleave(draws, 0)
        total = 0.0
        for critic in (self.critic, self.critic2):
            values = critic(obs, act.flatten(0, 1)).reshape(count, draws) - log_prob
            soft = values.logsumexp(1) - math.log(draws)
            total = total + (soft - critic(batch.obs, batch.act)[:, 0]).mean()
        return self.cql_weight * total

    def _candidates(self, batch: Any) -> tuple[torch.Tensor, torch.Tensor]:
        """Actions and the logarithms of their densities, without a graph."""
        count, dims = batch.act.shape
        shape = (count, self.draws, dims)
        generator = self.policy.generator
        acts = [torch.rand(shape, generator=generator, device=generator.device) * 2 - 1]
        log_probs = [torch.full(shape[:2], dims * math.log(0.5), device=generator.device)]
        with torch.no_grad():
            for obs in (batch.obs, batch.obs_next):
                batch_of = type(batch)(obs=obs.repeat_interleave(self.draws, 0))
                drawn = self.policy(batch_of)
                acts.append(drawn.act.reshape(shape))
                log_probs.append(drawn.log_prob.reshape(shape[:2]))
        return torch.cat(acts, 1), torch.cat(log_probs, 1)


class CQL(GaussianAgent, OfflineAgent):
    """SAC on logged rows, with values kept low where the rows do not go.

    Kumar, Zhou, Tucker & Levine (2020), "Conservative Q-learning for offline reinforcement learning", arXiv 2006.04779,
    CQL(H), eq. 4 and appendix F, with a fixed weight. What differs: no Lagrange multiplier; one learning rate for actor
    and critics (paper: 3e-5 and 3e-4).

    Args:
        stream: a TRANSITION stream with logged rows and actions in a bounded Box.
        replay: the memory.
        lr: of actor, critics and temperature, above 0.
        tau: share of the critics that their targets take over with every update (paper: 0.005).
        alpha: weight of the entropy, above 0; None: tuned (paper).
        target_entropy: what a tuned alpha aims at, in nats; None: minus the number of action dimensions (paper).
        cql_weight: of the conservative term, at least 0 (paper: 5 or 10 on locomotion, or a Lagrange multiplier).
        draws: actions of each of three kinds that estimate the sum over actions, at least 1 (paper: 10).
        **options: those of `OfflineAgent`.

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
        cql_weight: float = 5.0,
        draws: int = 10,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_rates(lr=lr, tau=tau)
        check_at_least(0, cql_weight=cql_weight)
        check_at_least(1, draws=draws)
        self.adopt(self.build(lr, tau, alpha, target_entropy, Conservative, cql_weight, draws))
