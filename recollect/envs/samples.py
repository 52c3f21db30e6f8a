"""Samples: labelled arrays as a task stream, class-, domain- or task-incremental.

The three scenarios are those of van de Ven and Tolias, "Three scenarios for continual learning" (2019,
arXiv 1904.07734, section 2): what differs is which labels are asked for, and among which of them.
"""

import math
from typing import Any, Literal

import numpy as np
from gymnasium.spaces import Box, MultiDiscrete

from recollect.core import TaskStream
from recollect.envs.division import Division
from recollect.errors import OptionError, StreamError, UnknownName
from recollect.rows import Rows
from recollect.schema import SAMPLE

SCENARIOS = {
    "class": "every label of every task, one head",
    "domain": "the label within the task",
    "task": "every label, judged among those of the row's task",
}


class Samples(TaskStream):
    """Labelled rows, task after task, shown in batches.

    As a Gymnasium environment: an observation is a batch of x, an action one predicted label for each of its rows,
    the reward the share that was right, an episode one pass over a task in a new order (its last batch is filled
    up from the next order). `info["target"]` holds the labels of the batch that was just answered, -1 at reset;
    `info["score"]` the mean accuracy so far. With a blurred or drifting schedule of its own every batch is drawn from
    the mixture, or lies further towards the next task, and an episode lasts until the boundary.

    Args:
        division: the rows of every task.
        scenario: "class", "domain" (y is the label within the task) or "task" (as "class", but `measure` takes the
            largest logit among the classes of the row's task).
        batch_size: rows of one observation, B.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        UnknownName: for an unknown scenario.
        OptionError: unless batch_size is a whole number of at least 1.
    """

    schema, target, batched = SAMPLE, "class", True
    scores = {"accuracy": "max"}
    metadata = {"render_modes": []}
    unanswered: int = -1  # the target at reset

    def __init__(
        self,
        division: Division,
        *,
        scenario: Literal["class", "domain", "task"] = "class",
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if scenario not in SCENARIOS:
            raise UnknownName("scenario", str(scenario), SCENARIOS)
        if isinstance(batch_size, bool) or not isinstance(batch_size, int | np.integer) or batch_size < 1:
            raise OptionError(f"batch_size must be a whole number of rows, at least 1, got {batch_size!r}")
        self.division, self.scenario, self.batch_size = division, scenario, int(batch_size)
        self.tasks = division.names
        classes = division.ranks.max() + 1 if scenario == "domain" else division.members.shape[1]
        self.observation_space = _space(list(division.x.values()), self.batch_size)
        self.action_space = MultiDiscrete(np.full(self.batch_size, classes))
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)
        self.mixes = self.walk is not None and self.walk.schedule["kind"] in ("blurred", "drifting")

    def _rows(self, task: int, split: str, index: np.ndarray, drift: float = 0.0) -> Rows:
        """The rows at `index`, as copies, with the labels that the scenario asks for; only subclasses drift."""
        y = self.division.y[split][index]
        return {
            "x": self.division.x[split][index],
            "y": self.division.ranks[task, y] if self.scenario == "domain" else y,
        }

    def _deal(self) -> np.ndarray:
        """Takes the next batch of the task, and shows its x (B, *x)."""
        waiting = self.waiting.get(self.task, np.zeros(0, np.int64))
        while len(waiting) < self.batch_size:
            again = self.np_random.permutation(self.division.rows[self.split][self.task])
            waiting = np.concatenate([waiting, again])
        self.waiting[self.task] = waiting[self.batch_size :]
        batch = self._rows(self.task, self.split, waiting[: self.batch_size], self.drift)
        self.answer = batch["y"]
        return batch["x"]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Begins a pass, and shows its first batch."""
        super().reset(seed=seed)
        self.choose(options)
        self.waiting: dict[int, np.ndarray] = {}  # task -> rows still to come
        self.batches, self.right = 0, 0.0
        self.pass_length = math.ceil(len(self.division.rows[self.split][self.task]) / self.batch_size)
        obs = self._deal()
        return obs, self.info(target=np.full_like(self.answer, self.unanswered))

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Judges the predictions (B,), and shows the next batch."""
        if np.shape(action) != self.action_space.shape:
            raise OptionError(
                f"the action is one label for each of the {self.batch_size} rows shown, shape "
                f"{self.action_space.shape}, got shape {np.shape(action)}"
            )
        target, boundary = self.answer, self.count()
        rew = self.judge(action, target)
        self.batches, self.right = self.batches + 1, self.right + rew
        mixing = self.mixes and not self.commanded and not self.walk.over
        if mixing and not boundary:
            self.task, self.drift = self.walk.draw()
        truncated = boundary or (not mixing and self.batches >= self.pass_length)
        obs = self._deal()
        info = self.info(score=self.right / self.batches, boundary=boundary, target=target)
        return obs, rew, False, truncated, info

    def judge(self, action: np.ndarray, target: np.ndarray) -> float:
        """The reward of a batch: the share of labels that are right."""
        return float(np.mean(np.asarray(action) == target))

    def data(self, task: int, split: str = "train") -> Rows | None:
        """All rows of a task, as copies: x (N, *x) float32 or uint8, y (N,) int64."""
        return self._rows(task, split, self.division.rows[split][task])

    def measure(self, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
        """Accuracy, (n,); in the scenario "task" among the classes of the row's task.

        Raises:
            StreamError: if that needs logits and the agent predicts none.
        """
        if self.scenario != "task":
            return super().measure(rows, predicted)
        if "logits" not in predicted:
            raise StreamError(
                "scenario 'task' compares logits within the row's task: predict must return logits (N, C), "
                f"got {sorted(predicted)}"
            )
        among = np.where(self.division.members[rows["task"]], predicted["logits"], -np.inf)  # (n, C)
        return {"accuracy": (among.argmax(1) == rows["y"]).astype(float)}


def _space(x: list[np.ndarray], batch_size: int) -> Box:
    """The batch's space, as narrow as the rows allow; all of uint8 for images."""
    shape, dtype = (batch_size, *x[0].shape[1:]), x[0].dtype
    if dtype == np.uint8:
        return Box(0, 255, shape, np.uint8)
    low, high = min(float(part.min()) for part in x), max(float(part.max()) for part in x)
    return Box(low, high, shape, np.float32)
