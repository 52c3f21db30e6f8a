"""One number per run, drawn: metrics by arm, and the score against what it cost."""

import numpy as np

from recollect.experiments.report.chart import Chart, arm_tone, plain, spoken
from recollect.experiments.report.panel import Panel
from recollect.experiments.report.summary import Measured, spell, spell_cost

MARKERS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
WIDE = 20  # costs that differ by more than this factor are drawn on a logarithmic axis


def metric_charts(panel: Panel, found: list[Measured]) -> list[Chart]:
    """One small plot for each metric: mean and interval of every arm, and its seeds."""
    return [_metric(panel, one) for one in found]


def _metric(panel: Panel, one: Measured) -> Chart:
    data = []
    for arm in panel.arms:
        name, tone, seeds = plain(arm.name, 28), arm_tone(arm.number), one.seeds[arm.name]
        kept = [float(value) for value in seeds if np.isfinite(value)]
        dots = {"color": tone, "symbol": "circle-open", "size": 6, "opacity": 0.75}
        data.append(_points(arm.name, kept, [name] * len(kept), dots, "%{x:.4g} (one seed)"))
        value, low, high = one.estimates[arm.name]
        if np.isfinite(value):
            data.append(_points(arm.name, [float(value)], [name], _marker(arm.number), "%{x:.4g} (mean)"))
            data[-1] |= _bars("error_x", value, low, high, tone)
    layout = {
        "yaxis": {
            "type": "category", "categoryorder": "array", "categoryarray": [plain(arm.name, 28) for arm in panel.arms],
            "range": [len(panel.arms) - 0.5, -0.5], "automargin": True, "showgrid": False,
        },
        "xaxis": {"zeroline": True, "nticks": 6, "automargin": True}, "height": 74 + 30 * len(panel.arms),
        "showlegend": False, "margin": {"t": 8, "r": 16},
    }  # fmt: skip
    table = [["arm", "mean [95% interval]", "seeds"]]
    table += [[a.name, spoken(one.estimates[a.name]), ", ".join(map(spell, one.seeds[a.name]))] for a in panel.arms]
    label = f"{one.name}, {one.meaning}: one row for each of {len(panel.arms)} arms"
    spec = {"kind": "plot", "data": data, "layout": layout}
    return Chart(one.name, label, spec, table, note=one.meaning, size="small")


def cost_charts(panel: Panel, score: str, measured: Measured, costs: list[Measured]) -> list[Chart]:
    """A metric of a score against memory bytes, and against updates: a point for each arm whose costs are known."""
    name = measured.name if measured.name == score else f"{measured.name} ({score})"
    wanted = [one for one in costs if one.name in ("nbytes", "updates")]
    return [_against(panel, name, measured, cost) for cost in wanted]


def _against(panel: Panel, name: str, score: Measured, cost: Measured) -> Chart:
    data, table, places = [], [["arm", cost.meaning, name]], []
    for arm in panel.arms:
        spent, pairs = np.array(cost.seeds[arm.name]), np.array(score.seeds[arm.name])
        known = np.isfinite(spent)
        if not known.any():
            continue
        x, estimate = float(spent[known].mean()), score.estimates[arm.name]
        table.append([arm.name, spell_cost(cost.name, x), spoken(estimate)])
        dots = {"color": arm_tone(arm.number), "symbol": "circle-open", "size": 6, "opacity": 0.6}
        whole = known & np.isfinite(pairs)
        data.append(_points(arm.name, spent[whole].tolist(), pairs[whole].tolist(), dots, "%{y:.4g} (one seed)"))
        if np.isfinite(estimate.value):
            places.append(x)
            data.append(_points(arm.name, [x], [float(estimate.value)], _marker(arm.number), "%{x:,.0f}, %{y:.4g}"))
            data[-1] |= _bars("error_y", *estimate, arm_tone(arm.number)) | {"showlegend": True}
    wide = bool(places) and min(places) > 0 and max(places) / min(places) > WIDE
    x_axis = {"title": {"text": plain(cost.meaning), "standoff": 6}, "type": "log" if wide else "linear"}
    if wide:
        x_axis["dtick"] = 1  # powers of ten
    elif places:
        x_axis["range"] = [-0.04 * max(places), 1.08 * max(places) or 1.0]
    layout = {"xaxis": x_axis, "yaxis": {"title": {"text": plain(name)}}, "height": 340, "showlegend": True}
    label = f"{name} against {cost.meaning}, one point for each arm"
    return Chart(f"{name} against {cost.meaning}", label, {"kind": "plot", "data": data, "layout": layout}, table)


def _points(arm: str, x: list, y: list, marker: dict, hover: str) -> dict:
    return {
        "type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker, "meta": arm, "name": plain(arm),
        "showlegend": False,
        "hovertemplate": f"{plain(arm)}: {hover}<extra></extra>",
    }  # fmt: skip


def _marker(number: int) -> dict:
    return {"color": arm_tone(number), "symbol": MARKERS[number % len(MARKERS)], "size": 11}


def _bars(which: str, value: float, low: float, high: float, tone: str) -> dict:
    if np.isnan(low):
        return {}
    up, down = [float(high - value)], [float(value - low)]
    return {which: {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": tone, "width": 5}}
