"""Toy agents that do not learn: a random one that records what it meets, and one that acts from memory."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Discrete

from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.rows import Rows, leaves, num_rows, take


def flat(obs: Any, axes: int = 1) -> np.ndarray:
    """Batched observations, (N, ...) arrays or dictionaries of these, as one (N, D) array, and 1 in the last column.

    Args:
        obs: the observations, or rows whose fields are the leaves of a dictionary.
        axes: how many leading axes are batch axes.
    """
    parts = [np.asarray(leaf, np.float64) for _, leaf in sorted(leaves("obs", obs).items())]
    shape = parts[0].shape[:axes]
    return np.concatenate([part.reshape(*shape, -1) for part in parts] + [np.ones((*shape, 1))], axis=-1)


def observed(rows: Rows, field: str = "obs") -> Any:
    """The observations in rows: the array, or the dictionary that its leaves make."""
    if field in rows:
        return rows[field]
    return {name.removeprefix(f"{field}/"): v for name, v in rows.items() if name.startswith(f"{field}/")}


def width(space: gymnasium.Space) -> int:
    """D, the length of one flattened observation."""
    return len(flat(space.sample(), axes=0))


def choices(space: gymnasium.Space) -> str | None:
    """None if actions are 0, 1, 2, ...; else why an agent that counts them cannot take them."""
    return None if isinstance(space, Discrete) and space.start == 0 else "its actions are not Discrete from 0"


def draw_actions(space: Any, rng: np.random.Generator, count: int, explore: bool) -> np.ndarray:
    """`count` actions of a Discrete or Box space, (N, *act): random ones, or the first one, or the lowest, N times."""
    if isinstance(space, Discrete):
        return space.start + (rng.integers(space.n, size=count) if explore else np.zeros(count, np.int64))
    low = np.where(np.isfinite(space.low), space.low, -1.0)
    high = np.where(np.isfinite(space.high), space.high, np.maximum(low, 1.0))
    drawn = rng.uniform(low, high, (count, *space.shape)) if explore else np.stack([low] * count)
    return drawn.astype(space.dtype)


class ToyRandom(Agent):
    """Acts at random, and keeps everything it meets, so that tests can count rows.

    `met` holds the rows of every `learn`, `drawn` how many rows were replayed in every `update`.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.met: list[Rows] = []
        self.drawn: list[int] = []

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Discrete and Box actions."""
        return None if isinstance(stream.action_space, Discrete | Box) else "its actions are neither Discrete nor a Box"

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Any action; the first or the lowest where it does not explore."""
        return draw_actions(self.action_space, self.rng, len(flat(obs)), explore)

    def learn(self, new: Rows) -> dict[str, float]:
        """Keeps a copy of the rows, and goes on as every agent does."""
        self.met.append(take(new, np.arange(num_rows(new))))
        return super().learn(new)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Counts the replayed rows."""
        self.drawn.append(num_rows(replayed))
        return {"replayed": float(num_rows(replayed))}


class ToyRetrieval(ToyRandom):
    """Acts as it did in the most rewarding of the remembered steps near to what it sees, and only remembers.

    `act` asks `replay.sample(k, like={"obs": ...})` for every observation.
    """

    reads = ("act", "rew")
    neighbours = 3

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """The best remembered action of three neighbours; the first action where nothing is remembered."""
        acts = super().act(obs, task=task, explore=explore)
        if explore:
            return acts
        seen = leaves("obs", obs)
        for i in range(len(acts)):
            near = self.replay.sample(self.neighbours, like=take(seen, np.array([i])))
            if num_rows(near):
                acts[i] = near["act"][near["rew"].argmax()]
        return acts

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Nothing is learnt but what is remembered."""
        return {}
