"""Forgetting: how far old tasks fell from their best. Positive is bad."""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import defined, ended_matrix, old_tasks, undefined


def forgetting(history: History, reference: History | None = None, score: str | None = None) -> float:
    """F: by how much each old task is worse at the last task end than it was at its best task end before.

    F = (1/(N-1)) sum_{j<N} ( max_{l in 1..N-1} R[l, j] - R[N, j] ), with scores of direction "min" negated: positive
    where a task was forgotten, in either direction. The maximum leaves the last task end out, so F is negative where
    the last task made the old ones better than ever; it includes task ends before task j was first trained, as
    published. In a cyclic schedule l runs over all positions before the last, and the task trained last is left out,
    wherever else it was trained. NaN with fewer than two tasks ended.

    Variants under the same name: the maximum may include the last task end (then F >= 0), the sum may be divided by N,
    and R[j, j] may stand for the maximum (then it is -bwt).

    Source: Chaudhry et al. 2018, Riemannian Walk, arXiv:1801.10112, the forgetting measure F_k at k = N.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    old = old_tasks(trained)
    if not old:
        return undefined("forgetting", "it needs two tasks that have ended")
    return defined("forgetting", np.mean(R[:-1, old].max(axis=0) - R[-1, old]))
