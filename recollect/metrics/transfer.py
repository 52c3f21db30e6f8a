"""Transfer: what training a task does to those before it (bwt) and to those after it (fwt). Positive is good."""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import defined, ended_matrix, last, old_tasks, oriented, own_ends, sign, undefined


def bwt(history: History, reference: History | None = None, score: str | None = None) -> float:
    """BWT, backward transfer: by how much old tasks are better at the last task end than at their own.

    BWT = (1/(N-1)) sum_{i<N} ( R[N, i] - R[i, i] ), with scores of direction "min" negated: negative where tasks were
    forgotten, in either direction. In a cyclic schedule a task's own end is the last one it has, and the task trained
    last is left out. NaN with fewer than two tasks ended.

    Variant under another name: `bwt-plus` averages over all task ends and is cut at 0.

    Source: Lopez-Paz and Ranzato 2017, Gradient Episodic Memory, arXiv:1706.08840, eq. 3.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    old = old_tasks(trained)
    if not old:
        return undefined("bwt", "it needs two tasks that have ended")
    return defined("bwt", np.mean([R[-1, task] - R[last(trained == task), task] for task in old]))


def fwt(history: History, reference: History | None = None, score: str | None = None) -> float:
    """FWT, forward transfer: by how much tasks are better just before they are first trained than before any training.

    FWT = (1/(N-1)) sum_{i>1} ( R[i-1, i] - b_i ), where b_i is the score of task i at step 0, at random
    initialisation, and scores of direction "min" are negated: positive where earlier tasks helped, in either direction.
    In a cyclic schedule only the first time a task is trained counts. NaN with fewer than two tasks ended, or without
    an evaluation at step 0.

    In a class-incremental stream with a single head, classes that were never trained are never predicted: FWT is then
    about -b and says nothing.

    Variant under the same name: the plain mean of R above its diagonal, without b_i (`upper-triangle-mean`).

    Source: Lopez-Paz and Ranzato 2017, Gradient Episodic Memory, arXiv:1706.08840, eq. 4.
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    tasks, first = np.unique(trained, return_index=True)  # each task and the position where it first ended
    tasks, before = tasks[first > 0], first[first > 0] - 1
    if not len(tasks):
        return undefined("fwt", "it needs two tasks that have ended")
    if history.step[0] != 0:
        return undefined("fwt", "there is no evaluation at step 0, before anything was learned")
    return defined("fwt", np.mean(R[before, tasks] - oriented(history, score)[0, tasks]))


def bwt_plus(history: History, reference: History | None = None, score: str | None = None) -> float:
    """BWT+, positive backward transfer: by how much old tasks are better at all later task ends, 0 where they are not.

    BWT+ = max(0, sum_{i>j} ( R[i, j] - R[j, j] ) / (N(N-1)/2) ), with scores of direction "min" negated. The sum is cut
    at 0, not its terms, so a run that forgets more than it gains has 0. It averages over all task ends after a task's
    own, `bwt` over the last one alone. In a cyclic schedule a task's own end is the last one it has, and later
    positions are those after it. NaN with fewer than two tasks ended.

    Source: Diaz-Rodriguez et al. 2018, Don't forget, there is more than forgetting, arXiv:1810.13166 (BWT+).
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    tasks, own = own_ends(trained)  # (n,), (n,)
    later = np.arange(len(R))[:, None] > own  # (P, n)
    if not later.any():
        return undefined("bwt-plus", "it needs two tasks that have ended")
    return defined("bwt-plus", np.maximum(0, np.mean((R[:, tasks] - R[own, tasks])[later])))


def upper_triangle_mean(history: History, reference: History | None = None, score: str | None = None) -> float:
    """The mean score of tasks at all task ends before they were first trained. A level, in the score's own units.

    sum_{i<j} R[i, j] / (N(N-1)/2). Published as "FWT", with which it shares nothing but the triangle: the scores
    before any training are not taken off, so an untrained network at chance has chance, not 0, and every task end
    before a task counts, not only the one just before. Use `fwt` for transfer. In a cyclic schedule only task ends
    before the first training of a task count. NaN with fewer than two tasks ended.

    Source: Diaz-Rodriguez et al. 2018, arXiv:1810.13166 (there FWT); so also Mai et al. 2022, Online Continual Learning
    in Image Classification: An Empirical Survey, arXiv:2101.10423, in their code (RaptorMai).
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    tasks, first = np.unique(trained, return_index=True)  # each task and the position where it first ended
    before = np.arange(len(R))[:, None] < first  # (P, n)
    if not before.any():
        return undefined("upper-triangle-mean", "it needs two tasks that have ended")
    return defined("upper-triangle-mean", np.mean(R[:, tasks][before]) * sign(history, score))
