"""Batched toy streams: labelled points (SAMPLE), a paid oracle (QUERY) and counting languages (TEXT)."""

import math
from typing import Any

import numpy as np
from gymnasium.spaces import Box, MultiDiscrete, Space

from recollect.core import TaskStream
from recollect.rows import Rows, num_rows, take
from recollect.schema import QUERY, SAMPLE, TEXT


class ToyBatches(TaskStream):
    """What the logged toys share: an episode is one pass over the rows of a task, in batches, mixed by the seed.

    The action is the prediction for the batch just seen, the reward its accuracy; `info["target"]` holds the right
    answers to it (-1 at reset).

    Args:
        observation_space: of one batch.
        action_space: of one batch of predictions.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.
    """

    batched = True
    metadata = {"render_modes": []}

    def __init__(
        self, observation_space: Space, action_space: Space, steps_per_task: int | list[int] | None, schedule: Any
    ) -> None:
        self.observation_space, self.action_space = observation_space, action_space
        self.num_rows = observation_space.shape[0]
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Mixes the rows and shows the first batch."""
        super().reset(seed=seed)
        self.choose(options)
        rows = self.data(self.task, self.split)
        self.rows = take(rows, self.np_random.permutation(num_rows(rows)))
        self.start, self.right = 0, []
        return self._batch()["x"], self.info(**self._asked(answered=False))

    def _batch(self) -> Rows:
        return take(self.rows, np.arange(self.start, self.start + self.num_rows) % num_rows(self.rows))

    def _asked(self, answered: bool) -> Rows:
        batch = self._batch()
        target = batch["y"] if answered else np.full_like(batch["y"], -1)
        return {"target": target, **({"mask": batch["mask"]} if "mask" in batch else {})}

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Judges the predictions and shows the next batch."""
        batch, asked, boundary = self._batch(), self._asked(answered=True), self.count()
        right = np.asarray(action) == batch["y"]
        self.right.append(float(right[batch["mask"]].mean() if "mask" in batch else right.mean()))
        self.start += self.num_rows
        truncated = boundary or self.start >= num_rows(self.rows)
        info = self.info(score=float(np.mean(self.right)), boundary=boundary, **asked)
        return self._batch()["x"], self.right[-1], False, truncated, info


class ToyBlobs(ToyBatches):
    """Two tasks of two classes each; every class is a Gaussian blob of points in three dimensions.

    Args:
        batch: rows of one observation.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.
    """

    schema, target = SAMPLE, "class"
    tasks = ("blobs-0", "blobs-1")
    scores = {"accuracy": "max", "loss": "min"}
    means = np.array([[2.0, 0, 0], [-2.0, 0, 0], [0, 2.0, 1.0], [0, -2.0, 1.0]], np.float32)  # (C, 3)

    def __init__(
        self, *, batch: int = 4, steps_per_task: int | list[int] | None = None, schedule: Any = "sequential"
    ) -> None:
        super().__init__(Box(-16, 16, (batch, 3), np.float32), MultiDiscrete([4] * batch), steps_per_task, schedule)

    def data(self, task: int, split: str = "train") -> Rows:
        """24 training or 12 test rows of a task, half of each class."""
        rng = np.random.default_rng([task, split == "test"])
        y = 2 * task + rng.permutation(np.arange(24 if split == "train" else 12) % 2)
        x = self.means[y] + 0.5 * rng.standard_normal((len(y), 3), np.float32)  # (N, 3)
        return {"x": x.clip(-16, 16), "y": y.astype(np.int64)}

    def measure(self, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
        """Accuracy and cross-entropy in nats."""
        logits, y = np.asarray(predicted["logits"], np.float64), rows["y"]
        total = np.logaddexp.reduce(logits, axis=1)
        return super().measure(rows, predicted) | {"loss": total - logits[np.arange(len(y)), y]}


class ToyText(ToyBatches):
    """Two languages over six tokens: in the first the next token is one more, in the second two more (mod 6).

    Args:
        batch: rows of one observation.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.
    """

    schema, target = TEXT, "tokens"
    tasks = ("count-by-1", "count-by-2")
    scores = {"loss": "min", "accuracy": "max"}

    def __init__(
        self, *, batch: int = 4, steps_per_task: int | list[int] | None = None, schedule: Any = "sequential"
    ) -> None:
        tokens = MultiDiscrete(np.full((batch, 5), 6))
        super().__init__(tokens, MultiDiscrete(np.full((batch, 5), 6)), steps_per_task, schedule)

    def data(self, task: int, split: str = "train") -> Rows:
        """12 training or 6 test rows of a language, of 2 to 5 tokens each, padded with 0 to 5."""
        rng = np.random.default_rng([task, split == "test"])
        count = 12 if split == "train" else 6
        tokens = (rng.integers(6, size=(count, 1)) + (task + 1) * np.arange(6)) % 6  # (N, T + 1)
        mask = np.arange(5) < rng.integers(2, 6, size=(count, 1))  # (N, T)
        return {"x": tokens[:, :-1] * mask, "y": tokens[:, 1:] * mask, "mask": mask}


class ToyOracle(TaskStream):
    """A paid oracle: it says on which side of a line, another for every task, the points of a query lie.

    An episode is one budget. With a budget of 10 and batches of 4 the third batch is answered half, and ends it;
    a step beyond answers nothing. The observation (B, 1) is the share of the budget that is left.

    Args:
        batch: queries in one step, B.
        budget: queries that the oracle answers for each task.
        steps_per_task: of the stream's own schedule; a run takes as many batches as the budget pays for when None.
        schedule: the stream's own schedule.
    """

    schema, target, batched = QUERY, "class", True
    tasks = ("oracle-0", "oracle-1")
    scores = {"agreement": "max"}
    metadata = {"render_modes": []}
    lines = np.array([[1.0, 0.0], [0.0, 1.0]])  # (tasks, 2)

    def __init__(
        self,
        *,
        batch: int = 4,
        budget: int = 10,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        self.batch, self.budget = batch, budget
        self.observation_space = Box(0, 1, (batch, 1), np.float32)
        self.action_space = Box(-1, 1, (batch, 2), np.float32)
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)
        self.steps_per_task = steps_per_task or math.ceil(budget / batch)  # what a run takes; alone it has no schedule

    def _observe(self) -> np.ndarray:
        return np.full((self.batch, 1), self.left / self.budget, np.float32)

    def _answer(self, x: np.ndarray) -> Rows:
        return {"answer": (x @ self.lines[self.task] > 0).astype(np.int64), "cost": np.ones(len(x), np.float32)}

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Fills the budget."""
        super().reset(seed=seed)
        self.choose(options)
        self.left = self.budget
        return self._observe(), self.info(**self._answer(np.zeros((0, 2))))

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Answers what the budget still pays for; the reward is minus its cost."""
        answers = self._answer(np.asarray(action)[: self.left])
        self.left -= len(answers["answer"])
        ends = self.count() or self.left == 0  # there is nothing more to be had of this task
        info = self.info(score=self.left / self.budget, boundary=ends, **answers)
        return self._observe(), -float(answers["cost"].sum()), False, ends, info

    def data(self, task: int, split: str = "train") -> Rows | None:
        """20 test rows; None for the train split, which has to be asked for."""
        if split == "train":
            return None
        x = np.random.default_rng(task).uniform(-1, 1, (20, 2)).astype(np.float32)
        return {"x": x, "y": (x @ self.lines[task] > 0).astype(np.int64), "cost": np.zeros(20, np.float32)}

    def measure(self, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
        """Agreement with the oracle."""
        return {"agreement": (predicted["y"] == rows["y"]).astype(float)}
