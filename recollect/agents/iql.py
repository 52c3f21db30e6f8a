"""IQL: implicit Q-learning on logged rows."""

from typing import Any

import gymnasium
import torch

from recollect.agents.offline import OfflineAgent
from recollect.agents.policies import Squashed, Temperature
from recollect.agents.sac import GaussianAgent, SoftActorCritic, check_rates
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.control import ActionCritic, GaussianActor, StateCritic

LARGEST = 100.0  # of the weights of cloned actions, as in the authors' code


class Implicit(SoftActorCritic):
    """SAC's networks and a state value; no action is asked about but those of the rows."""

    def __init__(self, policy: Squashed, critics: list[Any], value: StateCritic, *settings: Any) -> None:
        lr, tau, gamma, self.expectile, self.inverse_temperature = settings
        super().__init__(policy, critics, Temperature(1.0, 0.0), lr, tau, gamma)
        self.value = value
        self.replace_optimizers(lr, policy_optim=[policy], critic_optim=[self.critic, self.critic2, value])
        self.critic2_optim = self.critic_optim

    def values_ahead(self, batch: Any) -> torch.Tensor:
        """V(obs) (n, 1)."""
        return self.value(batch.obs)

    def advantage(self, batch: Any) -> torch.Tensor:
        """The lesser target value of the rows' actions, minus V (n,), with a graph through V alone."""
        with torch.no_grad():
            lesser = torch.min(self.critic_old(batch.obs, batch.act), self.critic2_old(batch.obs, batch.act))
        return (lesser - self.value(batch.obs))[:, 0]

    def regulariser(self, batch: Any) -> torch.Tensor:
        """The expectile loss of V, `mean |tau - 1(u < 0)| u^2`, u the advantage (eq. 5), beside the critics' own."""
        gap = self.advantage(batch)
        share = torch.where(gap.detach() < 0, 1 - self.expectile, self.expectile)
        return (share * gap.square()).mean()

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One step of critics and value, one of the actor: `-mean exp(beta * advantage) log pi(a|s)` (eq. 7)."""
        with torch.no_grad():
            weight = (self.inverse_temperature * self.advantage(batch)).exp().clamp(max=LARGEST)
        critic_loss, errors = self.step_critics(batch, self.regulariser(batch))
        actor_loss = -(weight * self.policy.log_likelihood(batch.obs, batch.act)).mean()
        self.policy_optim.step(actor_loss)
        self._update_lagged_network_weights()
        return {"loss_critic": critic_loss, "loss_actor": actor_loss.item()}, errors


class IQL(GaussianAgent, OfflineAgent):
    """Values of the better actions in the data, and a policy that clones those actions.

    Kostrikov, Nair & Levine (2022), "Offline reinforcement learning with implicit Q-learning", arXiv 2110.06169,
    algorithm 1; over the networks of `sac`. V, critics and actor step once per batch, on the targets as they were
    before. What differs: the deviation of the policy depends on the observation, its actions pass through a tanh as
    those of `sac` do (paper: state-independent, its mean through a tanh), and the actor's learning rate has no cosine
    schedule.

    Args:
        stream: a TRANSITION stream with logged rows and actions in a bounded Box.
        replay: the memory.
        lr: of all networks, above 0 (paper: 3e-4).
        tau: share of the critics that their targets take over with every update (paper: 0.005).
        expectile: in (0, 1) (paper: 0.7 on locomotion, 0.9 on ant mazes).
        inverse_temperature: beta, above 0 (paper: 3 on locomotion, 10 on ant mazes).
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
        expectile: float = 0.7,
        inverse_temperature: float = 3.0,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_rates(lr=lr, tau=tau, inverse_temperature=inverse_temperature)
        if not 0 < expectile < 1:
            raise OptionError(f"expectile must be in (0, 1), got {expectile!r}")
        width, dims = self.inputs.width, len(self.middle)
        with self.weights():
            policy = Squashed(
                actor=GaussianActor(width, 2 * dims, self.hidden, self.heads), action_space=self.action_space
            )
            critics = [ActionCritic(width, dims, self.hidden, self.heads) for _ in range(2)]
            value = StateCritic(width, 1, self.hidden, self.heads)
        self.adopt(Implicit(policy, critics, value, lr, tau, self.gamma, expectile, inverse_temperature))
