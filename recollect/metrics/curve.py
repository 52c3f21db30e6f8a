"""The learning curve of a task while it is trained."""

import numpy as np

from recollect.errors import OptionError
from recollect.history import History
from recollect.metrics.matrix import defined, oriented, segments, sign, undefined


def lca(
    history: History,
    reference: History | None = None,
    score: str | None = None,
    *,
    beta: int = 10,
    before: bool = True,
) -> float:
    """LCA_beta, learning curve area: the mean score of the task being learned over its first beta + 1 mini-batches.

    LCA_beta = (1/(beta+1)) sum_{b=0..beta} (1/N) sum_k A(E_k, f_{s_k + b}), where s_k is the step at which the training
    of task k begins: b = 0 is the score before its first mini-batch, b = 1 after it. One mini-batch is one step.
    A level, in the score's own units. In a cyclic schedule only the first training of a task counts. NaN where a task
    that has ended was not evaluated after each of its first beta steps (`evaluate_every=1`), or had fewer.

    Variant under the same name: De Lange et al. 2023, arXiv:2205.13452, leave b = 0 out (`before=False`).

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        beta: mini-batches (paper: 10).
        before: whether b = 0 counts.

    Raises:
        OptionError: if `beta` is not a whole number of at least 0, or of at least 1 without b = 0.

    Source: Chaudhry et al. 2019, Efficient Lifelong Learning with A-GEM, arXiv:1812.00420 (LCA_beta).
    """
    if isinstance(beta, bool) or not isinstance(beta, int | np.integer) or beta < 1 - before:
        raise OptionError(f"beta counts mini-batches, a whole number of at least {1 - before}, got {beta!r}")
    A = oriented(history, score)  # (E, T)
    starts, ends, trained = segments(history)  # (P,), (P,), (P,)
    tasks, first = np.unique(trained, return_index=True)  # each task and the position where it was first trained
    if not len(tasks):
        return undefined(f"lca-{beta}", "no task has ended")
    wanted = np.arange(1 - before, beta + 1)  # (b,) steps since the training began
    curves = []
    for task, start, end in zip(tasks, starts[first] - 1, ends[first], strict=True):
        steps = history.step[max(start, 0) : end] - (history.step[start] if start >= 0 else 0)
        where = np.minimum(np.searchsorted(steps, wanted), len(steps) - 1)  # (b,)
        if (steps[where] != wanted).any():
            return undefined(
                f"lca-{beta}", f"task {history.tasks[task]} was not evaluated after each of its first {beta} steps"
            )
        curves.append(A[max(start, 0) + where, task])
    return defined(f"lca-{beta}", np.mean(curves) * sign(history, score))


def lca_10(history: History, reference: History | None = None, score: str | None = None) -> float:
    """LCA_10, learning curve area over the first 10 mini-batches of each task, the score before them included."""
    return lca(history, reference, score, beta=10)
