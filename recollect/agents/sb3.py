"""Any replay strategy as the replay buffer of a plain stable-baselines3 program (extra `sb3`)."""

from typing import Any

import numpy as np
from gymnasium.spaces import Dict

from recollect.core import ReplayStrategy
from recollect.errors import MissingExtra, SchemaError

try:
    from stable_baselines3.common.buffers import ReplayBuffer
    from stable_baselines3.common.type_aliases import ReplayBufferSamples
except ImportError as error:
    raise MissingExtra("recollect.agents.sb3 needs stable-baselines3: pip install 'recollect[sb3]'") from error


class StrategyBuffer(ReplayBuffer):
    """stable-baselines3's replay buffer, whose rows are kept and drawn by a strategy; see `buffer_class`."""

    strategy: Any

    def __init__(
        self, buffer_size: int, observation_space: Any, action_space: Any, device: Any = "auto", n_envs: int = 1,
        **options: Any,
    ) -> None:  # fmt: skip
        """What stable-baselines3 passes; `buffer_size` is not heeded, the strategy has its capacity.

        Raises:
            SchemaError: for Dict observations, and options of stable-baselines3's own buffer.
        """
        if isinstance(observation_space, Dict):
            raise SchemaError(f"it takes observations of one array, got {observation_space}: flatten them by a wrapper")
        if any(options.values()):
            raise SchemaError(f"a strategy's buffer takes no options of ReplayBuffer, got {options}")
        super(ReplayBuffer, self).__init__(buffer_size, observation_space, action_space, device, n_envs=n_envs)
        self.optimize_memory_usage, self.handle_timeout_termination = False, True

    def add(self, obs: Any, next_obs: Any, action: Any, reward: Any, done: Any, infos: Any) -> None:
        """One step of every environment; time limits count as truncation. Actions are those of the networks."""
        truncated = np.array([bool(info.get("TimeLimit.truncated", False)) for info in infos])
        shape = (self.n_envs, *self.obs_shape)
        self.strategy.add(
            {
                "obs": np.array(obs).reshape(shape),
                "act": np.array(action).reshape(self.n_envs, self.action_dim),
                "rew": np.array(reward, np.float32),
                "terminated": np.asarray(done, bool) & ~truncated,
                "truncated": truncated,
                "obs_next": np.array(next_obs).reshape(shape),
            }
        )
        self.pos += 1  # what the strategy holds is its own affair

    def sample(self, batch_size: int, env: Any = None) -> ReplayBufferSamples:
        """Up to `batch_size` rows of the strategy as tensors, normalised as `env` (a VecNormalize) says."""
        rows = self.strategy.sample(batch_size)
        steps = getattr(self.strategy, "n_step", 1)
        fields = (
            self._normalize_obs(np.array(rows["obs"]), env),
            rows["act"].astype(self._maybe_cast_dtype(rows["act"].dtype)),
            self._normalize_obs(np.array(rows["obs_next"]), env),
            rows["terminated"].astype(np.float32).reshape(-1, 1),
            self._normalize_reward(rows["rew"].reshape(-1, 1), env),
        )
        discounts = None
        if steps > 1:
            discounts = self.to_torch(np.full((len(rows["rew"]), 1), self.strategy.joined.gamma**steps, np.float32))
        return ReplayBufferSamples(*map(self.to_torch, fields), discounts=discounts)

    def size(self) -> int:
        """Rows in memory."""
        return len(self.strategy)

    def reset(self) -> None:
        """Nothing: what the strategy holds stays."""


def buffer_class(strategy: ReplayStrategy) -> type[StrategyBuffer]:
    """A class to pass as `replay_buffer_class`, whose one buffer keeps its rows in `strategy`.

    Args:
        strategy: of transitions; every row that is lived enters it, once. Rows it has joined over n steps are
            discounted as such. Draws are with replacement, where it has not been told otherwise.

    Raises:
        SchemaError: for a strategy that goes by priorities (it gives "weight"): stable-baselines3 tells no TD errors
            and weighs no rows, so it would draw as if there were none.
    """
    if "weight" in strategy.gives:
        raise SchemaError(
            f"{type(strategy).__name__} goes by the TD errors of sampled rows, which stable-baselines3 does not tell: "
            "take fifo or reservoir, or recollect's own sac, td3 or dqn"
        )
    if getattr(strategy, "replace", True) is None:
        strategy.replace = True  # type: ignore[attr-defined]
    return type("StrategyBuffer", (StrategyBuffer,), {"strategy": strategy})
