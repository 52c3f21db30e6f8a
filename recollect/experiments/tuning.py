"""Tuning: options chosen on seeds that no comparison uses, with the same number of trials for every arm.

The file of a comparison says how, under `tuning`; arms may search further options of their own:

    tuning:
      trials: 8                    for every arm; the first is the arm as it is written
      seeds: 2                     how many; they lie at 2**31 and above, where a comparison has none
      tasks: 2                     only the first so many tasks; all, if left out
      direction: higher            of the first metric
      search: {agent.lr: {low: 0.003, high: 0.3, log: true}, replay.capacity: [100, 200]}
    arms:
      - {agent: er, penalty: ewc, search: {penalty.strength: {low: 1, high: 10000, log: true}}}
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from recollect.checkpoint import replace_text
from recollect.errors import OptionError
from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.grid import grid
from recollect.experiments.plan import Planned, changed, known, mapping, plan, read_yaml
from recollect.experiments.results import Results
from recollect.experiments.spec import RunSpec
from recollect.folder import versions
from recollect.randomness import seed_for

FIRST_SEED = 2**31  # of tuning; the seeds of comparisons lie below
KEYS = ("trials", "seeds", "tasks", "direction", "search")
RECORD, CHOSEN = "trials.jsonl", "chosen.yaml"
REDRAWS = 100  # for a draw that is not one of those before


@dataclass(frozen=True)
class Tuning:
    """How options are chosen.

    Attributes:
        trials: for every arm.
        seeds: of every trial.
        tasks: the first so many tasks only; None: all.
        direction: of the metric, "higher" or "lower".
        search: what is searched in all arms, as path -> list of values or range.

    Raises:
        OptionError, UnknownName: for what is misspelt or out of range.
    """

    trials: int = 10
    seeds: int = 2
    tasks: int | None = None
    direction: str = "higher"
    search: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("trials", "seeds", "tasks"):
            value = getattr(self, name)
            if name == "tasks" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise OptionError(f"{name} of tuning must be a whole number of at least 1, got {value!r}")
        if self.direction not in ("higher", "lower"):
            raise OptionError(f"direction of tuning must be higher or lower, got {self.direction!r}")

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Tuning":
        """What a file says under `tuning`."""
        said = mapping(given, "tuning")
        known("key of tuning:", said, KEYS)
        mapping(said, "search")
        return cls(**said)


@dataclass(frozen=True)
class Trial:
    """One trial of one arm: the values that were drawn, and the runs with them, one per stream.

    Attributes:
        arm: whose trial.
        number: from 0, which is the arm as it is written.
        values: path -> value.
        specs: one per stream, without a seed.
    """

    arm: str
    number: int
    values: dict[str, Any]
    specs: tuple[RunSpec, ...]


def tune(path: str | Path, directory: str | Path, **options: Any) -> tuple[list[dict[str, Any]], Path]:
    """Runs the trials of an experiment's file, or goes on with them; writes the record and what was chosen.

    Args:
        path: of the YAML file.
        directory: of the trials.
        options: executor, workers, address, retries and progress of `recollect.experiments.grid.grid`.

    Returns:
        The record of all trials, and the file for `recollect compare`.

    Raises:
        KeyboardInterrupt: if it was interrupted; the same call goes on.
        RecollectError: as of `Experiment.read`, `trials_of`, `grid` and `judge`.
    """
    wanted, given = Experiment.read(path), read_yaml(Path(path))
    if late := [cell.seed for cell in wanted.cells if cell.seed >= FIRST_SEED]:
        raise OptionError(f"seed {late[0]} lies among those of tuning: seeds of a comparison are below 2**31")
    tuning, planned = Tuning.of(given), plan(given)
    trials = trials_of(planned, tuning)
    outcomes = grid(experiment_of(wanted.name, trials, tuning, wanted.metrics), directory, **options)
    if any(outcome.status == "interrupted" for outcome in outcomes):
        raise KeyboardInterrupt
    record, best = judge(trials, Results.read(directory), tuning.direction)
    chosen = [replace(one, spec=_with(one.spec, best[one.arm].values, None)) for one in planned]
    return record, write(Path(directory), record, comparison(wanted, chosen), tuning)


def trials_of(planned: list[Planned], tuning: Tuning) -> list[Trial]:
    """The trials of every arm, as many for each.

    Raises:
        OptionError: for an arm with nothing to search, or fewer combinations than trials, and for a wrong range.
    """
    found = []
    for arm in dict.fromkeys(one.arm for one in planned):
        own = [one for one in planned if one.arm == arm]
        search = dict(tuning.search) | own[0].search
        if not search:
            raise OptionError(f"arm {arm!r} has nothing to search: name options under tuning.search, or in the arm")
        for number, values in enumerate(draws(arm, search, tuning.trials)):
            specs = tuple(_with(one.spec, values, tuning.tasks) for one in own)
            found.append(Trial(arm, number, values, specs))
    return found


def draws(arm: str, search: Mapping[str, Any], trials: int) -> list[dict[str, Any]]:
    """`trials` different settings, the first of them empty; arms that search the same path draw the same values."""
    found: list[dict[str, Any]] = [{}]
    attempt = 0
    while len(found) < trials:
        attempt += 1
        if attempt > REDRAWS * trials:
            raise OptionError(
                f"arm {arm!r} has only {len(found)} different settings (the one as written among them), fewer than "
                f"trials: {trials}; every arm gets as many, so search more values, or ask for fewer trials"
            )
        values = {str(path): draw(str(path), space, attempt) for path, space in search.items()}
        if values not in found:
            found.append(values)
    return found


def draw(path: str, space: Any, attempt: int) -> Any:
    """One value of a list, or of a range {low, high, log}: whole numbers where both ends are."""
    if isinstance(space, list) and space:
        return space[seed_for("tuning", path, attempt) % len(space)]
    if not isinstance(space, Mapping) or not {"low", "high"} <= space.keys() <= {"low", "high", "log"}:
        raise OptionError(f"{path} is searched in a list, or in {{low: ..., high: ..., log: true}}, got {space!r}")
    low, high, log = space["low"], space["high"], space.get("log", False)
    numbers = all(isinstance(end, int | float) and not isinstance(end, bool) for end in (low, high))
    if not numbers or not low < high or (log and not low > 0):
        raise OptionError(f"the range of {path} needs low < high, and low > 0 where log is true, got {space!r}")
    part = np.random.default_rng(seed_for("tuning", path, attempt)).random()
    value = math.exp(math.log(low) + part * math.log(high / low)) if log else low + part * (high - low)
    return round(value) if isinstance(low, int) and isinstance(high, int) else float(f"{value:.4g}")


def experiment_of(name: str, trials: list[Trial], tuning: Tuning, metrics: tuple[str, ...]) -> Experiment:
    """The runs of all trials."""
    seeds = range(FIRST_SEED, FIRST_SEED + tuning.seeds)
    cells = [
        Cell(title(trial), seed, replace(spec, seed=seed)) for trial in trials for spec in trial.specs for seed in seeds
    ]
    return Experiment(f"tuning of {name}", tuple(cells), metrics)


def title(trial: Trial) -> str:
    """The name of a trial among the arms of its experiment."""
    return f"{trial.arm} trial {trial.number}"


def judge(trials: list[Trial], results: Results, direction: str) -> tuple[list[dict[str, Any]], dict[str, Trial]]:
    """The record of every trial, and the best of each arm by its mean over streams and seeds; ties go to the first.

    Raises:
        OptionError: if no trial of an arm came to a score.
    """
    table = results.table(results.experiment.metrics[0])
    record, best = [], {}
    for trial in trials:
        runs = [run for run in results.runs if run.cell.arm == title(trial)]
        values = [table.get(run.cell.stream, {}).get(title(trial), {}).get(run.cell.seed, math.nan) for run in runs]
        mean = float(np.mean(values))
        errors = sorted({run.error for run in runs if run.error is not None})
        known_mean = None if math.isnan(mean) else mean
        record.append({"arm": trial.arm, "trial": trial.number, "values": trial.values, "mean": known_mean})
        record[-1] |= {"scores": [None if math.isnan(one) else one for one in values], "errors": errors}
        leader = best.get(trial.arm)
        sign = 1 if direction == "higher" else -1
        if known_mean is not None and (leader is None or sign * mean > sign * leader[0]):
            best[trial.arm] = (mean, trial)
    for trial in trials:
        if trial.arm not in best:
            reasons = dict.fromkeys(error for line in record if line["arm"] == trial.arm for error in line["errors"])
            raise OptionError(
                f"no trial of arm {trial.arm!r} came to a score: {'; '.join(reasons) or 'it is NaN':.300}"
            )
    for line in record:
        line["chosen"] = best[line["arm"]][1].number == line["trial"]
    return record, {arm: trial for arm, (_, trial) in best.items()}


def write(directory: Path, record: list[dict[str, Any]], chosen: dict[str, Any], tuning: Tuning) -> Path:
    """Writes the record of all trials, a line each after one with the settings, and the file of what was chosen."""
    head = {"tuning": vars(tuning), "first_seed": FIRST_SEED, "versions": versions()}
    replace_text(directory / RECORD, "".join(json.dumps(line) + "\n" for line in [head, *record]))
    text = yaml.safe_dump(chosen, sort_keys=False, allow_unicode=True)
    note = f"# chosen by `recollect tune`; {RECORD} beside it has all trials\n# recollect compare {CHOSEN}\n"
    replace_text(directory / CHOSEN, note + text)
    return directory / CHOSEN


def comparison(wanted: Experiment, chosen: list[Planned]) -> dict[str, Any]:
    """The experiment of the chosen arms, on the seeds that were wanted, in the form of a YAML file."""
    streams, arms = [], {}
    for one in chosen:
        stream = {"id": one.spec.stream, "options": one.spec.stream_options}
        streams += [stream] if stream not in streams else []
        plain = one.spec.as_json()
        for key in ("stream", "stream_options", "seed", "device"):
            del plain[key]
        arms[one.arm] = {"name": one.arm, **{key: value for key, value in plain.items() if value not in (None, {})}}
    return {
        "name": wanted.name, "streams": streams, "arms": list(arms.values()), "device": chosen[0].spec.device,
        "seeds": list(dict.fromkeys(cell.seed for cell in wanted.cells)), "metrics": list(wanted.metrics),
    }  # fmt: skip


def _with(spec: RunSpec, values: Mapping[str, Any], tasks: int | None) -> RunSpec:
    """The spec with the drawn values, on the first tasks only where so many are wanted.

    Raises:
        OptionError: if the run has a schedule of its own.
    """
    for path, value in values.items():
        spec = changed(spec, path, value)
    if tasks is None:
        return spec
    if "schedule" in spec.run:
        raise OptionError("tuning on the first tasks needs the stream's own order: leave out run.schedule, or tasks")
    return replace(spec, run={**spec.run, "schedule": list(range(tasks))})
