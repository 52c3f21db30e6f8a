"""Windowed forgetting and plasticity: the largest fall and the largest rise within a few evaluations.

The window counts evaluations: with `evaluate_every=1`, w = 10 compares scores at most 9 steps apart. With fewer
evaluations the same window spans more steps, so say how often a run was evaluated. Differences: scores of direction
"min" are negated first.
Source: De Lange, van de Ven and Tuytelaars 2023, Continual evaluation for lifelong learning: identifying the
stability gap, arXiv:2205.13452.
"""

import numpy as np

from recollect.errors import OptionError
from recollect.history import History
from recollect.metrics.matrix import defined, oriented, undefined


def wf(history: History, reference: History | None = None, score: str | None = None, *, w: int = 10) -> float:
    """WF^w, windowed forgetting: the largest fall of each task within w evaluations, averaged over the tasks met.

    WF^w = (1/k) sum_{i<=k} max_n max_{m<m' in [n-w+1, n]} ( A(E_i, f_m) - A(E_i, f_m') ): the earlier score minus the
    later, 0 for a task that never fell. A task counts from its first evaluation in training on, its own training
    included, the task trained last too. NaN before the first step.

    What differs from the paper's code: there the evaluation at step 0 counts for the first task. Here it does not,
    since a fall from a random initialisation is no forgetting; in `wp` it counts, as there.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        w: evaluations in the window, at least 2 (paper: 10 and 100).

    Raises:
        OptionError: if `w` is below 2.
    """
    return _windowed(f"wf-{w}", oriented(history, score), history, w, initial=False)


def wp(history: History, reference: History | None = None, score: str | None = None, *, w: int = 10) -> float:
    """WP^w, windowed plasticity: the largest rise of each task within w evaluations, averaged over the tasks met.

    WP^w = (1/k) sum_{i<=k} max_n max_{m<m' in [n-w+1, n]} ( A(E_i, f_m') - A(E_i, f_m) ): as `wf`, with the later score
    minus the earlier. For the task trained first the evaluation at step 0 counts as well: a task's own learning
    dominates this number, so compare runs that start from the same initialisation. NaN before the first step.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        w: evaluations in the window, at least 2 (paper: 10 and 100).

    Raises:
        OptionError: if `w` is below 2.
    """
    return _windowed(f"wp-{w}", -oriented(history, score), history, w, initial=True)


def wf_10(history: History, reference: History | None = None, score: str | None = None) -> float:
    """WF^10, windowed forgetting: the largest fall of each task within 10 evaluations, averaged over the tasks met.

    `wf` with w = 10: the earlier score minus the later. The score at step 0 does not count.
    """
    return wf(history, reference, score, w=10)


def wf_100(history: History, reference: History | None = None, score: str | None = None) -> float:
    """WF^100, windowed forgetting: the largest fall of each task within 100 evaluations, averaged over the tasks met.

    `wf` with w = 100: the earlier score minus the later. The score at step 0 does not count.
    """
    return wf(history, reference, score, w=100)


def wp_10(history: History, reference: History | None = None, score: str | None = None) -> float:
    """WP^10, windowed plasticity: the largest rise of each task within 10 evaluations, averaged over the tasks met.

    `wp` with w = 10: the later score minus the earlier. The score at step 0 counts for the first task.
    """
    return wp(history, reference, score, w=10)


def wp_100(history: History, reference: History | None = None, score: str | None = None) -> float:
    """WP^100, windowed plasticity: the largest rise of each task within 100 evaluations, averaged over the tasks met.

    `wp` with w = 100: the later score minus the earlier. The score at step 0 counts for the first task.
    """
    return wp(history, reference, score, w=100)


def _windowed(name: str, A: np.ndarray, history: History, w: int, *, initial: bool) -> float:
    """The mean over the tasks met of the largest fall of A (E, T) within w evaluations."""
    if isinstance(w, bool) or not isinstance(w, int | np.integer) or w < 2:
        raise OptionError(f"w is the number of evaluations in the window, a whole number of at least 2, got {w!r}")
    tasks, first = np.unique(history.task, return_index=True)  # each task and its first evaluation
    tasks, first = tasks[tasks >= 0], first[tasks >= 0]
    if not len(tasks):
        return undefined(name, "no task was trained")
    if initial:
        first = first - ((first == first.min()) & (first > 0))
    return defined(name, np.mean([largest_fall(A[start:, task], w) for task, start in zip(tasks, first, strict=True)]))


def largest_fall(curve: np.ndarray, w: int) -> float:
    """The largest earlier value minus later value within any w values in a row of `curve`, (n,); at least 0."""
    best, width = curve, 1  # best[n] is the maximum of the last `width` values
    while width < min(w, len(curve)):
        shift = min(width, w - width)
        best = np.concatenate([best[:shift], np.maximum(best[shift:], best[:-shift])])
        width += shift
    return float((best - curve).max())
