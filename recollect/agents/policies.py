"""tianshou's policies over our networks: they draw from a generator of their own, and compile nothing."""

import math
from types import SimpleNamespace
from typing import Any

import torch
from tianshou.algorithm.modelfree.ddpg import ContinuousDeterministicPolicy
from tianshou.algorithm.modelfree.discrete_sac import DiscreteSACPolicy
from tianshou.algorithm.modelfree.dqn import DiscreteQLearningPolicy
from tianshou.algorithm.modelfree.sac import Alpha, SACPolicy
from torch.nn.functional import softplus

LOG_TAU = math.log(2 * math.pi)


class Uncompiled:
    """Mixed in before a policy: tianshou compiles n-step returns with the first policy, which nobody uses here."""

    @staticmethod
    def _compile() -> None:
        """Nothing."""


class Squashed(Uncompiled, SACPolicy):
    """A Gaussian through a tanh; `act` (N, A) in (-1, 1), `log_prob` (N, 1) in closed form."""

    generator: torch.Generator  # set by the agent

    def forward(self, batch: Any, state: Any = None, **_: Any) -> Any:
        """Actions drawn as in training, the mode elsewhere, with their log-probabilities."""
        (mean, deviation), state = self.actor(batch.obs)
        noise = torch.zeros_like(mean)
        if self.is_within_training_step:
            noise = torch.randn(mean.shape, generator=self.generator, device=mean.device)
        raw = mean + deviation * noise
        log_prob = _log_gaussian(noise, deviation) - _log_slope(raw)
        return SimpleNamespace(act=raw.tanh(), log_prob=log_prob, mean=mean, deviation=deviation, state=state)

    def outputs(self, obs: torch.Tensor) -> torch.Tensor:
        """Mean and log-deviation (N, 2A)."""
        (mean, deviation), _ = self.actor(obs)
        return torch.cat([mean, deviation.log()], 1)

    def log_likelihood(self, obs: torch.Tensor, act: torch.Tensor) -> torch.Tensor:
        """Log-probability (N,) of given actions (N, A) in [-1, 1]; those at the bounds are moved inside by 1e-6."""
        (mean, deviation), _ = self.actor(obs)
        raw = act.clamp(-1 + 1e-6, 1 - 1e-6).atanh()
        return (_log_gaussian((raw - mean) / deviation, deviation) - _log_slope(raw))[:, 0]


def _log_gaussian(noise: torch.Tensor, deviation: torch.Tensor) -> torch.Tensor:
    """Log-density (N, 1) of mean + deviation * noise."""
    return (-0.5 * (noise.square() + LOG_TAU) - deviation.log()).sum(1, keepdim=True)


def _log_slope(raw: torch.Tensor) -> torch.Tensor:
    """Logarithm of |d tanh(raw) / d raw|, summed over dimensions (N, 1): 2 (log 2 - raw - softplus(-2 raw))."""
    return 2 * (math.log(2) - raw - softplus(-2 * raw)).sum(1, keepdim=True)


class Steered(Uncompiled, ContinuousDeterministicPolicy):
    """One action (N, A) in [-1, 1] for each observation."""


class Valued(Uncompiled, DiscreteQLearningPolicy):
    """The action of the highest value."""


class Categorical(Uncompiled, DiscreteSACPolicy):
    """Logits (N, A) of actions; whoever wants actions draws them."""

    def forward(self, batch: Any, state: Any = None, **_: Any) -> Any:
        """Logits, probabilities and entropy (N,)."""
        logits, state = self.actor(batch.obs)
        log_probs = logits.log_softmax(1)
        probs = log_probs.exp()
        return SimpleNamespace(
            logits=logits, log_probs=log_probs, probs=probs, entropy=-(probs * log_probs).sum(1), state=state
        )


class Temperature(torch.nn.Module, Alpha):
    """The weight of the entropy: fixed, or tuned until the entropy meets a target (Haarnoja et al. 2018, section 5).

    It is stepped by the actor's optimiser, on the sum of both losses, which share no parameter.

    Args:
        alpha: its value, above 0; None: tuned, from 1 on.
        target: entropy to meet, in nats.
    """

    def __init__(self, alpha: float | None, target: float) -> None:
        super().__init__()
        start = torch.tensor(0.0 if alpha is None else math.log(alpha))
        self.log_alpha, self.target = torch.nn.Parameter(start, requires_grad=alpha is None), target

    @property
    def value(self) -> float:
        """Alpha."""
        return self.log_alpha.detach().exp().item()

    def loss(self, entropy: torch.Tensor) -> torch.Tensor | float:
        """`log alpha * (entropy - target)`, a scalar; `entropy` has no graph. 0.0 where alpha is fixed."""
        return self.log_alpha * (entropy.mean() - self.target) if self.log_alpha.requires_grad else 0.0

    def update(self, entropy: torch.Tensor) -> None:
        """Nothing: see `loss`."""
