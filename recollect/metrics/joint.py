"""Against joint training: what a model that sees all data of the tasks met so far does better.

`reference` is the history of such a run (the agent `joint`) over the same tasks in the same order; it may be longer.
"""

import numpy as np

from recollect.history import History
from recollect.metrics.matrix import defined, ended_matrix, met, own_ends, undefined


def intransigence(history: History, reference: History | None = None, score: str | None = None) -> float:
    """I_k: by how much the task trained last is worse, at its own end, than it is when trained jointly.

    I_k = a*_k - R[k, k] at the last task end k, where a*_k is the score of task k of a reference trained on tasks 1..k
    together, with scores of direction "min" negated. Positive is bad; negative where what was learned before helped
    more than seeing its data again does. NaN without a reference, or before a task has ended.

    Source: Chaudhry et al. 2018, Riemannian Walk, arXiv:1801.10112, the intransigence measure.
    """
    if reason := _misfit(history, reference):
        return undefined("intransigence", reason)
    return defined("intransigence", _differences(history, reference, score)[-1])


def intransigence_mean(history: History, reference: History | None = None, score: str | None = None) -> float:
    """The mean of I_k over all tasks k: `intransigence` of every task at its own end, not of the last one alone.

    (1/N) sum_k ( a*_k - R[k, k] ), with scores of direction "min" negated: positive is bad. In a cyclic schedule a
    task's own end is the last one it has. NaN without a reference, or before a task has ended.

    Source: as `intransigence`, of which it is a variant: published is I_k at the last task.
    """
    if reason := _misfit(history, reference):
        return undefined("intransigence-mean", reason)
    _, own = own_ends(history.task[history.ended])  # (n,)
    return defined("intransigence-mean", np.mean(_differences(history, reference, score)[own]))


def omega_all(history: History, reference: History | None = None, score: str | None = None) -> float:
    """Omega_all: the accuracy over the tasks met as a share of joint training's, averaged over task ends.

    Omega_all = (1/N) sum_i ACC_i / ACC*_i, ACC_i the mean score of the tasks met at task end i, ACC*_i the reference's
    there. 1 is as good as joint training. It is a ratio of levels: with scores of direction "min" more than 1 is worse.
    NaN without a reference, before a task has ended, or where the reference scores 0.

    Source: Hayes, Cahill and Kanan 2019, Memory Efficient Experience Replay for Streaming Learning, arXiv:1809.05922.
    """
    if reason := _misfit(history, reference):
        return undefined("omega-all", reason)
    R, joint = _ends(history, reference, score)  # (P, T), (P, T)
    tasks = met(history)[history.ended]  # (P, T)
    ours, theirs = np.mean(R, axis=1, where=tasks), np.mean(joint, axis=1, where=tasks)  # (P,), (P,)
    if (theirs == 0).any():
        return undefined("omega-all", "the reference scores 0 at a task end")
    return defined("omega-all", np.mean(ours / theirs))


def _misfit(history: History, reference: History | None) -> str:
    """Why the reference cannot be compared with the history, or nothing."""
    trained = history.task[history.ended]  # (P,)
    if reference is None:
        return "it needs a reference, the history of joint training"
    if not len(trained):
        return "no task has ended"
    theirs = reference.task[reference.ended][: len(trained)]
    same = reference.tasks == history.tasks and np.array_equal(trained, theirs)
    return "" if same else "the reference has not trained the same tasks in the same order"


def _ends(history: History, reference: History, score: str | None) -> tuple[np.ndarray, np.ndarray]:
    """R of both at the task ends of the history, oriented, (P, T) each."""
    R, _ = ended_matrix(history, score)
    joint, _ = ended_matrix(reference, history.primary if score is None else score)
    return R, joint[: len(R)]


def _differences(history: History, reference: History, score: str | None) -> np.ndarray:
    """a*_k - R[k, k] at every task end, (P,)."""
    R, joint = _ends(history, reference, score)
    return (joint - R)[np.arange(len(R)), history.task[history.ended]]
