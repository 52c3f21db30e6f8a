"""Scores over time: the seeds of an arm joined, and so few points that they can be drawn.

Letters: S seeds, E evaluations that all of them have, T tasks, K points that are drawn.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from recollect.history import History

COUNTERS = ("rows", "updates", "step", "env_steps")  # what the horizontal axis may count


@dataclass(frozen=True)
class Joined:
    """The histories of an arm, evaluation by evaluation.

    Attributes:
        counters: name -> (E,), means over seeds.
        scores: (S, E, T) of one score.
        ended: (E,) whether a position of the schedule ended there.
        task: (E,) the task just trained, -1 before the first step.
    """

    counters: dict[str, np.ndarray]
    scores: np.ndarray
    ended: np.ndarray
    task: np.ndarray

    @property
    def so_far(self) -> np.ndarray:
        """The mean score of the tasks met so far, (S, E); NaN before the first step."""
        met = np.logical_or.accumulate(self.task[:, None] == np.arange(self.scores.shape[2]), axis=0)  # (E, T)
        total = np.where(met, self.scores, 0.0).sum(2)  # (S, E)
        return np.divide(total, met.sum(1), out=np.full_like(total, np.nan), where=met.any(1))


@dataclass(frozen=True)
class Drawn:
    """One curve as it is drawn: mean and interval of K points; `at` (K,) are the evaluations."""

    at: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray


def join(histories: list[History], score: str) -> Joined:
    """Joins histories by step, at the evaluations that all of them have."""
    steps = histories[0].step
    for history in histories[1:]:
        steps = np.intersect1d(steps, history.step)
    index = [_last_at(history.step, np.unique(steps)) for history in histories]
    first, chosen = histories[0], index[0]
    counters = {
        name: np.mean([getattr(h, name)[i] for h, i in zip(histories, index, strict=True)], axis=0) for name in COUNTERS
    }
    scores = np.stack([h.scores[score][i] for h, i in zip(histories, index, strict=True)])
    return Joined(counters, scores, first.ended[chosen], first.task[chosen])


def _last_at(steps: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """For each wanted step the last of the evaluations made there; `steps` are ascending."""
    return np.searchsorted(steps, wanted, side="right") - 1


def interval(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean and Student's 95% interval over seeds of (S, ...), as `statistics.mean`; no interval (NaN) of one seed."""
    middle = values.mean(0)
    if len(values) < 2:
        return middle, np.full_like(middle, np.nan), np.full_like(middle, np.nan)
    width = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values, axis=0)
    return middle, middle - width, middle + width


def thin(values: np.ndarray, limit: int) -> np.ndarray:
    """Which of (E,) values to draw: all, or the first, the last, and the extremes of limit / 2 equal stretches.

    A dip of a single evaluation is thus always drawn. NaN is drawn only in stretches that hold nothing else.
    """
    count = len(values)
    if count <= limit:
        return np.arange(count)
    stretches = max((limit - 2) // 2, 1)
    width = -(-count // stretches)
    padded = np.concatenate([values, np.full(width * (-(-count // width)) - count, np.nan)]).reshape(-1, width)
    starts = np.arange(len(padded)) * width
    lowest = starts + np.where(np.isnan(padded), np.inf, padded).argmin(1)
    highest = starts + np.where(np.isnan(padded), -np.inf, padded).argmax(1)
    return np.unique(np.concatenate([[0, count - 1], lowest, highest]))


def drawn(values: np.ndarray, limit: int) -> Drawn:
    """The curve of (S, E) values, of at most about `limit` points."""
    at = thin(values.mean(0), limit)
    return Drawn(at, *interval(values[:, at]))


def segments(joined: Joined) -> list[dict[str, Any]]:
    """The positions of the schedule: from which evaluation to which, and the task trained."""
    ends = np.flatnonzero(joined.ended)
    starts = np.concatenate([[0], ends[:-1]]) if len(ends) else ends
    return [
        {"start": int(start), "end": int(end), "task": int(joined.task[end])}
        for start, end in zip(starts, ends, strict=True)
    ]
