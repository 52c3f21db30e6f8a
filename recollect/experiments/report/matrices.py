"""The task x task heat map: the score of every task after each one was trained."""

import numpy as np

from recollect.experiments.report.chart import Chart, few, numbers, plain
from recollect.experiments.report.curves import join
from recollect.experiments.report.panel import Panel
from recollect.experiments.report.summary import spell

WRITTEN = 150  # cells, at most, that show their number
RAMP = [[place / 4, f"var(--ramp-{place})"] for place in range(5)]


def matrices(panel: Panel, score: str) -> list[Chart]:
    """One for each arm, means over seeds; the same colours mean the same in all."""
    found = {}
    for arm in panel.arms:
        joined = join(arm.histories, score)
        ends = np.flatnonzero(joined.ended)
        ends = ends[few(len(ends))]
        found[arm.name] = (joined.scores[:, ends].mean(0), joined.task[ends])  # (P, T), (P,)
    drawn = [values for values, _ in found.values() if np.isfinite(values).any()]
    low, high = (min(map(np.nanmin, drawn)), max(map(np.nanmax, drawn))) if drawn else (0.0, 1.0)
    span = (0.0, 1.0) if low >= 0 and high <= 1 else (float(low), float(high))
    return [_matrix(panel, score, name, *one, span) for name, one in found.items() if len(one[0])]


def _matrix(
    panel: Panel, score: str, arm: str, values: np.ndarray, trained: np.ndarray, span: tuple[float, float]
) -> Chart:
    after = [f"{number + 1} {panel.tasks[task]}" for number, task in enumerate(trained)]
    text = [[spell(value) for value in row] for row in values]
    cells = {
        "type": "heatmap", "z": numbers(values),
        "x": [plain(f"{i + 1} {name}", 24) for i, name in enumerate(panel.tasks)],
        "y": [plain(name, 24) for name in after], "zmin": span[0], "zmax": span[1], "xgap": 2, "ygap": 2,
        "colorscale": RAMP, "reversescale": panel.directions[score] == "min", "text": text,
        "hovertemplate": "%{x}<br>after %{y}<br>" + plain(score) + " %{text}<extra></extra>",
        "colorbar": {"thickness": 10, "outlinewidth": 0, "len": 0.9},
    }  # fmt: skip
    if values.size <= WRITTEN:
        cells["texttemplate"] = "%{text}"
    own = [
        {
            "type": "rect", "x0": int(task) - 0.5, "x1": int(task) + 0.5, "y0": row - 0.5, "y1": row + 0.5,
            "line": {"color": "var(--ink)", "width": 2},
        }
        for row, task in enumerate(trained)
    ]  # fmt: skip
    layout = {
        "yaxis": {"autorange": "reversed", "title": {"text": "after training"}, "showgrid": False, "automargin": True},
        "xaxis": {"title": {"text": "scored on"}, "showgrid": False, "automargin": True},
        "shapes": own, "height": 190 + 30 * min(len(values), 16),
    }  # fmt: skip
    label = f"{score} of {arm} on every task after each task was trained, {len(values)} by {len(panel.tasks)}"
    table = [["after", *panel.tasks], *([name, *row] for name, row in zip(after, text, strict=True))]
    return Chart(arm, label, {"kind": "plot", "data": [cells], "layout": layout}, table, arm=arm)
