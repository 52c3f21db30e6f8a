"""Toy agents of batched streams: nearest means (SAMPLE), a paying one (QUERY) and a bigram counter (TEXT)."""

import gymnasium
import numpy as np
from gymnasium.spaces import Box, MultiDiscrete

from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.rows import Rows, num_rows
from recollect.schema import QUERY, SAMPLE, TEXT


def add_points(sums: np.ndarray, counts: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    """Adds points (N, ...) of classes (N,) to sums (C, D) and counts (C,)."""
    np.add.at(sums, y, x.reshape(len(x), -1))
    np.add.at(counts, y, 1)


def nearness(sums: np.ndarray, counts: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Minus the squared distance of points (N, ...) to the mean of each class, (N, C); -1e6 for classes never met."""
    means = sums / np.maximum(counts, 1)[:, None]  # (C, D)
    apart = ((x.reshape(len(x), 1, -1) - means) ** 2).sum(2)  # (N, C, D) -> (N, C)
    return np.where(counts > 0, -apart, -1e6)


class ToyMeans(Agent):
    """Nearest class mean over new and replayed rows; `annotate` keeps the logits of the moment.

    `drift` is the mean change of the replayed rows' logits since they were met.
    """

    schema = SAMPLE
    adds = reads = ("logits",)
    batch_size = 6

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
        classes, size = int(self.action_space.nvec.flat[0]), int(np.prod(self.observation_space.shape[1:]))
        self.sums, self.counts = np.zeros((classes, size)), np.zeros(classes)  # (C, D), (C,)

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Class targets only."""
        if stream.unwrapped.target != "class":
            return f"its target is {stream.unwrapped.target}, not class"
        return None if isinstance(stream.action_space, MultiDiscrete) else "its actions are not MultiDiscrete"

    def predict(self, rows: Rows) -> Rows:
        """The nearest class, and minus the squared distances as logits."""
        logits = nearness(self.sums, self.counts, rows["x"])
        return {"y": logits.argmax(1), "logits": logits}

    def act(self, obs: np.ndarray, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Predictions for one batch."""
        return self.predict({"x": obs})["y"]

    def annotate(self, rows: Rows) -> Rows:
        """Adds the logits, (N, C) float32."""
        return rows | {"logits": nearness(self.sums, self.counts, rows["x"]).astype(np.float32)}

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Adds all rows to the means."""
        drift = 0.0
        if num_rows(replayed):
            drift = float(np.abs(nearness(self.sums, self.counts, replayed["x"]) - replayed["logits"]).mean())
        for rows in (new, replayed):
            if num_rows(rows):
                add_points(self.sums, self.counts, rows["x"], rows["y"])
        return {"drift": drift}


class ToyQuery(Agent):
    """Asks an oracle about random points, and answers by the nearest class mean."""

    schema = QUERY
    reads = ("x", "y")

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
        classes: int = 2,
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        self.sums, self.counts = np.zeros((classes, self.action_space.shape[1])), np.zeros(classes)
        self.paid = 0.0

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Queries that are points."""
        return None if isinstance(stream.action_space, Box) else "its queries are not points of a Box"

    def act(self, obs: np.ndarray, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """A batch of points (B, d), random ones where it explores."""
        low, high = self.action_space.low, self.action_space.high
        return (self.rng.uniform(low, high) if explore else (low + high) / 2).astype(np.float32)

    def predict(self, rows: Rows) -> Rows:
        """The nearest class."""
        return {"y": nearness(self.sums, self.counts, rows["x"]).argmax(1)}

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Adds all rows to the means, and the cost of the new ones to what was paid."""
        for rows in (new, replayed):
            if num_rows(rows):
                add_points(self.sums, self.counts, rows["x"], rows["y"])
        self.paid += float(new["cost"].sum()) if num_rows(new) else 0.0
        return {"paid": self.paid}


class ToyText(Agent):
    """Counts which token follows which, new and replayed rows alike."""

    schema = TEXT
    reads = ("x", "y", "mask")
    batch_size = 4

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
        vocabulary = int(self.action_space.nvec.flat[0])
        self.bigrams = np.ones((vocabulary, vocabulary))  # (V, V): after, before; one of each to begin with

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """Token targets only."""
        target = stream.unwrapped.target
        return None if target == "tokens" else f"its target is {target}, not tokens"

    def _chances(self, x: np.ndarray) -> np.ndarray:
        return (self.bigrams / self.bigrams.sum(1, keepdims=True))[x]  # (N, T) -> (N, T, V)

    def predict(self, rows: Rows) -> Rows:
        """The likeliest next tokens, and the log-probabilities of the right ones."""
        chances = self._chances(rows["x"])
        right = np.take_along_axis(chances, rows["y"][..., None], axis=2)[..., 0]  # (N, T)
        return {"y": chances.argmax(2), "logp": np.log(right)}

    def act(self, obs: np.ndarray, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """The likeliest next tokens of one batch."""
        return self._chances(obs).argmax(2)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """Counts the unmasked tokens."""
        loss = -float(self.predict(new)["logp"][new["mask"]].mean()) if num_rows(new) else 0.0
        for rows in (new, replayed):
            if num_rows(rows):
                np.add.at(self.bigrams, (rows["x"][rows["mask"]], rows["y"][rows["mask"]]), 1)
        return {"loss": loss}
