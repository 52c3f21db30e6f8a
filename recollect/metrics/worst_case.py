"""Worst cases: the lowest point of old tasks at any evaluation since they ended.

`min_acc` and `wc_acc` need evaluations between task ends to show what happens there (`evaluate_every=1` sees every
step); with fewer evaluations the worst case seen is milder, never worse, so say how often a run was evaluated. In the
score's own units.
Source: De Lange, van de Ven and Tuytelaars 2023, Continual evaluation for lifelong learning: identifying the
stability gap, arXiv:2205.13452.
"""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import (
    defined,
    ended_matrix,
    last,
    met,
    old_tasks,
    oriented,
    own_ends,
    sign,
    undefined,
)


def min_acc(history: History, reference: History | None = None, score: str | None = None) -> float:
    """min-ACC: the worst score of each old task since its own training ended, averaged over old tasks.

    min-ACC = (1/(k-1)) sum_{i<k} min_{n: t_i < n <= t} A(E_i, f_n), where t_i is the evaluation at the end of task i,
    itself left out, t the last evaluation, and k the current task, left out too. For scores of direction "min" the
    worst is the largest. In a cyclic schedule t_i is the last end of task i. NaN while there is no old task.
    """
    if not old_tasks(history.task):
        return undefined("min-acc", "it needs a task that has ended and another that was trained after it")
    return defined("min-acc", np.mean(_worst(history, score)) * sign(history, score))


def boundary_min_acc(history: History, reference: History | None = None, score: str | None = None) -> float:
    """min-ACC as it looks from the ends of tasks alone: all other evaluations are left out.

    (1/(k-1)) sum_{i<k} min_{j>i} R[j, i], with the conventions of `min_acc`. It is never worse than `min_acc`, and what
    it is better by is hidden from whoever evaluates only when a task has ended. NaN while no other task has ended after
    an old one.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    old = old_tasks(trained)
    if not old:
        return undefined("boundary-min-acc", "it needs two tasks that have ended")
    tasks, own = own_ends(trained)  # (n,), (n,)
    worst = [R[end + 1 :, task].min() for task, end in zip(tasks, own, strict=True) if task in old]
    return defined("boundary-min-acc", np.mean(worst) * sign(history, score))


def wc_acc(history: History, reference: History | None = None, score: str | None = None) -> float:
    """WC-ACC: the current task's score now and the worst scores of the old ones; never better than accuracy.

    WC-ACC = (1/k) A(E_k, f_t) + (1 - 1/k) min-ACC at the last evaluation t, where k is the number of tasks met and E_k
    the current one; A(E_1, f_t) while k = 1. NaN before the first step.
    """
    tasks = met(history)  # (E, T)
    if not tasks.any():
        return undefined("wc-acc", "no task was trained")
    current = oriented(history, score)[-1, history.task[-1]]
    values = np.append(_worst(history, score), current)  # (k,)
    return defined("wc-acc", np.mean(values) * sign(history, score))


def _worst(history: History, score: str | None) -> np.ndarray:
    """The worst oriented score of each old task after the last evaluation of its own training, (k - 1,)."""
    A = oriented(history, score)  # (E, T)
    ends = [(task, last(history.task == task)) for task in old_tasks(history.task)]
    return np.array([A[end + 1 :, task].min() for task, end in ends])
