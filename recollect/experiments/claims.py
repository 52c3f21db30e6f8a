"""From claims to runs, and from runs to one number each.

An arm's runs are an experiment of their own, in a folder named after all that decides them:

    runs/reproductions/er-200-1f0c55aa/recollect-splitdigits-v0/er-200/seed-10/

so claims that compare the same arm share its runs, and an arm that was changed is run anew beside the old one.
"""

import hashlib
import json
import math
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from recollect.claim import Arm, Claim
from recollect.errors import CheckpointError, MetricWarning, PluginError, UnknownName
from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.results import Costs, Result, Results
from recollect.experiments.spec import RunSpec
from recollect.registry import metric, registry


@dataclass(frozen=True)
class Trials:
    """The runs of one arm at one scale: an experiment with one arm.

    Attributes:
        experiment: the runs, one per seed.
        observers: names of what listens to them, beside the experiment's own.
    """

    experiment: Experiment
    observers: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The name of their folder."""
        specs = [cell.spec.as_json() for cell in self.experiment.cells]
        tree = json.dumps([specs, self.observers], sort_keys=True)
        return f"{self.experiment.name}-{hashlib.sha256(tree.encode()).hexdigest()[:8]}"


def papers() -> list[str]:
    """The papers of which something is claimed, by the names of their plugins."""
    return sorted({paper_of(name) for name in registry.names("claim")})


def paper_of(name: str) -> str:
    """The paper of the claim `<paper>/<claim>`."""
    return name.partition("/")[0]


def claims_of(name: str) -> dict[str, Claim]:
    """The claims of a paper, or a single one, by name.

    Raises:
        UnknownName: if there is neither.
        PluginError: if one of them is not a `recollect.claim.Claim`.
    """
    names = [one for one in registry.names("claim") if name in (one, paper_of(one))]
    if not names:
        raise UnknownName("paper or claim", name, [*papers(), *registry.names("claim")])
    found = {one: registry.resolve("claim", one) for one in names}
    for one, claim in found.items():
        if not isinstance(claim, Claim):
            target = registry.entry("claim", one).target
            raise PluginError(f"claim {one!r} must be a recollect.claim.Claim, {target} is a {type(claim).__name__}")
    return found


def trials_of(claim: Claim, scale: str) -> list[Trials]:
    """The runs of every arm, in order.

    Raises:
        OptionError, UnknownName: for an arm that is no run.
    """
    observers = () if claim.observer is None else (claim.observer,)
    return [Trials(_experiment(claim, arm, scale), observers) for arm in claim.arms_at(scale)]


def _experiment(claim: Claim, arm: Arm, scale: str) -> Experiment:
    own = claim.scale(scale)
    same = ("agent", "replay", "capacity", "penalty")
    options = {name: dict(getattr(arm, name)) for name in ("options", "replay_options", "penalty_options")}
    specs = [
        RunSpec(
            stream=own.stream_id or claim.stream, run=dict(own.run), seed=seed,
            stream_options={**own.stream, **arm.stream, **dict.fromkeys(own.seeded, seed)},
            **{name: getattr(arm, name) for name in same}, **options,
        )
        for seed in own.seeds
    ]  # fmt: skip
    return Experiment(arm.name, tuple(Cell(arm.name, spec.seed, spec) for spec in specs))


def numbers_of(claim: Claim, folder: Path) -> tuple[dict[int, float], list[Costs]]:
    """The claim's number of every run below an arm's folder, by seed, NaN where undefined; and what the runs have cost.

    Raises:
        CheckpointError: for a run that is not finished or damaged.
    """
    runs = Results.read(folder).runs
    for run in runs:
        if run.error is not None:
            raise CheckpointError(f"{run.directory}: {run.error}")
    found = {run.cell.seed: _number(claim, run) for run in runs}
    return found, [run.costs for run in runs if run.costs is not None]


def _number(claim: Claim, run: Result) -> float:
    """What the claim is about, of one run: `metric`, or `metric` less `minus`."""
    names = [name for name in (claim.metric, claim.minus) if name is not None]
    if claim.observer is not None:
        figures = registry.resolve("observer", claim.observer).figures(run.directory)
        for name in names:
            if name not in figures:
                raise UnknownName(f"figure of observer {claim.observer!r}:", name, figures)
        values = [figures[name] for name in names]
    else:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MetricWarning)  # it becomes "not shown", and a null in the file
            values = [metric(name)(run.history, score=claim.score, **claim.options) for name in names]
    return float(values[0] - math.fsum(values[1:]))


def mean_costs(costs: Iterable[Costs]) -> dict[str, float]:
    """The mean of every cost over runs; {} without any."""
    listed = list(costs)
    names = ("nbytes", "parameters", "updates", "seconds")
    return {name: math.fsum(getattr(one, name) for one in listed) / len(listed) for name in names if listed}
