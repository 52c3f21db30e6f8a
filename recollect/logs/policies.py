"""Policies to record: random play, and a trained agent with noise on its actions."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete

from recollect.core import Agent
from recollect.errors import OptionError
from recollect.rows import stack, unstack


def random_policy(space: gymnasium.Space, seed: int) -> Callable[[Any], Any]:
    """Draws actions from `space`, whose own random state is left as it is."""
    own = deepcopy(space)
    own.seed(seed)
    return lambda obs: own.sample()


class NoisyPolicy:
    """A trained agent, acting without exploring, and noise on its actions.

    Args:
        agent: of which only `act` is called.
        space: of its actions.
        noise: in a Box the deviation of a Gaussian, in halves of the range, then clipped (Fujimoto et al. 2018,
            arXiv:1802.09477, explore with 0.1); elsewhere the chance of a random action.
        seed: of the noise.

    Attributes:
        task: what the agent is told, (1,) int; None where tasks are hidden.

    Raises:
        OptionError: for noise that is negative, above 1 as a chance, or of actions that have no bounds.
    """

    def __init__(self, agent: Agent, space: gymnasium.Space, noise: float, seed: int) -> None:
        if isinstance(noise, bool) or not isinstance(noise, int | float) or not 0 <= noise < float("inf"):
            raise OptionError(f"noise must be a number of at least 0, got {noise!r}")
        self.bounded = isinstance(space, Box) and space.is_bounded()
        if noise and not self.bounded and not isinstance(space, Discrete | MultiDiscrete | MultiBinary):
            raise OptionError(f"there is no noise for actions of {space}: record without noise")
        if noise > 1 and not self.bounded:
            raise OptionError(f"noise is the chance of a random action here, at most 1, got {noise!r}")
        self.agent, self.space, self.noise = agent, space, noise
        self.rng, self.draw = np.random.default_rng(seed), random_policy(space, seed)
        self.task: np.ndarray | None = None

    def __call__(self, obs: Any) -> Any:
        """The action for one observation."""
        act = unstack(self.agent.act(stack([obs]), task=self.task, explore=False), 1)[0]
        if not self.noise:
            return act
        if not self.bounded:
            return self.draw(obs) if self.rng.random() < self.noise else act
        low, high = self.space.low, self.space.high  # type: ignore[attr-defined]  # a Box
        noisy = act + self.noise * (high - low) / 2 * self.rng.normal(size=low.shape)
        return np.clip(noisy, low, high).astype(self.space.dtype)
