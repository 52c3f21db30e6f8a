"""What one plot of the page is made of, as plain data: the page draws it with plotly.js, `paper` with matplotlib.

Colours are named, so that they follow the theme: "tone:3" is the fourth of `palette.TONES`, "seq:0.5" the middle of
`palette.SEQUENCE`, "var(--ink)" a variable of the page's style.
"""

import html
import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from recollect.experiments.report.palette import NUM_TONES
from recollect.experiments.report.summary import spell
from recollect.experiments.statistics import Estimate

ROWS = 60  # of a table behind a plot, at most


@dataclass(frozen=True)
class Chart:
    """One plot.

    Attributes:
        title: above it.
        label: what is heard instead of it.
        spec: what is drawn; `kind` says how.
        table: the numbers, the first row being the head.
        arm: whose it is; None where arms are compared.
        note: below it.
        size: "wide", "half" or "small".
    """

    title: str
    label: str
    spec: dict[str, Any]
    table: list[list[str]]
    arm: str | None = None
    note: str = ""
    size: str = "half"

    @property
    def as_json(self) -> dict[str, Any]:
        """What the page needs to draw it."""
        return {"spec": self.spec, "table": self.table, "title": self.title}


@dataclass(frozen=True)
class Group:
    """Plots under one heading."""

    title: str
    text: str
    charts: list[Chart] = field(default_factory=list)


def numbers(values: np.ndarray, digits: int = 5) -> list[Any]:
    """Nested lists of so many digits, null for what is not finite."""
    if values.ndim > 1:
        return [numbers(row, digits) for row in values]
    finite = np.isfinite(values)
    return [float(f"{value:.{digits}g}") if known else None for value, known in zip(values, finite, strict=True)]


def task_tone(task: int, count: int) -> str:
    """The colour of a task: of many they are a scale from the first to the last."""
    return f"tone:{task}" if count <= NUM_TONES else f"seq:{task / (count - 1):.4f}"


def arm_tone(number: int) -> str:
    """The colour of an arm."""
    return f"tone:{number % NUM_TONES}"


def plain(text: str, longest: int = 60) -> str:
    """A name as plotly shows it: it takes some HTML, so that < and & are escaped; long ones are cut."""
    cut = text if len(text) <= longest else f"{text[: longest - 1]}…"
    return html.escape(cut, quote=False)


def spoken(estimate: Estimate) -> str:
    """A number and its interval, for a table."""
    if np.isnan(estimate.low):
        return spell(estimate.value)
    return f"{spell(estimate.value)} [{spell(estimate.low)}, {spell(estimate.high)}]"


def few(count: int, limit: int = ROWS) -> np.ndarray:
    """At most `limit` of `count` places, spread evenly, with the first and the last."""
    return np.unique(np.linspace(0, count - 1, min(count, limit)).round().astype(int)) if count else np.arange(0)


def slug(text: str) -> str:
    """As part of a file's name."""
    return re.sub(r"[^a-z0-9.+]+", "-", text.lower()).strip("-.")
