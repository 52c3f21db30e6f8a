"""Verdicts: from one number per run to `reproduced`, `not shown at this scale` or `contradicted`.

Every statement of a claim comes down to one number per seed (a paired difference, a level, a rank correlation), and
their mean to an interval: Student's, at 95% (`statistics.mean`). With the claim's margin m the number is

    claimed     reproduced                         contradicted
    higher      if the interval lies above m       if it lies below m
    lower       likewise, of the negated number (levels: of the number, with sides exchanged)
    zero        if it lies within (-m, m)          if it lies outside

and otherwise not shown: also where it has no interval, or where an undefined metric (NaN) leaves it without a value. A
claim with several statements is reproduced if all are, and contradicted if one is. Nothing is corrected for the number
of statements: a paper's claims are listed whole, those that fell short among them.
"""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from recollect.claim import Claim
from recollect.errors import MetricWarning
from recollect.experiments.statistics import Estimate, mean

REPRODUCED, NOT_SHOWN, CONTRADICTED = "reproduced", "not shown at this scale", "contradicted"
VERDICTS = (REPRODUCED, NOT_SHOWN, CONTRADICTED)
Values = Mapping[str, Mapping[int, float]]  # arm -> seed -> number of its run


@dataclass(frozen=True)
class Finding:
    """One statement of a claim, and what became of it.

    Attributes:
        what: the number is of, such as `er - finetune`.
        seeds: the number at each seed.
        estimate: its mean and interval.
        verdict: one of the three.
        as_claimed: whether the mean lies on the claimed side of the margin, which is all that `smoke` looks at.
    """

    what: str
    seeds: dict[int, float]
    estimate: Estimate
    verdict: str
    as_claimed: bool


def judge(claim: Claim, values: Values) -> list[Finding]:
    """The findings of a claim: one for every other arm, every arm, or the trend over all arms.

    Args:
        claim: what is stated.
        values: for every arm the number of each run; the same seeds in all.
    """
    findings = []
    for what, seeds in numbers(claim, values):
        estimate = mean_of(seeds)
        sides = _sides(claim, estimate)
        findings.append(Finding(what, seeds, estimate, *sides))
    return findings


def mean_of(seeds: Mapping[int, float]) -> Estimate:
    """The mean over seeds and its interval."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)  # the metric has said why it is NaN
        return mean(list(seeds.values()))


def verdict(findings: Sequence[Finding]) -> str:
    """The verdict on a claim from those on its statements."""
    fell = [finding.verdict for finding in findings]
    if CONTRADICTED in fell:
        return CONTRADICTED
    return REPRODUCED if set(fell) == {REPRODUCED} else NOT_SHOWN


def statement(claim: Claim, what: str) -> str:
    """What is stated about a finding's number, such as `er - finetune > 0.1`."""
    if claim.direction == "zero":
        return f"|{what}| < {claim.margin:g}"
    if claim.direction == "higher":
        return f"{what} > {claim.margin:g}"
    return f"{what} < {claim.margin if claim.test == 'level' else -claim.margin or 0:g}"


def numbers(claim: Claim, values: Values) -> Iterator[tuple[str, dict[int, float]]]:
    """What the statements of a claim are about: a name, and one number per seed."""
    first, *others = (values[arm.name] for arm in claim.arms)
    names = [arm.name for arm in claim.arms]
    if claim.test == "compare":
        for name, other in zip(names[1:], others, strict=True):
            yield f"{names[0]} - {name}", {seed: first[seed] - other[seed] for seed in first}
    elif claim.test == "level":
        for name in names:
            yield name, dict(values[name])
    else:
        yield f"order of {len(names)} arms", {seed: _trend([values[name][seed] for name in names]) for seed in first}


def _trend(scores: list[float]) -> float:
    """Spearman's rank correlation of scores with their order; NaN where they are all the same or one is NaN."""
    if np.isnan(scores).any() or not np.ptp(scores):
        return float("nan")
    return float(stats.spearmanr(range(len(scores)), scores).statistic)


def _sides(claim: Claim, estimate: Estimate) -> tuple[str, bool]:
    """The verdict on one statement, and whether its mean is on the claimed side."""
    value, low, high = estimate
    margin = claim.margin
    if claim.direction == "zero":
        shown, against, as_claimed = -margin < low <= high < margin, low > margin or high < -margin, abs(value) < margin
    elif claim.direction == "higher":
        shown, against, as_claimed = low > margin, high < margin, value > margin
    else:
        limit = margin if claim.test == "level" else -margin
        shown, against, as_claimed = high < limit, low > limit, value < limit
    return REPRODUCED if shown else CONTRADICTED if against else NOT_SHOWN, bool(as_claimed)
