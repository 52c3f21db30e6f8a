"""The page: everything in one file, which asks for nothing else and can be read in twenty years."""

import json
from pathlib import Path
from typing import Any

from recollect.checkpoint import replace_text
from recollect.errors import CheckpointError, require
from recollect.experiments.experiment import FILE, Cell
from recollect.experiments.report.chart import arm_tone, spoken
from recollect.experiments.report.palette import RAMP, SEQUENCE, THEMES, TONES
from recollect.experiments.report.panel import panels
from recollect.experiments.report.paper import draw
from recollect.experiments.report.sections import Section, sections
from recollect.experiments.report.summary import spell, spell_cost
from recollect.experiments.results import Results
from recollect.folder import SPEC, versions

require("jinja2", "the report", "report")
require("plotly", "the report", "report")

import jinja2  # noqa: E402
from plotly.offline import get_plotlyjs  # noqa: E402

PARTS = ("page.css", "drawing.js", "page.js")  # put into the page


def write(results: Results, path: str | Path, png: bool = False) -> Path:
    """Writes the report of `results` to `path`; an older page stays until the new one is whole.

    Args:
        results: of an experiment, or gathered from runs (`report.gathering.gather`).
        path: of the page; `.html` is added where it is lacking.
        png: also draw the figures as PNG and PDF, into a folder beside the page called `<page>-figures`.

    Returns:
        The page.

    Raises:
        CheckpointError: if nothing can be shown, or the page cannot be written.
        MissingExtra: without plotly or jinja2.
    """
    shown, failures = panels(results)
    if not shown:
        reason = f"{failures[0].directory}: {failures[0].reason}" if failures else "no run was asked for"
        raise CheckpointError(f"{results.directory} has no finished run to report ({reason})")
    found = sections(shown, results.experiment.metrics)
    page = Path(path) if Path(path).suffix == ".html" else Path(f"{path}.html")
    charts = [chart for section in found for group in section.groups for chart in group.charts]
    text = _template().render(
        title=results.experiment.name, sections=found, failures=failures,
        data=_script([chart.as_json for chart in charts]), plotly=get_plotlyjs(), parts=_parts(),
        palette=_palette(), arms=_arms(results, found), facts=_facts(results), runs=len(results.runs),
        axes=_axes(found), specs=_specs(results),
    )  # fmt: skip
    try:
        page.parent.mkdir(parents=True, exist_ok=True)
        replace_text(page, text)
        if png:
            draw(found, page.with_name(f"{page.stem}-figures"))
    except OSError as error:
        raise CheckpointError(f"cannot write the report {page}: {error.strerror or error}") from error
    return page


def _template() -> jinja2.Template:
    place = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=place, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters |= {"spell": spell, "spell_cost": spell_cost, "spoken": spoken, "tone": arm_tone}
    return environment.get_template("page.html.jinja")


def _script(data: Any) -> str:
    """JSON that may stand inside a script element, whatever names of tasks and arms hold."""
    return json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c").replace("\u2028", "\\u2028")


def _parts() -> dict[str, str]:
    return {name.replace(".", "_"): (Path(__file__).parent / name).read_text(encoding="utf-8") for name in PARTS}


def _palette() -> dict[str, dict[str, str]]:
    """Variables of the page's style, by theme."""
    lists = {"tone": TONES, "seq": SEQUENCE, "ramp": RAMP}
    return {
        theme: {f"{name}-{i}": colour for name, one in lists.items() for i, colour in enumerate(one[theme])}
        for theme in THEMES
    }


def _arms(results: Results, found: list[Section]) -> list[dict[str, Any]]:
    """Every arm that is shown: its name, colour, parts, and seeds."""
    shown = {arm.name: arm for section in found for arm in section.panel.arms}
    cells: dict[str, list[Cell]] = {name: [] for name in shown}
    for cell in results.experiment.cells:
        if cell.arm in cells:
            cells[cell.arm].append(cell)
    return [
        {
            "name": name, "tone": shown[name].number % len(TONES["light"]), "spec": mine[0].spec,
            "seeds": sorted({cell.seed for cell in mine}),
        }
        for name, mine in sorted(cells.items(), key=lambda item: shown[item[0]].number)
    ]  # fmt: skip


def _axes(found: list[Section]) -> dict[str, str]:
    """What the horizontal axis of curves may count, as far as any run has counted it."""
    names = {"rows": "rows met", "updates": "updates", "step": "steps", "env_steps": "environment steps"}
    charts = [chart for section in found for group in section.groups for chart in group.charts]
    counted = {key for chart in charts for table in chart.spec.get("axes", []) for key in table}
    return {key: name for key, name in names.items() if key in counted}


def _facts(results: Results) -> dict[str, str]:
    """Where the numbers come from: command, machine, versions."""
    facts = {"folder": str(results.directory)}
    try:
        found = json.loads((results.directory / FILE).read_text())
        machine = ", ".join(f"{key} {value}" for key, value in found["machine"].items())
        facts |= {"command": str(found["command"]), "machine": machine}
    except (OSError, ValueError, KeyError, AttributeError):
        pass  # runs that no experiment made
    seen = {}
    for run in results.finished:
        try:
            versions_of = json.loads((run.directory / SPEC).read_text())["versions"]
            seen[", ".join(f"{key} {value}" for key, value in versions_of.items())] = None
        except (OSError, ValueError, KeyError, AttributeError):
            continue
    here = ", ".join(f"{key} {value}" for key, value in versions().items())
    return facts | {"versions of the runs": "; ".join(seen) or "not known", "versions of this page": here}


def _specs(results: Results) -> str:
    """Every spec, as JSON."""
    return json.dumps([{"arm": c.arm, **c.spec.as_json()} for c in results.experiment.cells], indent=1)
