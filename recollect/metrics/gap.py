"""The stability gap in numbers: how deep old tasks fall after a switch, how long it takes them to come back.

A gap is what one old task i does while the task after switch j is trained: the evaluations n with t_j < n <= t_{j+1}.
There is one for every switch and every task that ended before it, but the one trained after it. These numbers are
not in De Lange, van de Ven and Tuytelaars 2023, arXiv:2205.13452, but made here from its curves, hence the x.
They need evaluations between task ends (`evaluate_every=1` sees every step).
"""

from collections.abc import Iterator
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from recollect.errors import OptionError
from recollect.history import History
from recollect.metrics.matrix import defined, oriented, segments, undefined

NO_SWITCH = "it needs two tasks that have ended"


class Gap(NamedTuple):
    """One old task while another is trained."""

    before: float  # R[j, i], at the switch
    curve: np.ndarray  # (n,) A(E_i, f_n) after it, up to the end of the position, oriented
    updates: np.ndarray  # (n,) gradient steps at each of them

    @property
    def depth(self) -> float:
        """How far the lowest point lies below the score at the switch."""
        return float(self.before - self.curve.min())


def x_gap_depth(
    history: History, reference: History | None = None, score: str | None = None, *, switches: int | None = None
) -> float:
    """Gap depth: how far an old task falls after a switch, averaged over switches and old tasks.

    D_ij = R[j, i] - min_{t_j < n <= t_{j+1}} A(E_i, f_n), with scores of direction "min" negated: positive where the
    task fell, negative where it stayed better than it was at the switch. A task that is forgotten already has little
    left to fall, so where much is forgotten the first switch says most. NaN with fewer than two tasks ended.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        switches: how many switches count, from the first; None: all.

    Raises:
        OptionError: if `switches` is below 1.
    """
    depths = [gap.depth for gap in _gaps(history, score, switches)]
    return defined("x-gap-depth", np.mean(depths)) if depths else undefined("x-gap-depth", NO_SWITCH)


def x_gap_area(
    history: History, reference: History | None = None, score: str | None = None, *, switches: int | None = None
) -> float:
    """Gap area: how far an old task lies below its score at the switch on average, over switches and old tasks.

    sum over t_j < n <= t_{j+1} of max(0, R[j, i] - A(E_i, f_n)), divided by the number of these evaluations, with
    scores of direction "min" negated. Never negative; it also grows with what is never recovered.
    NaN with fewer than two tasks ended.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        switches: how many switches count, from the first; None: all.

    Raises:
        OptionError: if `switches` is below 1.
    """
    areas = [np.mean(np.maximum(0, gap.before - gap.curve)) for gap in _gaps(history, score, switches)]
    return defined("x-gap-area", np.mean(areas)) if areas else undefined("x-gap-area", NO_SWITCH)


def x_gap_rise(
    history: History, reference: History | None = None, score: str | None = None, *, switches: int | None = None
) -> float:
    """Gap rise: how far an old task comes back after its fall, averaged over switches and old tasks.

    A(E_i, f_{t_{j+1}}) - min_{t_j < n <= t_{j+1}} A(E_i, f_n), with scores of direction "min" negated: never negative,
    0 where a task ends at its lowest point, the gap depth where it comes back to what it was. NaN with fewer than two
    tasks ended.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        switches: how many switches count, from the first; None: all.

    Raises:
        OptionError: if `switches` is below 1.
    """
    rises = [gap.curve[-1] - gap.curve.min() for gap in _gaps(history, score, switches)]
    return defined("x-gap-rise", np.mean(rises)) if rises else undefined("x-gap-rise", NO_SWITCH)


def x_rec90(
    history: History,
    reference: History | None = None,
    score: str | None = None,
    *,
    fraction: float = 0.9,
    to: str = "end",
    switches: int | None = None,
) -> float:
    """rec90: gradient steps from the lowest point of a gap until 90% of the way back is done, mean over gaps.

    The way back leads to the score at the end of the position, A(E_i, f_{t_{j+1}}), so that what is forgotten for good
    does not count as slow recovery. Only gaps of positive depth count, and of them those that recovered: one that
    ends at its lowest point has no recovery time, and is never given the length of its position. Report `x-recovered`,
    the share of gaps that recovered, beside it. NaN where nothing fell or nothing recovered.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        fraction: of the way back, in (0, 1].
        to: where the way back leads: "end", or "before", R[j, i], the score at the switch. With "before" a gap has
            recovered only where the task came back to what it was before.
        switches: how many switches count, from the first; None: all.

    Raises:
        OptionError: if `fraction` or `to` is neither, or `switches` is below 1.
    """
    times = _recoveries(history, score, fraction, to, switches)  # (G,)
    if not len(times):
        return undefined("x-rec90", "no old task fell after a switch")
    found = times[times != np.inf]
    return defined("x-rec90", np.mean(found)) if len(found) else undefined("x-rec90", "no gap has recovered")


def x_recovered(
    history: History,
    reference: History | None = None,
    score: str | None = None,
    *,
    fraction: float = 0.9,
    to: str = "end",
    switches: int | None = None,
) -> float:
    """The share of gaps that recovered, 0 to 1: those whose recovery times `x-rec90` averages.

    With to="end" a gap has recovered where it ends above its lowest point, however little; with to="before" where
    `fraction` of its depth is undone at some evaluation. NaN where nothing fell, or scores are NaN.

    Args:
        history: of the run.
        reference: unused.
        score: which score; None: the primary one.
        fraction: as in `x_rec90`.
        to: as in `x_rec90`.
        switches: how many switches count, from the first; None: all.

    Raises:
        OptionError: if `fraction` or `to` is neither, or `switches` is below 1.
    """
    times = _recoveries(history, score, fraction, to, switches)  # (G,)
    if not len(times):
        return undefined("x-recovered", "no old task fell after a switch")
    return defined("x-recovered", np.mean(np.where(np.isnan(times), times, times != np.inf)))


def _gaps(history: History, score: str | None, switches: int | None) -> Iterator[Gap]:
    """The gaps of the first so many switches, or of all."""
    if switches is not None and (not isinstance(switches, int) or switches < 1):
        raise OptionError(f"switches is None or how many switches count, at least 1, got {switches!r}")
    A = oriented(history, score)  # (E, T)
    starts, ends, trained = segments(history)  # (P,), (P,), (P,)
    old: set[int] = set()
    walk = zip(starts[1:], ends[1:], pairwise(trained.tolist()), strict=True)
    for start, end, (before, current) in islice(walk, switches):
        old.add(before)
        for task in sorted(old - {current}):
            yield Gap(A[start - 1, task], A[start:end, task], history.updates[start:end])


def _recoveries(history: History, score: str | None, fraction: float, to: str, switches: int | None) -> np.ndarray:
    """The recovery time of every gap of positive depth, in gradient steps, inf where there is none; (G,)."""
    if not 0 < fraction <= 1 or to not in ("end", "before"):
        raise OptionError(f"fraction lies in (0, 1] and to is 'end' or 'before', got {fraction!r} and {to!r}")
    return np.array([_recovery(gap, fraction, to) for gap in _gaps(history, score, switches) if not gap.depth <= 0])


def _recovery(gap: Gap, fraction: float, to: str) -> float:
    """Gradient steps from the lowest point until `fraction` of the way back; inf: never; NaN: scores are NaN."""
    if np.isnan(gap.depth):
        return float("nan")
    lowest = int(gap.curve.argmin())
    way = (gap.curve[-1] if to == "end" else gap.before) - gap.curve[lowest]
    enough = fraction * way * (1 - 1e-9)  # so that rounding decides no tie
    back = np.flatnonzero(gap.curve[lowest:] - gap.curve[lowest] >= enough)  # evaluations since the lowest
    return float(gap.updates[lowest + back[0]] - gap.updates[lowest]) if way > 0 and len(back) else float("inf")
