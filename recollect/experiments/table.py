"""The table that ends a comparison: for every arm its scores with intervals, and what they cost."""

import math
import warnings
from collections.abc import Iterable

import numpy as np

from recollect.errors import MetricWarning
from recollect.experiments.results import Results
from recollect.experiments.statistics import interval

COSTS = ("nbytes", "parameters", "updates", "seconds")
UNKNOWN = "-"


def header(results: Results) -> tuple[str, ...]:
    """The titles of the columns; a score is its interquartile mean over seeds with the 95% interval."""
    return "arm", "runs", f"mean {results.experiment.metrics[0]}", *results.experiment.metrics, "bytes", *COSTS[1:]


def rows_of(results: Results) -> dict[str, list[tuple[str, ...]]]:
    """For every stream a row for every arm, under `header`."""
    tables = [results.table(metric) for metric in results.experiment.metrics]
    found: dict[str, list[tuple[str, ...]]] = {}
    for stream in results.experiment.streams:
        for arm in results.experiment.arms:
            wanted = [run for run in results.runs if (run.cell.stream, run.cell.arm) == (stream, arm)]
            if not wanted:
                continue
            values = [list(table.get(stream, {}).get(arm, {}).values()) for table in tables]
            costs = [run.costs for run in wanted if run.costs is not None]
            cells = [mean(values[0]), *map(estimate, values)]
            cells += [spell([getattr(cost, name) for cost in costs], name) for name in COSTS]
            done = sum(run.history is not None for run in wanted)
            found.setdefault(stream, []).append((arm, f"{done}/{len(wanted)}", *cells))
    return found


def mean(values: list[float]) -> str:
    """The mean, to three decimals."""
    return f"{np.mean(values):.3f}" if values and not math.isnan(np.mean(values)) else UNKNOWN


def estimate(values: list[float]) -> str:
    """The interquartile mean over seeds and its interval, where there are two seeds or more."""
    if not values:
        return UNKNOWN
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        found = interval(values)
    if math.isnan(found.value):
        return UNKNOWN
    bounds = "" if math.isnan(found.low) else f" [{found.low:.3f}, {found.high:.3f}]"
    return f"{found.value:.3f}{bounds}"


def spell(values: Iterable[float], name: str) -> str:
    """The mean of a cost over seeds."""
    listed = list(values)
    if not listed:
        return UNKNOWN
    return f"{np.mean(listed):,.1f}" if name == "seconds" else f"{np.mean(listed):,.0f}"
