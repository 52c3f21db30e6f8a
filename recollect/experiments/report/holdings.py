"""What memories held over time, drawn: by task, by class, by age, and as pictures."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from matplotlib import image

from recollect.experiments.report.chart import Chart, few, numbers, plain, task_tone
from recollect.experiments.report.matrices import RAMP
from recollect.experiments.report.memory import Held, held, montage
from recollect.experiments.report.palette import NUM_TONES
from recollect.experiments.report.panel import Arm, Panel
from recollect.experiments.report.summary import spell

KINDS = {"tasks": "by task", "classes": "by class"}


@dataclass(frozen=True)
class Strip:
    """Pictures that a memory held, side by side in one PNG."""

    caption: str
    source: str
    width: int


@dataclass(frozen=True)
class Gallery:
    """The strips of an arm's first run."""

    arm: str
    strips: list[Strip]


def holdings(panel: Panel) -> tuple[list[Chart], list[Gallery]]:
    """Three plots for each arm whose memory was looked into, and its pictures where rows are pictures."""
    charts, galleries = [], []
    for arm in panel.arms:
        found = held(arm)
        if found is None:
            continue
        charts += [_counts(panel, arm, found, kind) for kind in KINDS if kind in found.counts]
        if np.isfinite(found.ages).any():
            charts.append(_ages(arm, found))
        if found.pictures:
            galleries.append(Gallery(arm.name, [_strip(panel, *one) for one in found.pictures]))
    return charts, galleries


def _counts(panel: Panel, arm: Arm, found: Held, kind: str) -> Chart:
    counts = found.counts[kind]
    names = {key: _name(panel, kind, key) for key in counts}
    x = found.steps.tolist()
    if len(counts) > NUM_TONES + 2:
        z = numbers(np.stack(list(counts.values())))
        bar = {"thickness": 10, "outlinewidth": 0, "title": {"text": "rows"}}
        cells = {"type": "heatmap", "x": x, "y": [plain(one, 20) for one in names.values()], "z": z, "colorscale": RAMP}
        data = [cells | {"colorbar": bar, "hovertemplate": "step %{x}<br>%{y}: %{z} rows<extra></extra>"}]
        y = {"type": "category", "automargin": True, "showgrid": False}
    else:
        data = [
            {
                "type": "scatter", "mode": "lines", "x": x, "y": numbers(rows), "name": plain(names[key], 28),
                "stackgroup": "rows", "hovertemplate": "%{y:.4g} rows",
                "line": {"width": 0.6, "color": "var(--card)", "shape": "hv"},
                "fillcolor": _tone(key, place, counts, panel, kind),
            }
            for place, (key, rows) in enumerate(counts.items())
        ]  # fmt: skip
        y = {"title": {"text": "rows"}, "rangemode": "tozero"}
    layout = {"xaxis": {"title": {"text": "step", "standoff": 6}}, "yaxis": y, "height": 320, "showlegend": True}
    shown = few(len(x), 12)
    table = [["step", *names.values()]]
    table += [[str(x[i]), *(spell(rows[i]) for rows in counts.values())] for i in shown]
    title = f"{arm.name}: {KINDS[kind]}"
    label = f"Rows in the memory of {arm.name} over time, {KINDS[kind]}, {len(counts)} of them"
    return Chart(title, label, {"kind": "plot", "data": data, "layout": layout}, table, arm=arm.name, size="third")


def _tone(key: int, place: int, counts: dict[int, np.ndarray], panel: Panel, kind: str) -> str:
    if key < 0:
        return "var(--muted)"
    if kind == "tasks":
        return task_tone(key, len(panel.tasks))
    return f"seq:{place / max(len(counts) - 1, 1):.4f}"


def _name(panel: Panel, kind: str, key: int) -> str:
    if kind == "tasks" and 0 <= key < len(panel.tasks):
        return panel.tasks[key]
    return "generated" if key < 0 else f"class {key}"


def _ages(arm: Arm, found: Held) -> Chart:
    x, names = found.steps.tolist(), ("youngest", "a quarter is younger", "median", "three quarters are", "oldest")
    data = []
    for place in (0, 4, 1, 3, 2):  # the extremes, the quartiles, the median on top
        line = {"type": "scatter", "mode": "lines", "x": x, "y": numbers(found.ages[:, place]), "name": names[place]}
        line["line"] = {"color": "tone:0", "width": 2.5 if place == 2 else 0.7}
        if place in (4, 3):  # down to the one before
            line |= {"fill": "tonexty", "fillcolor": "var(--veil)"}
        data.append(line | {"showlegend": place == 2, "hovertemplate": "%{y:.4g} steps"})
    layout = {
        "xaxis": {"title": {"text": "step", "standoff": 6}},
        "yaxis": {"title": {"text": "age, steps"}, "rangemode": "tozero"},
    }
    table = [["step", *names]] + [[str(x[i]), *(spell(found.ages[i, k]) for k in range(5))] for i in few(len(x), 12)]
    label = f"Age of the rows in the memory of {arm.name} over time: quantiles in steps"
    spec = {"kind": "plot", "data": data, "layout": layout | {"height": 320, "showlegend": True}}
    note = "From the youngest to the oldest row; darker, the middle half."
    return Chart(f"{arm.name}: by age", label, spec, table, arm=arm.name, note=note, size="third")


def _strip(panel: Panel, step: int, task: int, pictures: np.ndarray) -> Strip:
    after = "before learning" if task < 0 else f"after {panel.tasks[task]}"
    joined = montage(pictures)
    file = io.BytesIO()
    image.imsave(file, np.ascontiguousarray(joined), format="png", metadata={"Software": None})
    source = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return Strip(f"{after}, step {step:,}: {len(pictures)} of the stored rows", source, joined.shape[1])
