"""Transfer: what training a task does to the others, before it (bwt) and after it (fwt). Positive is good."""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import defined, ended_matrix, last, old_tasks, oriented, undefined


def bwt(history: History, reference: History | None = None, score: str | None = None) -> float:
    """BWT, backward transfer: by how much old tasks are better at the last task end than at their own.

    BWT = (1/(N-1)) sum_{i<N} ( R[N, i] - R[i, i] ), with scores of direction "min" negated: negative where tasks were
    forgotten, in either direction. In a cyclic schedule a task's own end is the last one it has, and the task trained
    last is left out. NaN with fewer than two tasks ended.

    Variant under another name: BWT+ averages over all task ends and is cut at 0.

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

    Variant under the same name: the plain mean of R[i-1, i], without b_i.

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
