"""One number per run: metrics, and what the run has cost."""

import math
import warnings
from dataclasses import dataclass

import numpy as np

from recollect.errors import MetricWarning
from recollect.experiments.report.panel import Arm, Panel
from recollect.experiments.statistics import Estimate, mean
from recollect.registry import metric, registry

LEVEL = ("accuracy", "aaa", "learning-accuracy")
LOSS = (  # forgetting, and the stability gap
    *("forgetting", "bwt", "min-acc", "wc-acc", "x-gap-depth", "x-gap-area", "x-rec90", "x-recovered"),
)
COSTS = {"nbytes": "memory, bytes", "parameters": "parameters", "updates": "updates", "seconds": "seconds"}


@dataclass(frozen=True)
class Measured:
    """A metric (or a cost) of every arm of a panel.

    Attributes:
        name: of the metric.
        meaning: in a few words.
        seeds: arm -> the number of each of its runs, NaN where it is undefined.
        estimates: arm -> mean over the runs and 95% interval, NaN where a run's number is.
    """

    name: str
    meaning: str
    seeds: dict[str, list[float]]
    estimates: dict[str, Estimate]

    @property
    def known(self) -> bool:
        """Whether any run has a number."""
        return any(not math.isnan(value) for values in self.seeds.values() for value in values)


def metrics(panel: Panel, score: str, names: tuple[str, ...]) -> list[Measured]:
    """The metrics `names` of one score; those that no run defines are left out."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        for name in names:
            measure = metric(name)
            seeds = {arm.name: [float(measure(h, score=score)) for h in arm.histories] for arm in panel.arms}
            found.append(_measured(name, registry.entry("metric", name).summary, seeds))
    return [one for one in found if one.known]


def costs(panel: Panel) -> list[Measured]:
    """What the runs have cost; those that nobody wrote down are left out."""
    found = [_measured(name, said, {a.name: _cost(a, name) for a in panel.arms}) for name, said in COSTS.items()]
    return [one for one in found if one.known]


def _cost(arm: Arm, name: str) -> list[float]:
    return [float(getattr(run.costs, name)) if run.costs is not None else math.nan for run in arm.runs]


def _measured(name: str, meaning: str, seeds: dict[str, list[float]]) -> Measured:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        return Measured(name, meaning, seeds, {arm: mean(values) for arm, values in seeds.items()})


def spell(number: float) -> str:
    """A number for a table: three decimals, or thousands apart; a hyphen for none."""
    if not np.isfinite(number):
        return "-"
    if abs(number) < 10:
        return f"{0.0 if abs(number) < 5e-4 else number:.3f}"  # no minus before zero
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.3g}"


def spell_cost(name: str, number: float) -> str:
    """A cost for a table: whole numbers, seconds with one decimal."""
    return spell(number) if not np.isfinite(number) else f"{number:,.1f}" if name == "seconds" else f"{number:,.0f}"
