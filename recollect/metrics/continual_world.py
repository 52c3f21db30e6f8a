"""Continual World's three numbers, for streams whose scores lie between 0 and 1 (success rates).

A task that comes twice counts at each of its positions. Every end is the mean of the last 5 evaluations of its
position (fewer where it has fewer), as published, because success rates are noisy. Published values are of the
stochastic policy; what a history holds is how the agent acts in tests.
Source: Wolczyk et al. 2021, Continual World, arXiv:2105.10919, section 4, and its code (results_processing).
"""

from collections.abc import Sequence

import numpy as np

from recollect.errors import OptionError
from recollect.history import History
from recollect.metrics.matrix import defined, oriented, segments, sign, undefined

NONE_ENDED = "no task has ended"


def cw_performance(
    history: History, reference: History | None = None, score: str | None = None, *, last: int = 5
) -> float:
    """Average performance P(T): the mean score of ALL tasks at the end, also of those that were never trained.

    P(T) = (1/N) sum_i p_i(T), in the score's own units. `accuracy` is over the tasks met. NaN without evaluations.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        last: evaluations, of the position trained last, that make the end. The published formula has 1, the code that
            made the published tables 5.

    Raises:
        OptionError: if `last` is below 1.
    """
    _check(last)
    if not len(history):
        return undefined("cw-performance", "there is no evaluation")
    A, position = oriented(history, score), history.position
    tail = A[-last:][position[-last:] == position[-1]]  # (n, T)
    return defined("cw-performance", np.mean(tail) * sign(history, score))


def cw_forgetting(
    history: History, reference: History | None = None, score: str | None = None, *, last: int = 5
) -> float:
    """Forgetting: by how much tasks are worse at the end than at their own, averaged over ALL positions.

    F = (1/N) sum_i ( p_i(i Delta) - p_i(T) ), with scores of direction "min" negated: positive is bad. The last
    position counts too, with 0, so F is (N-1)/N of `forg` but for the means over evaluations. T is the last task end.
    NaN before a task has ended.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        last: evaluations of a position that make its end (paper: 5).

    Raises:
        OptionError: if `last` is below 1.
    """
    _check(last)
    A = oriented(history, score)  # (E, T)
    starts, ends, trained = segments(history)  # (P,), (P,), (P,)
    if not len(ends):
        return undefined("cw-forgetting", NONE_ENDED)
    tails = np.maximum(starts, ends - last)  # (P,)
    own = [A[a:b, task].mean() for a, b, task in zip(tails, ends, trained, strict=True)]
    return defined("cw-forgetting", np.mean(own - A[tails[-1] : ends[-1]].mean(axis=0)[trained]))


def cw_forward_transfer(
    history: History, reference: History | Sequence[History] | None = None, score: str | None = None
) -> float:
    """Forward transfer: how much of what single-task training leaves to be gained is gained by having learned before.

    FT = (1/N) sum_i ( AUC_i - AUC^b_i ) / ( 1 - AUC^b_i ), AUC_i the mean of p_i over the evaluations of its own
    position, AUC^b_i the same of a run that trains task i alone, from scratch, with the same budget and the same
    evaluations. 1 stands for the best score: for scores of direction "min" (error rates) it is 0, and all are negated,
    so that errors and accuracies give the same number. Positive is good, at most 1, with no bound below.

    A reference counts for the task that it trained first, found by the task's name, over its first position; its stream
    may have other tasks too. Published numbers take means over seeds before the ratio: give the references of all
    seeds, each task's are averaged here, and average the results of the histories of all seeds: since the ratio is
    linear in AUC_i, that is the same number. NaN where a task has no reference, or its references leave nothing to be
    gained.

    Args:
        history: of the run.
        reference: histories of single-task runs, at least one for each task trained.
        score: which score, with values in 0 to 1; None: the primary one.
    """
    starts, ends, trained = segments(history)  # (P,), (P,), (P,)
    if reference is None:
        return undefined("cw-forward-transfer", "it needs references, one history of each task trained alone")
    if not len(ends):
        return undefined("cw-forward-transfer", NONE_ENDED)
    alone = _areas_alone([reference] if isinstance(reference, History) else reference, score or history.primary)
    names = [history.tasks[task] for task in trained]
    if missing := sorted(set(names) - set(alone)):
        return undefined("cw-forward-transfer", f"there is no reference of {', '.join(missing)} trained alone")
    A, best = oriented(history, score), 1.0 if sign(history, score) == 1 else 0.0  # (E, T)
    areas = np.array([A[a:b, task].mean() for a, b, task in zip(starts, ends, trained, strict=True)])  # (P,)
    theirs = np.array([np.mean(alone[name]) for name in names])  # (P,)
    if (theirs >= best).any():
        full = names[int(np.argmax(theirs >= best))]
        return undefined("cw-forward-transfer", f"the reference of {full} leaves nothing to be gained")
    return defined("cw-forward-transfer", np.mean((areas - theirs) / (best - theirs)))


def _areas_alone(references: Sequence[History], score: str) -> dict[str, list[float]]:
    """AUC^b of every reference, under the name of the task that it trained first."""
    areas: dict[str, list[float]] = {}
    for one in references:
        starts, ends, trained = segments(one)
        if len(ends):
            curve = oriented(one, score)[starts[0] : ends[0], trained[0]]
            areas.setdefault(one.tasks[trained[0]], []).append(float(curve.mean()))
    return areas


def _check(last: int) -> None:
    if isinstance(last, bool) or not isinstance(last, int | np.integer) or last < 1:
        raise OptionError(f"last is a number of evaluations, a whole number of at least 1, got {last!r}")
