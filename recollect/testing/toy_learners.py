"""Toy learners: linear Q-learning on replayed rows, groups of episodes, and an offline clone."""

from typing import Any, Literal

import gymnasium
import numpy as np

from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.rows import Rows, num_rows
from recollect.schema import TRAJECTORY, TRANSITION
from recollect.testing.toy_agents import choices, flat, observed, width


class ToyQ(Agent):
    """Linear Q-learning on replayed rows, one update for every `replay_batch` rows owed.

    It tells the memory the size of its errors, as `feedback(index, priority=...)`.

    Args:
        stream: with Discrete actions.
        replay: any memory.
        penalty: ignored, there is no gradient.
        seed: of exploration.
        device: ignored.
        replay_batch: rows of one update.
        replayed_per_new: rows owed for each new row.
        warmup: rows in memory before the first update.
        remember: whether new rows can be drawn at once ("before") or only later ("after").
        epsilon: share of random actions.
        step_size: of the semi-gradient.
    """

    reads = ("obs", "act", "rew", "terminated", "obs_next")
    memory = "required"

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
        replay_batch: int = 4,
        replayed_per_new: float = 4.0,
        warmup: int = 4,
        remember: Literal["after", "before"] = "after",
        epsilon: float = 0.2,
        step_size: float = 0.01,
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.replay_batch, self.replayed_per_new, self.warmup = replay_batch, replayed_per_new, warmup
        self.remember, self.epsilon, self.step_size = remember, epsilon, step_size
        self.weights = np.zeros((width(self.observation_space), self.action_space.n))  # (D, A)

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Discrete actions only, counted from 0."""
        return choices(stream.action_space)

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Epsilon-greedy; greedy where it does not explore."""
        best = (flat(obs) @ self.weights).argmax(1)  # (N, D) -> (N,)
        if not explore:
            return best
        random = self.rng.integers(self.action_space.n, size=len(best))
        return np.where(self.rng.random(len(best)) < self.epsilon, random, best)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One semi-gradient step of one-step Q-learning, discount 0.9."""
        if not num_rows(replayed):
            return {"td": 0.0}
        x, act = flat(observed(replayed)), replayed["act"]
        ahead = (flat(observed(replayed, "obs_next")) @ self.weights).max(1) * ~replayed["terminated"]
        td = (replayed["rew"] + 0.9 * ahead - (x @ self.weights)[np.arange(len(x)), act]).clip(-1, 1)  # (n,)
        for action in range(self.action_space.n):
            self.weights[:, action] += self.step_size * (td * (act == action)) @ x / len(x)
        self.replay.feedback(replayed["index"], priority=np.abs(td))
        return {"td": float(np.abs(td).mean())}


class ToyGroups(Agent):
    """A softmax over actions, the same in every state, learnt from groups of episodes by their relative returns.

    Two groups of three episodes make a step; replayed episodes are learnt like new ones. An "action_mask" in the
    observation is respected.
    """

    schema = TRAJECTORY
    reads = ("act", "mask", "ret")
    groups, group_size = 2, 3

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
        step_size: float = 0.5,
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.step_size, self.preference = step_size, np.zeros(self.action_space.n)  # (A,)

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Discrete actions only, counted from 0."""
        return choices(stream.action_space)

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Drawn from the softmax; the most probable where it does not explore."""
        logits = np.tile(self.preference, (len(flat(obs)), 1))  # (N, A)
        if isinstance(obs, dict) and "action_mask" in obs:
            logits = np.where(np.asarray(obs["action_mask"]) > 0, logits, -np.inf)
        return (logits + self.rng.gumbel(size=logits.shape) if explore else logits).argmax(1)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """REINFORCE with returns relative to the mean of the batch (N, T)."""
        for rows in (new, replayed):
            if not num_rows(rows):
                continue
            advantage = (rows["ret"] - rows["ret"].mean())[:, None] * rows["mask"]  # (N, T)
            shares = np.exp(self.preference) / np.exp(self.preference).sum()
            for action in range(len(self.preference)):
                gain = advantage * ((rows["act"] == action) - shares[action])
                self.preference[action] += self.step_size * gain.sum() / rows["mask"].sum()
        return {"return": float(new["ret"].mean())} if num_rows(new) else {"return": 0.0}


class ToyOffline(Agent):
    """Learns from logged steps which action pays in each task, and at a task's end clones what was kept of it.

    `act_task` is the policy of one task, `act` the clone of all.
    """

    schema = TRANSITION
    reads = ("act",)
    batch_size = 8
    needs_tasks = True

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
        shape = (len(stream.unwrapped.tasks), self.action_space.n)
        self.paid, self.tried, self.cloned = np.zeros(shape), np.zeros(shape), np.zeros(shape[1])

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Discrete actions, counted from 0, and logged rows only."""
        return choices(stream.action_space) or ("it has no logged rows" if stream.unwrapped.data(0) is None else None)

    def act_task(self, obs: Any, task: int) -> np.ndarray:
        """What the policy of `task` would do, (N,)."""
        return np.full(len(flat(obs)), (self.paid[task] / np.maximum(self.tried[task], 1)).argmax())

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """What was cloned most often."""
        return np.full(len(flat(obs)), self.cloned.argmax())

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Adds up rewards by task and action."""
        if num_rows(new):
            np.add.at(self.paid, (new["task"], new["act"]), new["rew"])
            np.add.at(self.tried, (new["task"], new["act"]), 1)
        return {"paid": float(self.paid.sum())}

    def end_task(self, task: int, data: Rows | None) -> None:
        """Clones all that is remembered."""
        kept = self.replay.sample(len(self.replay))
        if num_rows(kept):
            self.cloned = np.bincount(kept["act"], minlength=len(self.cloned)).astype(float)
