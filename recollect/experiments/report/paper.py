"""The figures of the page as files for papers, PNG and PDF, drawn by matplotlib from the same data."""

import html
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from recollect.experiments.report.chart import Chart, Group, slug
from recollect.experiments.report.palette import RAMP, SEQUENCE, TONES
from recollect.experiments.report.sections import Section

STYLE = {
    "font.size": 8, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 8, "legend.frameon": False,
    "legend.fontsize": 6.5, "pdf.fonttype": 42, "axes.linewidth": 0.6, "lines.linewidth": 1.1, "text.parse_math": False,
}  # fmt: skip
WIDTH, COLUMNS, HEIGHT = 7.0, {"wide": 1, "half": 2, "small": 3, "third": 3}, 2.3  # inches; plots side by side
SYMBOLS = {
    "circle": "o", "square": "s", "diamond": "D", "triangle-up": "^", "cross": "P", "x": "X", "star": "*",
    "hexagon": "h",
}  # fmt: skip
DASHES = ("-", "--", ":", "-.", (0, (8, 2)), (0, (8, 2, 1, 2)))
LEGEND = {"columnspacing": 1.0, "handlelength": 1.6}
LABELLED = 12  # tasks or classes, at most, that a legend names


def draw(sections: list[Section], folder: Path) -> list[Path]:
    """One figure for each group of plots, as PNG (300 dpi) and PDF; the files.

    Raises:
        OSError: if they cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with rc_context(STYLE):
        for section in sections:
            named = [(f"{one.score} {group.title}", group) for one in section.scores for group in one.groups]
            for name, group in [*named, ("memory", section.memory)]:
                if not group.charts:
                    continue
                figure = _figure(group)
                figure.draw_without_rendering()
                figure.set_layout_engine("none")  # what takes longest is done once for both files
                for suffix, meta in ((".png", {"Software": None}), (".pdf", {"CreationDate": None})):
                    written.append(folder / f"{slug(f'{section.panel.title} {name}')}{suffix}")
                    figure.savefig(written[-1], dpi=300, metadata=meta)
    return written


def _figure(group: Group) -> Figure:
    columns = min(COLUMNS[group.charts[0].size], len(group.charts))
    rows = -(-len(group.charts) // columns)
    height = max(_height(chart, WIDTH / columns) for chart in group.charts)
    figure = Figure(figsize=(WIDTH, rows * height), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for chart, axis in zip(group.charts, axes, strict=False):
        axis.set_title(chart.title, loc="left")
        (_lines if chart.spec["kind"] == "lines" else _plot)(axis, chart)
        if names := _names(chart):
            width = _columns(names, WIDTH / columns)
            axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=width, **LEGEND)
    for axis in axes[len(group.charts) :]:
        axis.set_axis_off()
    return figure


def _names(chart: Chart) -> list[str]:
    """What the legend of a chart names: all arms; of tasks and classes so many as can be told apart."""
    spec = chart.spec
    shown = spec["layout"].get("showlegend") if spec["kind"] == "plot" else True
    traces = spec.get("series") or [one for one in spec["data"] if one.get("showlegend") or "stackgroup" in one]
    arms = any(one.get("arm") or one.get("meta") for one in traces)
    return [one["name"] for one in traces] if shown and (arms or len(traces) <= LABELLED) else []


def _columns(names: list[str], inches: float) -> int:
    """How many entries of a legend fit side by side."""
    return max(int(inches * 14 / (max(map(len, names)) + 6)), 1)


def _height(chart: Chart, inches: float) -> float:
    """How high a chart is drawn, with its legend."""
    categories = chart.spec.get("layout", {}).get("yaxis", {}).get("categoryarray", [])
    names = _names(chart)
    legend = 0.14 * -(-len(names) // _columns(names, inches)) if names else 0.0
    return (0.75 + 0.17 * len(categories) if categories else HEIGHT) + legend


def _lines(axis: Axes, chart: Chart) -> None:
    spec, key = chart.spec, "rows"
    for number, line in enumerate(spec["series"]):
        tone, at = _colour(line["tone"]), slice(None) if line["at"] is None else line["at"]
        x = np.array(spec["axes"][line["axes"]][key])[at]
        dash = "-" if line["arm"] is None else DASHES[number % len(DASHES)]
        axis.plot(x, _floats(line["mean"]), color=tone, linestyle=dash, label=html.unescape(line["name"]))
        if "low" in line:
            axis.fill_between(x, _floats(line["low"]), _floats(line["high"]), color=tone, alpha=0.18, linewidth=0)
    for part in spec["segments"][:-1]:
        axis.axvline(part["to"][key], color="0.5", linewidth=0.6, linestyle=":")
    axis.set(xlabel="rows met", ylabel=spec["y"])
    if spec["range"]:
        axis.set_ylim(spec["range"])


def _plot(axis: Axes, chart: Chart) -> None:
    data, layout = chart.spec["data"], chart.spec["layout"]
    for name in ("x", "y"):
        given = layout.get(f"{name}axis", {})
        axis.set(**{f"{name}label": html.unescape(given.get("title", {}).get("text", ""))})
        if given.get("type") == "log":
            axis.set(**{f"{name}scale": "log"})
        elif "range" in given:
            axis.set(**{f"{name}lim": given["range"]})
    stacked = [trace for trace in data if "stackgroup" in trace]
    if stacked:
        colours = [_colour(trace["fillcolor"]) for trace in stacked]
        names = [html.unescape(trace["name"]) for trace in stacked]
        axis.stackplot(stacked[0]["x"], [_floats(t["y"]) for t in stacked], colors=colours, labels=names, step="post")
    for before, trace in pairwise([{}, *data]):
        if trace.get("fill") == "tonexty":
            low, high = _floats(before["y"]), _floats(trace["y"])
            axis.fill_between(trace["x"], low, high, color=_colour(trace["line"]["color"]), alpha=0.12, linewidth=0)
        if trace["type"] == "heatmap":
            _cells(axis, trace)
        elif "stackgroup" not in trace:
            _scatter(axis, trace, layout.get("yaxis", {}).get("categoryarray", []))
    if "categoryarray" in layout.get("yaxis", {}):
        names = [html.unescape(name) for name in layout["yaxis"]["categoryarray"]]
        axis.set(yticks=range(len(names)), yticklabels=names)
    if layout.get("xaxis", {}).get("type") == "linear":
        axis.ticklabel_format(axis="x", scilimits=(-3, 5))


def _scatter(axis: Axes, trace: dict[str, Any], categories: list[str]) -> None:
    label = html.unescape(trace["name"]) if trace["showlegend"] else None
    if trace["mode"] == "lines":
        tone, width = _colour(trace["line"]["color"]), trace["line"]["width"]
        axis.plot(trace["x"], _floats(trace["y"]), color=tone, linewidth=width * 0.6, label=label)
        return
    x, y = trace["x"], [categories.index(one) if isinstance(one, str) else one for one in trace["y"]]
    marker = trace["marker"]
    open_ring = marker["symbol"].endswith("-open")
    tone, symbol = _colour(marker["color"]), SYMBOLS[marker["symbol"].removesuffix("-open")]
    face = "none" if open_ring else tone
    look = {"markerfacecolor": face, "markersize": marker["size"] * 0.45, "markeredgewidth": 0.7, "linestyle": "none"}
    axis.plot(x, y, marker=symbol, color=tone, label=label, **look)
    for which in ("x", "y"):
        if f"error_{which}" in trace:
            bars = trace[f"error_{which}"]
            spread = {f"{which}err": [bars["arrayminus"], bars["array"]]}
            axis.errorbar(x, y, fmt="none", ecolor=tone, elinewidth=1, capsize=2, **spread)


def _cells(axis: Axes, trace: dict[str, Any]) -> None:
    stops = RAMP["light"][::-1] if trace.get("reversescale") else RAMP["light"]
    z = np.array([_floats(row) for row in trace["z"]])  # (rows, columns)
    limits = {"vmin": trace.get("zmin"), "vmax": trace.get("zmax")}
    shown = axis.imshow(z, cmap=LinearSegmentedColormap.from_list("ramp", stops), aspect="auto", **limits)
    axis.figure.colorbar(shown, ax=axis, shrink=0.9)
    for name, given in (("x", trace["x"]), ("y", trace["y"])):
        places = np.unique(np.linspace(0, len(given) - 1, min(len(given), 10)).astype(int))
        axis.set(**{f"{name}ticks": places, f"{name}ticklabels": [html.unescape(str(given[i])) for i in places]})
    axis.tick_params(axis="x", rotation=30)
    if "texttemplate" in trace:
        for (row, column), value in np.ndenumerate(z):
            dark = sum(shown.cmap(shown.norm(value))[:3]) < 1.6
            text = trace["text"][row][column]
            axis.text(column, row, text, ha="center", va="center", fontsize=6, color="white" if dark else "black")


def _floats(values: list[Any]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values], float)


def _colour(name: str) -> Any:
    """The colour that a chart names, on white paper."""
    kind, _, value = name.partition(":")
    if kind == "tone":
        return TONES["light"][int(value)]
    if kind == "seq":
        return LinearSegmentedColormap.from_list("seq", SEQUENCE["light"])(float(value))
    return "0.55"
