"""TD3: twin delayed deterministic policy gradients."""

from typing import Any

import gymnasium
import numpy as np
import torch
from tianshou.algorithm.modelfree import td3 as theirs

from recollect.agents.online import OnlineAgent, check_at_least
from recollect.agents.policies import Steered
from recollect.agents.routed import Routed, adam, frozen
from recollect.agents.sac import check_rates
from recollect.core import ReplayStrategy
from recollect.nets.control import ActionCritic, DeterministicActor


class TwinDelayed(Routed, theirs.TD3):
    """tianshou's TD3 with one optimiser for both critics, which are frozen in the actor's step.

    Unlike tianshou's, target actions are clipped to their bounds after the noise, as the paper has it.
    """

    def __init__(self, policy: Steered, critics: list[Any], lr: float, tau: float, gamma: float, **options: Any):
        super().__init__(
            policy=policy, policy_optim=adam(lr), critic=critics[0], critic_optim=adam(lr), critic2=critics[1],
            tau=tau, gamma=gamma, **options,
        )  # fmt: skip
        self.replace_optimizers(lr, policy_optim=[policy], critic_optim=[self.critic, self.critic2])
        self.critic2_optim = self.critic_optim

    def values_ahead(self, batch: Any) -> torch.Tensor:
        """The lesser value (n, 1) of what the target actor does; in training with clipped noise."""
        act, _ = self.actor_old(batch.obs)
        if self.policy.is_within_training_step:
            noise = torch.randn(act.shape, generator=self.policy.generator, device=act.device) * self.policy_noise
            act = (act + noise.clamp(-self.noise_clip, self.noise_clip)).clamp(-1, 1)
        return torch.min(self.critic_old(batch.obs, act), self.critic2_old(batch.obs, act))

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One step of both critics; every `update_actor_freq`-th time also one of the actor, and of the targets."""
        critic_loss, errors = self.step_critics(batch)
        if self._cnt % self.update_actor_freq == 0:
            with frozen(self.critic):
                act, _ = self.policy.actor(batch.obs)
                actor_loss = self.actor_loss(batch, act, self.critic(batch.obs, act))
            self.policy_optim.step(actor_loss)
            self._last = actor_loss.item()
            self._update_lagged_network_weights()
        self._cnt += 1
        return {"loss_critic": critic_loss, "loss_actor": self._last}, errors

    def actor_loss(self, batch: Any, act: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        """Minus the value (n, 1) of the actor's actions (n, A)."""
        return -value.mean()

    def row_losses(self, batch: Any) -> torch.Tensor:
        """Half the squared TD errors, and half the squared distance to the action (n,)."""
        act, _ = self.policy.actor(batch.obs)
        return (self.errors(batch).square().sum(0) + (act - batch.act).square().sum(1)) / 2

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """The action (n, A)."""
        return self.policy.actor(obs)[0]


class SteeredAgent:
    """Mixed in before an agent whose policy is one action for each observation."""

    exploration: float = 0.0  # deviation of the noise on exploring actions

    def choose(self, inputs: torch.Tensor, explore: bool) -> np.ndarray:
        """The actor's action, with noise where it explores; (N, A) in [-1, 1]."""
        act = self.algorithm.outputs(inputs).cpu().numpy()
        if explore and self.exploration:
            act = (act + self.exploration * self.rng.standard_normal(act.shape, np.float32)).clip(-1, 1)
        return act

    def parts(self) -> tuple[Steered, list[Any]]:
        """Policy and two critics, new."""
        width, dims = self.inputs.width, len(self.middle)
        with self.weights():
            actor = DeterministicActor(width, dims, self.hidden, self.heads)
            policy = Steered(actor=actor, action_space=self.action_space)
            return policy, [ActionCritic(width, dims, self.hidden, self.heads) for _ in range(2)]


class TD3(SteeredAgent, OnlineAgent):
    """Two critics, target actions with noise, and an actor that steps every second time.

    Fujimoto, van Hoof & Meger (2018), "Addressing function approximation error in actor-critic methods", arXiv
    1802.09477, algorithm 1; over tianshou's. A row's "weight" multiplies its squared TD errors; its priority is their
    mean size.

    Args:
        stream: a TRANSITION stream with actions in a bounded Box.
        replay: the memory (paper: all rows).
        lr: of actor and critics, above 0 (paper: 1e-3; this is the authors' later code's).
        tau: share of the networks that their targets take over (paper: 0.005).
        exploration: deviation of the noise on actions, of their half-range, at least 0 (paper: 0.1).
        policy_noise: deviation of the noise on target actions, at least 0 (paper: 0.2).
        noise_clip: where that noise is cut, above 0 (paper: 0.5).
        actor_every: critic steps for one of the actor, at least 1 (paper: 2).
        **options: those of `OnlineAgent`: batches of 256 and hidden layers of 256 and 256, as the later code has them
            (paper: 100, and 400 and 300), 1000 uniform actions first (paper: 1000 or 10000).

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
        exploration: float = 0.1,
        policy_noise: float = 0.2,
        noise_clip: float = 0.5,
        actor_every: int = 2,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_rates(lr=lr, tau=tau, noise_clip=noise_clip)
        check_at_least(0, exploration=exploration, policy_noise=policy_noise)
        check_at_least(1, actor_every=actor_every)
        self.exploration = exploration
        noise = {"policy_noise": policy_noise, "noise_clip": noise_clip, "update_actor_freq": actor_every}
        self.adopt(TwinDelayed(*self.parts(), lr, tau, self.gamma, **noise))
