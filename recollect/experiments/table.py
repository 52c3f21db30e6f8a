"""The tables that end a comparison: scores and costs of every arm, and by how much it differs from the first."""

import warnings
from collections.abc import Iterable

import numpy as np

from recollect.errors import MetricWarning
from recollect.experiments.results import Results
from recollect.experiments.statistics import iqm, mean, paired_difference, probability_of_improvement

COSTS = ("nbytes", "parameters", "updates", "seconds")
UNKNOWN = "-"


def header(results: Results) -> tuple[str, ...]:
    """The titles of `rows_of`: every metric is a mean over seeds with Student's 95% interval."""
    metrics = results.experiment.metrics
    return "arm", "runs", *metrics, f"iqm {metrics[0]}", "bytes", *COSTS[1:]


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
            cells = [*map(estimate, values), middle(values[0])]
            cells += [spell([getattr(cost, name) for cost in costs], name) for name in COSTS]
            done = sum(run.history is not None for run in wanted)
            found.setdefault(stream, []).append((arm, f"{done}/{len(wanted)}", *cells))
    return found


def differences_of(results: Results) -> dict[str, list[tuple[str, ...]]]:
    """For every stream the titles, and a row for every arm but the first: the deciding metric, less the first arm's.

    The difference is taken seed by seed, over the seeds that both arms have finished, with Student's 95% interval; the
    share of pairs of runs in which the arm's number is the higher one counts ties as half.
    """
    name = results.experiment.metrics[0]
    found: dict[str, list[tuple[str, ...]]] = {}
    for stream, arms in results.table(name).items():
        first, *others = [arm for arm in results.experiment.arms if arm in arms]
        rows = []
        for arm in others:
            seeds = sorted(arms[first].keys() & arms[arm].keys())
            ours, theirs = ([arms[one][seed] for seed in seeds] for one in (arm, first))
            if seeds and not np.isnan([*ours, *theirs]).any():
                chance = probability_of_improvement(ours, theirs).value
                rows.append((arm, str(len(seeds)), str(paired_difference(ours, theirs)), f"{chance:.2f}"))
        if rows:
            found[stream] = [("arm", "seeds", f"{name}, less that of {first}", "higher in pairs"), *rows]
    return found


def estimate(values: list[float]) -> str:
    """The mean over seeds, and its interval where there are two seeds or more."""
    if not values:
        return UNKNOWN
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        return str(mean(values))


def middle(values: list[float]) -> str:
    """The interquartile mean over seeds."""
    return f"{iqm(values):.3f}" if values and not np.isnan(values).any() else UNKNOWN


def spell(values: Iterable[float], name: str) -> str:
    """The mean of a cost over seeds."""
    listed = list(values)
    if not listed:
        return UNKNOWN
    return f"{np.mean(listed):,.1f}" if name == "seconds" else f"{np.mean(listed):,.0f}"
