"""Returns of tasks on one scale, so that they can be averaged: a history in, a history out. Not a metric itself."""

from collections.abc import Sequence

import numpy as np

from recollect.errors import DataError
from recollect.history import History
from recollect.metrics.matrix import sign


def normalised(history: History, random: Sequence[float], single: Sequence[float], score: str | None = None) -> History:
    """The history with q_i in place of its score: 0 is a random policy, 1 is training on the task alone.

    q_i = (p_i - p_random,i) / (p_single,i - p_random,i), not clipped: better than alone is above 1, worse than random
    below 0. Raw returns of different tasks must not be averaged; all metrics can be taken of this history. Its one
    score keeps its name, and larger is better, whatever direction the score had.

    Args:
        history: of the run; it is not changed.
        random: score of a random policy on each task, (T,).
        single: score of training on each task alone with the same budget, (T,).
        score: which score; None: the primary one.

    Raises:
        DataError: if there is not one number per task, or single is not better than random on a task.
        UnknownName: if the history has no such score.
    """
    name = history.primary if score is None else score
    low, high = np.asarray(random, float), np.asarray(single, float)
    for what, values in (("random", low), ("single", high)):
        if values.shape != (len(history.tasks),):
            raise DataError(f"{what} must be one score per task, shape ({len(history.tasks)},), got {values.shape}")
    gain = sign(history, name) * (high - low)
    if not (gain > 0).all():
        task = int(np.argmin(gain > 0))
        raise DataError(
            f"task {history.tasks[task]} scored {high[task]} trained alone and {low[task]} at random: there is nothing "
            f"to measure by; train the single-task run longer, or leave the task out"
        )
    q = History(history.tasks, {name: "max"})
    q.load_state_dict(history.state_dict() | {f"scores/{name}": (history.scores[name] - low) / (high - low)})
    return q
