"""reproduce: runs what a paper claims, judges it, and writes down what came of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recollect.claim import Claim
from recollect.errors import RecollectError, SchemaError
from recollect.experiments.claims import Trials, claims_of, mean_costs, numbers_of, trials_of
from recollect.experiments.experiment import FILE, one_message
from recollect.experiments.grid import grid
from recollect.experiments.records import file_of, read_records, write_records
from recollect.experiments.results import Costs
from recollect.experiments.statistics import Estimate
from recollect.experiments.verdict import Finding, judge, mean_of, verdict

RUNS, OUT = Path("runs/reproductions"), Path("reproductions")


@dataclass(frozen=True)
class ArmOutcome:
    """What one arm did.

    Attributes:
        name: of the arm.
        seeds: the claim's number of every run, by seed.
        score: their mean and its interval.
        costs: the mean over runs of bytes, parameters, updates and seconds.
    """

    name: str
    seeds: dict[int, float]
    score: Estimate
    costs: dict[str, float]


@dataclass(frozen=True)
class Reproduction:
    """What became of one claim at one scale.

    Attributes:
        name: of the claim.
        claim: what was claimed.
        scale: how large it was checked.
        arms: what each arm did.
        findings: on each statement.
        where: machine, versions and command of the runs.
        error: why it could not be checked; then there are no arms and findings.
    """

    name: str
    claim: Claim
    scale: str
    arms: tuple[ArmOutcome, ...] = ()
    findings: tuple[Finding, ...] = ()
    where: Mapping[str, Any] | None = None
    error: str | None = None

    @property
    def verdict(self) -> str | None:
        """One of the three; None at the scale `smoke`, and where it could not be checked."""
        return None if self.error is not None or self.scale == "smoke" else verdict(self.findings)

    @property
    def as_claimed(self) -> bool:
        """Whether every mean lies on the claimed side."""
        return self.error is None and all(finding.as_claimed for finding in self.findings)


def reproduce(
    name: str,
    scale: str,
    *,
    runs: str | Path = RUNS,
    out: str | Path = OUT,
    tell: Callable[[str], None] = lambda line: None,
    **how: Any,
) -> list[Reproduction]:
    """Checks all claims of a paper, or one claim, at a scale; what was run before is not run again.

    At the scales `cpu` and `paper` the outcome is written to `<out>/<paper>.<scale>.json`; `smoke` leaves no file.

    Args:
        name: a paper's plugin, such as "stability-gap", or a claim, such as "stability-gap/recovery".
        scale: "smoke", "cpu" or "paper"; claims without it are left out.
        runs: the folder of all runs.
        out: the folder of the files.
        tell: is told what is run next, a line at a time.
        **how: keywords of `grid`: executor, workers, address, retries, progress.

    Raises:
        UnknownName: if there is no such paper, claim or scale.
        SchemaError: if arms cannot run: all of them in one message, before anything runs.
        DataError: if the file of the outcomes is damaged: before anything runs as well.
        KeyboardInterrupt: if it was stopped; the same call goes on.
    """
    named = claims_of(name)
    claims = {one: claim.at(scale) for one, claim in named.items() if scale in claim.scales}
    if not claims:
        next(iter(named.values())).scale(scale)
    planned = {one: trials_of(claim, scale) for one, claim in claims.items()}
    trials = {trial.folder: trial for listed in planned.values() for trial in listed}  # each once
    if misfits := list(dict.fromkeys(line for trial in trials.values() for line in trial.experiment.misfits())):
        raise SchemaError(one_message(misfits))
    if scale != "smoke":
        read_records(file_of(name, scale, out))  # a damaged file is told before hours of runs, not after them
    failed = _run(list(trials.values()), Path(runs), tell, how)
    found = []
    for one, claim in claims.items():
        errors = [failed[trial.folder] for trial in planned[one] if trial.folder in failed]
        if errors:
            found.append(Reproduction(one, claim, scale, error=errors[0]))
        else:
            found.append(_judged(one, claim, scale, [Path(runs) / trial.folder for trial in planned[one]]))
    if scale != "smoke":
        write_records(found, out)
    return found


def _run(trials: list[Trials], runs: Path, tell: Callable[[str], None], how: dict[str, Any]) -> dict[str, str]:
    """Runs every arm; folder -> why one of its runs failed."""
    failed = {}
    for number, trial in enumerate(trials, 1):
        cell = trial.experiment.cells[0]
        tell(f"arm {number} of {len(trials)}: {cell.arm} on {cell.stream}, {len(trial.experiment.cells)} seeds")
        outcomes = grid(trial.experiment, runs / trial.folder, plugins=("jsonl", *trial.observers), **how)
        if any(outcome.status == "interrupted" for outcome in outcomes):
            raise KeyboardInterrupt
        errors = [f"{outcome.directory}: {outcome.error}" for outcome in outcomes if outcome.status == "failed"]
        if errors:
            failed[trial.folder] = errors[0]
    return failed


def _judged(name: str, claim: Claim, scale: str, folders: list[Path]) -> Reproduction:
    """The verdict on a claim whose runs are all finished; the folders are those of its arms, in order."""
    try:
        numbers = [numbers_of(claim, folder) for folder in folders]
    except RecollectError as error:
        return Reproduction(name, claim, scale, error=str(error))
    names = [arm.name for arm in claim.arms]
    arms = tuple(_arm(arm, *one) for arm, one in zip(names, numbers, strict=True))
    findings = judge(claim, {arm.name: arm.seeds for arm in arms})
    where = json.loads((folders[0] / FILE).read_text())
    known = {key: where[key] for key in ("machine", "versions")}
    return Reproduction(name, claim, scale, arms, tuple(findings), known)


def _arm(name: str, seeds: dict[int, float], costs: list[Costs]) -> ArmOutcome:
    return ArmOutcome(name, seeds, mean_of(seeds), mean_costs(costs))
