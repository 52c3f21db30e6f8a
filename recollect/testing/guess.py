"""An agent that guesses: it acts and predicts on any stream, so that a stream can be scored by itself."""

from typing import Any

import gymnasium
import numpy as np

from recollect.core import TaskStream
from recollect.rows import Rows, num_rows, stack


class Guess:
    """Acts by sampling the action space, and predicts zeros in the form that the stream's target has.

    It is no full agent: it only does what `TaskStream.score` asks for.

    Args:
        env: the stream, made.
        seed: of its actions.
    """

    def __init__(self, env: gymnasium.Env, seed: int = 0) -> None:
        self.stream: TaskStream = env.unwrapped
        self.space = env.action_space
        self.space.seed(seed)
        self.form = self.stream.data(0, "test") if self.stream.batched else None

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> Any:
        """One random action for each observation; one batch of them where the stream is batched."""
        count = _length(obs)
        return self.space.sample() if self.stream.batched else stack([self.space.sample() for _ in range(count)])

    def predict(self, rows: Rows) -> Rows:
        """Zeros: y, and what else the target calls for."""
        count, y = num_rows(rows), self.form["y"]
        guess = {"y": np.zeros((count, *y.shape[1:]), y.dtype)}
        if self.stream.target == "class":
            guess["logits"] = np.zeros((count, self._classes(y)), np.float32)
        elif self.stream.target == "tokens":
            guess["logp"] = np.full(guess["y"].shape, -1.0)
        elif self.stream.target == "sequence":
            guess["mask"] = np.ones(guess["y"].shape, bool)
        return guess

    def _classes(self, y: np.ndarray) -> int:
        if isinstance(self.space, gymnasium.spaces.MultiDiscrete):
            return int(self.space.nvec.flat[0])
        return int(y.max()) + 1


def _length(obs: Any) -> int:
    return _length(next(iter(obs.values()))) if isinstance(obs, dict) else len(obs)
