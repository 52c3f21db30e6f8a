"""DQN: deep Q-learning."""

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Discrete
from tianshou.algorithm.modelfree import dqn as theirs
from torch.nn.functional import huber_loss

from recollect.agents.online import OnlineAgent, check_at_least
from recollect.agents.policies import Valued
from recollect.agents.routed import Routed, adam
from recollect.agents.sac import check_rates
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.control import HeadedMLP


class QLearning(Routed, theirs.DQN):
    """tianshou's DQN, whose Huber loss heeds the weights of rows."""

    def __init__(self, policy: Valued, lr: float, gamma: float, every: int, double: bool) -> None:
        super().__init__(policy=policy, optim=adam(lr), gamma=gamma, target_update_freq=every, is_double=double)

    def values_ahead(self, batch: Any) -> torch.Tensor:
        """The target network's value (n,) of the best action: best by the network (double), or by the target."""
        values = self.model_old(batch.obs)[0]  # (n, A)
        if not self.is_double:
            return values.amax(1)
        return values.gather(1, self.policy.model(batch.obs)[0].argmax(1, keepdim=True))[:, 0]

    def learn(self, batch: Any) -> tuple[dict[str, float], torch.Tensor]:
        """One step; the target becomes a copy every so many."""
        self._periodically_update_lagged_network_weights()
        errors = self.errors(batch)
        losses = huber_loss(errors, torch.zeros_like(errors), reduction="none")
        loss = (losses if batch.weight is None else losses * batch.weight).mean()
        self.optim.step(loss)
        return {"loss": loss.item()}, errors.detach()

    def errors(self, batch: Any) -> torch.Tensor:
        """The values of the actions taken, minus their targets (n,)."""
        return self.outputs(batch.obs).gather(1, batch.act[:, None])[:, 0] - self.returns(batch)

    def row_losses(self, batch: Any) -> torch.Tensor:
        """Half the squared TD error (n,)."""
        return self.errors(batch).square() / 2

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """The value of every action (n, A)."""
        return self.policy.model(obs)[0]


class DQN(OnlineAgent):
    """Q-learning with a target network, the Huber loss, and epsilon-greedy exploration.

    Mnih et al. (2015), "Human-level control through deep reinforcement learning", Nature 518; with double Q-learning
    (van Hasselt, Guez & Silver 2016, arXiv 1509.06461, eq. 4); over tianshou's. The paper's values are for Atari
    games and 50 million frames; the defaults here are for small tasks. A row's "weight" multiplies its loss; its
    priority is the size of its TD error.

    Args:
        stream: a TRANSITION stream with Discrete actions.
        replay: the memory (paper: the last million rows).
        lr: of Adam, above 0 (paper: RMSProp with 2.5e-4).
        epsilon: share of random actions when all exploration steps are done, in [0, 1] (paper: 0.1).
        exploration_steps: exploring actions over which the share falls from 1, linearly (paper: 1 million).
        target_every: updates from one copy of the target to the next, at least 1 (paper: 10000).
        double: let the network choose and the target value the action (paper: False).
        replay_batch: rows of one update (paper: 32).
        replayed_per_new: rows to replay for every new one (paper: 8, an update every fourth step).
        warmup: rows in memory before the first update (paper: 50000).
        hidden: widths of the hidden layers (paper: convolutions).
        **options: those of `TianshouAgent`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    acts = Discrete

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        lr: float = 1e-3,
        epsilon: float = 0.05,
        exploration_steps: int = 5000,
        target_every: int = 250,
        double: bool = True,
        replay_batch: int = 64,
        replayed_per_new: float = 64.0,
        warmup: int = 500,
        hidden: tuple[int, ...] = (128, 128),
        **options,
    ) -> None:
        online = {"replay_batch": replay_batch, "replayed_per_new": replayed_per_new, "warmup": warmup}
        super().__init__(stream, replay, hidden=hidden, **online, **options)
        check_rates(lr=lr)
        check_at_least(1, target_every=target_every, exploration_steps=exploration_steps)
        if not 0 <= epsilon <= 1:
            raise OptionError(f"epsilon must be in [0, 1], got {epsilon!r}")
        self.epsilon, self.exploration_steps, self.explored = epsilon, exploration_steps, 0
        with self.weights():
            network = HeadedMLP(self.inputs.width, int(self.action_space.n), self.hidden, self.heads)
        policy = Valued(model=network, action_space=self.action_space)
        self.adopt(QLearning(policy, lr, self.gamma, target_every, double))

    def explores_at_random(self) -> bool:
        """Never without counting: see `choose`."""
        return False

    def choose(self, inputs: torch.Tensor, explore: bool) -> np.ndarray:
        """The best action (N,); a random one in its place with probability epsilon where it explores."""
        best = self.algorithm.outputs(inputs).argmax(1).cpu().numpy()
        if not explore:
            return best
        done = min(self.explored / self.exploration_steps, 1.0)
        self.explored += len(best)
        random = self.rng.integers(self.action_space.n, size=len(best))
        return np.where(self.rng.random(len(best)) < 1 - done * (1 - self.epsilon), random, best)
