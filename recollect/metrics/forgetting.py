"""Forgetting: how far old tasks fell from their best. Positive is bad."""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import defined, ended_matrix, old_tasks, own_ends, undefined


def forgetting(history: History, reference: History | None = None, score: str | None = None) -> float:
    """F: by how much each old task is worse at the last task end than it was at its best task end before.

    F = (1/(N-1)) sum_{j<N} ( max_{l in 1..N-1} R[l, j] - R[N, j] ), with scores of direction "min" negated: positive
    where a task was forgotten, in either direction. The maximum leaves the last task end out, so F is negative where
    the last task made the old ones better than ever; it includes task ends before task j was first trained, as
    published. In a cyclic schedule l runs over all positions before the last, and the task trained last is left out,
    wherever else it was trained. NaN with fewer than two tasks ended.

    Variants under the same name: the maximum may include the last task end (then F >= 0: `forgetting-from-best`),
    R[j, j] may stand for the maximum (then it is -bwt: `forg`), and the sum may be divided by N (RaptorMai's
    code; then it is (N-1)/N of this).

    Source: Chaudhry et al. 2018, Riemannian Walk, arXiv:1801.10112, the forgetting measure F_k at k = N.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    old = old_tasks(trained)
    if not old:
        return undefined("forgetting", "it needs two tasks that have ended")
    return defined("forgetting", np.mean(R[:-1, old].max(axis=0) - R[-1, old]))


def forgetting_from_best(history: History, reference: History | None = None, score: str | None = None) -> float:
    """F with the last task end in the maximum: by how much old tasks are worse now than at the best end they ever had.

    F = (1/(N-1)) sum_{j<N} ( max_{l in j..N} R[l, j] - R[N, j] ), with scores of direction "min" negated: never
    negative, 0 where every old task is at its best. The maximum starts at the end of the first training of task j,
    so that task ends before it do not count (in `forgetting` they do). In a cyclic schedule the task trained last is
    left out. NaN with fewer than two tasks ended.

    Source: Buzzega et al. 2020, Dark Experience, arXiv:2004.07211, as their code (mammoth) computes forgetting. There
    tasks not met yet count as 0, which is the same for scores that are never negative.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    old = old_tasks(trained)
    if not old:
        return undefined("forgetting-from-best", "it needs two tasks that have ended")
    first = {task: int(np.argmax(trained == task)) for task in old}
    return defined("forgetting-from-best", np.mean([R[first[task] :, task].max() - R[-1, task] for task in old]))


def forg(history: History, reference: History | None = None, score: str | None = None) -> float:
    """FORG: by how much old tasks are worse at the last task end than at their own. It is -bwt.

    FORG = (1/(N-1)) sum_{i<N} ( R[i, i] - R[N, i] ), with scores of direction "min" negated: positive where a task was
    forgotten, negative where later training helped. In a cyclic schedule a task's own end is the last one it has.
    NaN with fewer than two tasks ended.

    Source: De Lange, van de Ven and Tuytelaars 2023, arXiv:2205.13452, FORG.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    if not old_tasks(trained):
        return undefined("forg", "it needs two tasks that have ended")
    tasks, own = own_ends(trained)  # (n,), (n,)
    tasks, own = tasks[own < len(R) - 1], own[own < len(R) - 1]
    return defined("forg", np.mean(R[own, tasks] - R[-1, tasks]))
