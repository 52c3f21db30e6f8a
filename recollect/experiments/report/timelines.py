"""Score curves: every task of an arm, and the mean over the tasks met so far of all arms."""

from typing import Any

import numpy as np

from recollect.experiments.report.chart import Chart, arm_tone, few, numbers, plain, spoken, task_tone
from recollect.experiments.report.curves import Drawn, Joined, drawn, interval, join, segments
from recollect.experiments.report.palette import NUM_TONES
from recollect.experiments.report.panel import Panel
from recollect.experiments.statistics import Estimate

POINTS = 120_000  # of all curves of a page together
FEWEST, MOST = 40, 1200  # of one curve


def limit_for(curves: int) -> int:
    """How many points each of so many curves may have."""
    return int(np.clip(POINTS // max(curves, 1), FEWEST, MOST))


def timelines(panel: Panel, score: str, limit: int) -> tuple[Chart, list[Chart]]:
    """The mean of the tasks met so far, all arms in one; and every task, one plot for each arm."""
    joined = {arm.name: join(arm.histories, score) for arm in panel.arms}
    means = [(arm, drawn(joined[arm.name].so_far, limit)) for arm in panel.arms]
    axes = [_axes(joined[arm.name], [line]) for arm, line in means]
    series = [
        _series(plain(arm.name), arm_tone(arm.number), line, axes[place][0]) | {"arm": arm.name, "axes": place}
        for place, (arm, line) in enumerate(means)
    ]
    most = max(joined.values(), key=lambda one: len(one.ended))
    better = "higher" if panel.directions[score] == "max" else "lower"
    spec = _spec([table for _, table in axes], series, _segments(most, panel), score)
    spec["range"] = _range(series)
    label = f"Mean {score} of the tasks met so far, {len(panel.arms)} arms compared; {better} is better"
    together = Chart(f"Mean {score} of the tasks met so far", label, spec, _so_far_table(panel, joined), size="wide")
    return together, _by_task(panel, score, limit, joined)


def _by_task(panel: Panel, score: str, limit: int, joined: dict[str, Joined]) -> list[Chart]:
    charts, count = [], len(panel.tasks)
    for arm in panel.arms:
        mine = joined[arm.name]
        lines = [drawn(mine.scores[:, :, task], limit) for task in range(count)]
        at, table = _axes(mine, lines)
        series = [
            _series(plain(name), task_tone(task, count), lines[task], at) for task, name in enumerate(panel.tasks)
        ]
        thinned = any(len(line.at) < len(mine.ended) for line in lines)
        spec = _spec([table], series, _segments(mine, panel), score)
        notes = ["Colours run from the first task to the last."] if count > NUM_TONES else []
        if thinned:
            many = f"{len(mine.ended):,} evaluations"
            notes.append(f"{many}, thinned for drawing; the lowest and highest points are kept.")
        label = f"{score} of every task while {arm.name} learns them one after another, {count} curves"
        charts.append(Chart(arm.name, label, spec, _task_table(panel, mine), arm=arm.name, note=" ".join(notes)))
    shared = _range([line for chart in charts for line in chart.spec["series"]])
    for chart in charts:
        chart.spec["range"] = shared
    return charts


def _spec(axes: list[dict], series: list[dict], parts: list[dict], score: str) -> dict[str, Any]:
    return {"kind": "lines", "axes": axes, "series": series, "segments": parts, "y": score, "range": None}


def _axes(joined: Joined, lines: list[Drawn]) -> tuple[np.ndarray, dict[str, list]]:
    """The evaluations that any of the curves has a point at, and what the counters were there."""
    at = np.unique(np.concatenate([line.at for line in lines]))
    return at, {key: numbers(values[at], 8) for key, values in joined.counters.items() if values.any()}


def _series(name: str, tone: str, line: Drawn, at: np.ndarray) -> dict[str, Any]:
    """A curve; `at` says which places of the axes its points have, null: all."""
    places = None if len(line.at) == len(at) else np.searchsorted(at, line.at).tolist()
    found = {"name": name, "tone": tone, "arm": None, "axes": 0, "at": places, "mean": numbers(line.mean, 4)}
    if np.isfinite(line.low).any():
        found |= {"low": numbers(line.low, 4), "high": numbers(line.high, 4)}
    return found


def _segments(joined: Joined, panel: Panel) -> list[dict[str, Any]]:
    axes = [key for key, values in joined.counters.items() if values.any()]
    return [
        {
            "name": plain(panel.tasks[one["task"]]),
            "from": {key: float(joined.counters[key][one["start"]]) for key in axes},
            "to": {key: float(joined.counters[key][one["end"]]) for key in axes},
        }
        for one in segments(joined)
    ]


def _range(series: list[dict[str, Any]]) -> list[float] | None:
    """The vertical range of all curves: 0 to 1 where their means lie in it, else that of the means."""
    means = [value for one in series for value in one["mean"] if value is not None]
    if not means:
        return None
    low, high = min(means), max(means)
    if low >= 0 and high <= 1:
        return [-0.02, 1.03]
    margin = 0.05 * (high - low) or 1.0
    return [low - margin, high + margin]


def _task_table(panel: Panel, joined: Joined) -> list[list[str]]:
    """Mean and interval of every task at task ends, and the lowest mean in between."""
    ends = np.flatnonzero(joined.ended)
    places = np.concatenate([[0], ends[few(len(ends))]])
    middle, low, high = interval(joined.scores[:, places])  # (places, T)
    head = ["after", "step", *panel.tasks]
    when = ["before learning" if joined.task[i] < 0 else panel.tasks[joined.task[i]] for i in places]
    return [head] + [
        [name, f"{joined.counters['step'][place]:.0f}", *(spoken(Estimate(*one)) for one in zip(*row, strict=True))]
        for name, place, *row in zip(when, places, middle, low, high, strict=True)
    ]


def _so_far_table(panel: Panel, joined: dict[str, Joined]) -> list[list[str]]:
    rows = [["arm", "after", "step", "mean of the tasks met so far"]]
    for name, one in joined.items():
        ends = np.flatnonzero(one.ended)
        places = ends[few(len(ends))]
        for place, *found in zip(places, *interval(one.so_far[:, places]), strict=True):
            rows.append(
                [name, panel.tasks[one.task[place]], f"{one.counters['step'][place]:.0f}", spoken(Estimate(*found))]
            )
    return rows
