"""How good a run is: accuracy at the end, and all along. In the score's own units and direction."""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import defined, ended_matrix, met, oriented, own_ends, sign, undefined


def accuracy(history: History, reference: History | None = None, score: str | None = None) -> float:
    """ACC: the mean score of all tasks met, at the last evaluation; tasks never trained do not count.

    ACC = (1/N) sum_j R[N, j] once all N tasks have ended; in the middle of a run, the mean over the tasks met so
    far, the current one included. NaN before the first step.

    Source: Lopez-Paz and Ranzato 2017, Gradient Episodic Memory, arXiv:1706.08840, eq. 2.
    """
    tasks = met(history)  # (E, T)
    if not tasks.any():
        return undefined("accuracy", "no task was trained")
    return defined("accuracy", np.mean(oriented(history, score)[-1, tasks[-1]]) * sign(history, score))


def aaa(history: History, reference: History | None = None, score: str | None = None) -> float:
    """AAA, average anytime accuracy: at each evaluation the mean over the tasks met so far, averaged over evaluations.

    AAA = mean_n (1/k_n) sum_{j <= k_n} A(E_j, f_n), over all evaluations after the first step, k_n tasks being met
    at evaluation n. With evaluations at task ends only, it is the average incremental accuracy.
    NaN before the first step.

    Source: Caccia et al. 2022, New Insights on Reducing Abrupt Representation Change in Online Continual Learning,
    arXiv:2104.05025.
    """
    tasks = met(history)  # (E, T)
    after = tasks.any(axis=1)  # (E,)
    if not after.any():
        return undefined("aaa", "no task was trained")
    means = np.mean(oriented(history, score)[after], axis=1, where=tasks[after])  # (evaluations after the first step,)
    return defined("aaa", np.mean(means) * sign(history, score))


def aia(history: History, reference: History | None = None, score: str | None = None) -> float:
    """AIA, average incremental accuracy: at each task end the mean over the tasks met so far, averaged over task ends.

    AIA = (1/N) sum_i (1/i) sum_{j <= i} R[i, j]. Only task ends count, however often the run was evaluated (aaa counts
    every evaluation). In a cyclic schedule i runs over all positions, and a task counts from its first one on.
    With other scores it has other names: Avg-IoU in segmentation, Avg WER in speech. NaN before a task has ended.

    Source: Rebuffi et al. 2017, iCaRL, arXiv:1611.07725, section 4 (average incremental accuracy).
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    if not len(trained):
        return undefined("aia", "no task has ended")
    means = np.mean(R, axis=1, where=met(history)[history.ended])  # (P,)
    return defined("aia", np.mean(means) * sign(history, score))


def learning_accuracy(history: History, reference: History | None = None, score: str | None = None) -> float:
    """LA, learning accuracy: the mean score of each task when its own training has just ended.

    LA = (1/N) sum_i R[i, i]: plasticity, whatever is forgotten later. In a sequential run that is complete,
    accuracy = LA + bwt (N-1)/N. In a cyclic schedule a task's own end is the last one it has. NaN before a task has
    ended.

    Source: Riemer et al. 2019, Learning to Learn without Forgetting, arXiv:1810.11910 (learning accuracy).
    """
    R, trained = ended_matrix(history, score)  # (P, T), (P,)
    if not len(trained):
        return undefined("learning-accuracy", "no task has ended")
    tasks, own = own_ends(trained)  # (n,), (n,)
    return defined("learning-accuracy", np.mean(R[own, tasks]) * sign(history, score))


def last_task(history: History, reference: History | None = None, score: str | None = None) -> float:
    """The score of the task that was trained last, at the last evaluation.

    Where the scores of a task are those of all that was learned up to it, as those of segmentation streams are, this
    is the level of the whole at the end: the final mIoU. Elsewhere it is plasticity alone. NaN before the first step.

    Source: ours as a metric; the final mIoU is that of Cermelli et al. 2020, Modeling the Background,
    arXiv:2002.00718.
    """
    trained = history.task[history.task >= 0]
    if not len(trained):
        return undefined("last-task", "no task was trained")
    return defined("last-task", oriented(history, score)[-1, trained[-1]] * sign(history, score))
