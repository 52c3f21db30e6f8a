"""What speech streams share: rows of frames, targets of tokens, and how predictions are judged."""

from dataclasses import replace
from typing import Any

import numpy as np
from gymnasium.spaces import MultiDiscrete

from recollect.envs.division import divide, numbered, title
from recollect.envs.samples import Samples
from recollect.envs.speech.utterances import SpokenSet
from recollect.errors import require
from recollect.rows import Rows
from recollect.schema import SEPARATOR

require("jiwer", "a stream of speech", "speech")

import jiwer  # noqa: E402  # after the sentence that says how to install it


class Spoken(Samples):
    """Utterances, new intents in every task; x are log-mel frames, y is "intent SEPARATOR transcript END".

    Scores: "intent", the share of utterances whose prediction is the right intent and a SEPARATOR behind it, so that
    what is no intent counts as wrong; "wer", the word error rate of the transcript (jiwer), averaged over utterances,
    each of which counts alike, and above 1 where more words are inserted than there are. As a Gymnasium environment
    the reward is the share of right intents.

    Args:
        spoken: the utterances; see `recollect.envs.speech.utterances`.
        tasks: how many tasks, or the classes of each as a list of lists, by name or number.
        order_seed: of the order of the classes; None for that of `spoken`.
        split_seed: of the fifth of each class that is tested, where the set does not say.
        batch_size: utterances of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        UnknownName: for a class that does not exist.
        RecollectError: see `divide` and `Samples`.
    """

    target = "sequence"
    scores = {"intent": "max", "wer": "min"}

    def __init__(
        self,
        spoken: SpokenSet,
        *,
        tasks: int | list[list[int]] | list[list[str]],
        order_seed: int | None = None,
        split_seed: int = 0,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if isinstance(tasks, list | tuple):
            tasks = [[numbered(one, spoken.groups) for one in group] for group in tasks]
        found = {"train": spoken.train, "test": spoken.test}
        train, test = (part and {"x": part["x"], "y": part["group"]} for part in found.values())
        division = divide(train, test, tasks=tasks, order_seed=order_seed, split_seed=split_seed)
        groups = [np.argsort(ranks)[(ranks < 0).sum() :] for ranks in division.ranks]  # numbers of the task's classes
        names = tuple(title([spoken.groups[number] for number in group]) for group in groups)
        super().__init__(
            replace(division, names=names), batch_size=batch_size, steps_per_task=steps_per_task, schedule=schedule
        )
        self.vocabulary = spoken.vocabulary
        self.tokens = {split: (part or spoken.train)["y"] for split, part in found.items()}  # split -> (N, L)
        shape = (self.batch_size, spoken.train["y"].shape[1])
        self.action_space = MultiDiscrete(np.full(shape, len(self.vocabulary.tokens)))

    def _rows(self, task: int, split: str, index: np.ndarray, drift: float = 0.0) -> Rows:
        """The rows at `index`, as copies: x (n, T, M) float32, y (n, L) int64."""
        return {"x": self.division.x[split][index], "y": self.tokens[split][index]}

    def judge(self, action: np.ndarray, target: np.ndarray) -> float:
        """The reward of a batch: the share of intents that are right."""
        return float(np.mean(_right(np.asarray(action), target)))

    def measure(self, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
        """Whether the intent is right (n,), and the word error rate (n,)."""
        right = _right(predicted["y"] * predicted["mask"], rows["y"])
        said = self.vocabulary.transcripts(rows["y"], unknown="<unknown>")
        heard = self.vocabulary.transcripts(predicted["y"], predicted["mask"])
        return {"intent": right.astype(float), "wer": np.array(list(map(jiwer.wer, said, heard)))}


def _right(answer: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Whether the intent is right, and only that stands before the separator, (n,)."""
    return (answer[:, 0] == target[:, 0]) & (answer[:, 1] == SEPARATOR)
