"""What metrics share: scores of which larger is better, the matrix R, and which tasks were met when.

Letters: E evaluations, T tasks, P positions of the schedule that have ended, so R is (P, T). In a sequential
schedule R[i, j] is the score of task j when task i has just been trained (Lopez-Paz and Ranzato 2017,
arXiv:1706.08840). In a cyclic one a task is trained at several positions: it then ends where it ended last.
"""

import warnings

import numpy as np

from recollect.errors import MetricWarning, UnknownName
from recollect.history import History


def sign(history: History, score: str | None) -> int:
    """1 for a score of which larger is better, -1 for the others.

    Raises:
        UnknownName: if the history has no such score.
    """
    name = history.primary if score is None else score
    if name not in history.directions:
        raise UnknownName("score", name, history.directions)
    return 1 if history.directions[name] == "max" else -1


def oriented(history: History, score: str | None) -> np.ndarray:
    """The score of every task at every evaluation, (E, T), negated where smaller is better."""
    return sign(history, score) * history.scores[history.primary if score is None else score]


def ended_matrix(history: History, score: str | None) -> tuple[np.ndarray, np.ndarray]:
    """R (P, T), oriented: the evaluations at the ends of positions; and the task that each trained, (P,)."""
    return oriented(history, score)[history.ended], history.task[history.ended]


def own_ends(trained: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The tasks in `trained`, (P,), each once, and the position where each ended last: both (n,)."""
    tasks, from_behind = np.unique(trained[::-1], return_index=True)
    return tasks, len(trained) - 1 - from_behind


def segments(history: History) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The evaluations of each position that has ended, as slices, and its task: starts, ends, trained, each (P,).

    The evaluation before `starts[p]` is the last one before position p: the end of p - 1, or that at step 0.
    """
    ends = np.flatnonzero(history.ended) + 1  # (P,)
    first = np.flatnonzero(history.task >= 0)[:1]
    return np.concatenate([first, ends])[: len(ends)], ends, history.task[ends - 1]


def met(history: History) -> np.ndarray:
    """Whether each task was trained at or before each evaluation, (E, T) bool."""
    trained = history.task[:, None] == np.arange(len(history.tasks))  # (E, T)
    return np.logical_or.accumulate(trained, axis=0)


def old_tasks(trained: np.ndarray) -> list[int]:
    """The tasks in `trained`, (n,) in the order of training, but the last one: those that could be forgotten."""
    return [int(task) for task in np.unique(trained) if task not in (-1, trained[-1])]


def last(happened: np.ndarray) -> int:
    """The last place where `happened`, (n,) bool, is true."""
    return int(np.flatnonzero(happened)[-1])


def undefined(metric: str, reason: str) -> float:
    """NaN, after a MetricWarning with the reason."""
    warnings.warn(f"{metric} is undefined (NaN): {reason}", MetricWarning, stacklevel=3)
    return float("nan")


def defined(metric: str, value: float) -> float:
    """`value`, after a MetricWarning if scores that are NaN made it NaN."""
    if np.isnan(value):
        return undefined(metric, "scores that it is made of are NaN")
    return float(value)
