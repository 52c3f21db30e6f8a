"""TD3+BC: TD3 on logged rows, near their actions."""

from typing import Any

import gymnasium
import torch
from torch.nn.functional import mse_loss

from recollect.agents.offline import OfflineAgent
from recollect.agents.online import check_at_least
from recollect.agents.sac import check_rates
from recollect.agents.td3 import SteeredAgent, TwinDelayed
from recollect.core import ReplayStrategy


class Cloned(TwinDelayed):
    """TD3 whose actor is also drawn to the rows' actions."""

    bc_alpha = 2.5

    def actor_loss(self, batch: Any, act: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """`-lambda mean Q + mean (pi(s) - a)^2`, lambda = alpha / mean |Q| (eqs. 3, 5)."""
        scale = self.bc_alpha / value.detach().abs().mean()
        return -scale * value.mean() + mse_loss(act, batch.act)


class TD3BC(SteeredAgent, OfflineAgent):
    """TD3 whose actor also clones the actions of its rows.

    Fujimoto & Gu (2021), "A minimalist approach to offline reinforcement learning", arXiv 2106.06860. What differs: the
    paper normalises observations by mean and deviation of the data set; in a stream of tasks there is no one data set,
    and observations are learnt as they are.

    Args:
        stream: a TRANSITION stream with logged rows and actions in a bounded Box.
        replay: the memory.
        lr: of actor and critics, above 0 (paper: 3e-4).
        tau: share of the networks that their targets take over (paper: 0.005).
        bc_alpha: alpha, weight of the values beside the cloning, above 0 (paper: 2.5).
        policy_noise: deviation of the noise on target actions, at least 0 (paper: 0.2).
        noise_clip: where that noise is cut, above 0 (paper: 0.5).
        actor_every: critic steps for one of the actor, at least 1 (paper: 2).
        **options: those of `OfflineAgent`; batches of 256, two hidden layers of 256 (paper).

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
        bc_alpha: float = 2.5,
        policy_noise: float = 0.2,
        noise_clip: float = 0.5,
        actor_every: int = 2,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_rates(lr=lr, tau=tau, noise_clip=noise_clip, bc_alpha=bc_alpha)
        check_at_least(0, policy_noise=policy_noise)
        check_at_least(1, actor_every=actor_every)
        noise = {"policy_noise": policy_noise, "noise_clip": noise_clip, "update_actor_freq": actor_every}
        algorithm = Cloned(*self.parts(), lr, tau, self.gamma, **noise)
        algorithm.bc_alpha = bc_alpha
        self.adopt(algorithm)
