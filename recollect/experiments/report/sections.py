"""What is shown of every stream, in order: the numbers, the curves, the matrices, the costs, the memories."""

from dataclasses import dataclass

from recollect.experiments.report.chart import Group
from recollect.experiments.report.dots import cost_charts, metric_charts
from recollect.experiments.report.holdings import Gallery, holdings
from recollect.experiments.report.matrices import matrices
from recollect.experiments.report.panel import Panel
from recollect.experiments.report.summary import LEVEL, LOSS, Measured, costs, metrics
from recollect.experiments.report.timelines import limit_for, timelines


@dataclass(frozen=True)
class ScoreSection:
    """One score of a stream.

    Attributes:
        score: its name.
        better: "higher" or "lower".
        asked: the metrics that the experiment asks for.
        further: those that every report has.
        groups: its plots.
    """

    score: str
    better: str
    asked: list[Measured]
    further: list[Measured]
    groups: list[Group]


@dataclass(frozen=True)
class Section:
    """One stream.

    Attributes:
        panel: its runs.
        scores: one section for each of its scores, the primary one first.
        costs: of its runs.
        memory: plots of what memories held.
        galleries: pictures of it.
    """

    panel: Panel
    scores: list[ScoreSection]
    costs: list[Measured]
    memory: Group
    galleries: list[Gallery]

    @property
    def groups(self) -> list[Group]:
        """All plots, in the order of the page."""
        return [group for score in self.scores for group in score.groups] + [self.memory]


def sections(panels: list[Panel], names: tuple[str, ...]) -> list[Section]:
    """A section for each panel; `names` are the metrics that the experiment asks for, the first decides."""
    curves = sum(len(panel.directions) * len(panel.arms) * (len(panel.tasks) + 1) for panel in panels)
    return [_section(panel, names, limit_for(curves)) for panel in panels]


def _section(panel: Panel, names: tuple[str, ...], limit: int) -> Section:
    spent = costs(panel)
    scores = [_score(panel, score, names, spent, limit) for score in panel.directions]
    charts, galleries = holdings(panel)
    text = "Means over seeds, as the observer contents wrote them at evaluations."
    return Section(panel, scores, spent, Group("What the memory holds", text, charts), galleries)


def _score(panel: Panel, score: str, names: tuple[str, ...], spent: list[Measured], limit: int) -> ScoreSection:
    wanted = tuple(dict.fromkeys([*names, *LEVEL, *LOSS]))
    measured = metrics(panel, score, wanted)
    together, by_task = timelines(panel, score, limit)
    seeds = max(len(arm.runs) for arm in panel.arms)
    band = "Bands are 95% intervals over seeds (Student)." if seeds > 1 else "One seed: there are no intervals."
    groups = [
        Group("Over time", f"Tasks met so far, averaged. {band}", [together]),
        Group("Every task", "Dotted lines are the switches from one task to the next.", by_task),
        Group("Task by task", "Framed: the task that was just trained.", matrices(panel, score)),
    ]
    lost = [one for one in measured if one.name in LOSS]
    if lost:
        text = "Mean and 95% interval of every arm; rings are seeds. Gaps are seen as finely as runs were evaluated."
        groups.append(Group("Forgetting and the stability gap", text, metric_charts(panel, lost)))
    if spent and measured:
        deciding = next((one for one in measured if one.name == names[0]), measured[0])
        charts = cost_charts(panel, score, deciding, spent)
        text = "Memory counts all that a method keeps beyond a plain learner: rows, penalty, frozen teachers."
        groups.append(Group("What it costs", text, charts))
    better = "higher" if panel.directions[score] == "max" else "lower"
    asked = [one for one in measured if one.name in names]
    further = [one for one in measured if one.name not in names]
    return ScoreSection(score, better, asked, further, [group for group in groups if group.charts])
