"""What lies in a folder, as results: an experiment, one run, or a folder of runs."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from recollect.errors import CheckpointError, RecollectError
from recollect.experiments.experiment import FILE, Cell, Experiment, slug
from recollect.experiments.results import Result, Results, read_costs
from recollect.experiments.spec import RunSpec
from recollect.folder import HISTORY, SPEC, Folder
from recollect.history import History
from recollect.settings import Settings

DEPTH = 4  # folders below the one that is given, in which runs are looked for


def gather(directory: str | Path) -> Results:
    """The results in `directory`. Runs that no experiment made are arms by what they were made of.

    Runs that differ in their seed alone are one arm; what cannot be read is a result with an error.

    Raises:
        CheckpointError: if nothing there is a run.
    """
    root = Path(directory)
    if (root / FILE).exists():
        return Results.read(root)
    folders = run_folders(root)
    if not folders:
        raise CheckpointError(
            f"{root} holds no run: a report needs the folder of an experiment, of a run, or of several "
            f"({SPEC} lies in none up to {DEPTH} folders below it)"
        )
    read = [_read(folder) for folder in folders]
    cells = [spec for spec, *_ in read if spec is not None]
    if not cells:
        raise CheckpointError(f"no run in {root} can be read: {read[0][3]}")
    named = iter(_arms(list(zip(cells, (f for f, one in zip(folders, read, strict=True) if one[0]), strict=True))))
    runs = []
    for folder, (spec, history, costs, error) in zip(folders, read, strict=True):
        cell = next(named) if spec is not None else Cell(folder.name, 0, RunSpec(stream="unknown", agent="unknown"))
        runs.append(Result(cell, folder, history, costs, error))
    name = root.resolve().name
    return Results(root, Experiment(name, tuple(run.cell for run in runs if run.cell.spec.stream != "unknown")), runs)


def run_folders(root: Path) -> list[Path]:
    """The folders of runs at or below `root`, sorted, `DEPTH` deep."""
    if (root / SPEC).exists():
        return [root]
    patterns = ["/".join(["*"] * depth + [SPEC]) for depth in range(1, DEPTH + 1)]
    return sorted({path.parent for pattern in patterns for path in root.glob(pattern)})


def _read(path: Path) -> tuple[RunSpec | None, History | None, Any, str | None]:
    """The spec of a run, its history and costs, or why there is none."""
    spec = None
    try:
        folder = Folder(path)
        found = folder.spec()
        spec = _spec(found, folder.settings(found))
        if not folder.complete:
            raise CheckpointError("it is not finished")
        return spec, History.load(path / HISTORY), read_costs(path), None
    except RecollectError as error:
        return spec, None, None, str(error)


def _spec(found: dict[str, Any], settings: Settings) -> RunSpec:
    """What run.json says, as the spec of an experiment's run."""
    stream = json.loads(found["stream"]) if found["stream"] else {"id": str(found["stream_name"])}
    made = dict(found["agent"] or {"name": "agent"})
    made.pop("seed", None)
    default = Settings().as_json()
    run = {key: value for key, value in settings.as_json().items() if value != default[key] and key != "seed"}
    return RunSpec(
        stream["id"], made.pop("name"), stream_options=stream.get("kwargs") or {}, run=run, seed=settings.seed, **made
    )


def _arms(found: list[tuple[RunSpec, Path]]) -> Iterable[Cell]:
    """A cell for every run: its arm is called by its parts, by options that tell it apart, else by its folder."""
    alike: dict[str, dict[str, Any]] = defaultdict(dict)  # title -> configurations that share it
    for spec, _ in found:
        alike[title(spec)].setdefault(_key(spec), _flat(spec))
    taken: set[tuple[str, str, int]] = set()
    for spec, folder in found:
        others, mine = alike[title(spec)].values(), _flat(spec)
        apart = [key for key in mine if len({repr(other.get(key)) for other in others}) > 1]
        name = " ".join([title(spec), *(f"{key.split('.')[-1]}={mine[key]}" for key in apart)])
        if (spec.stream, slug(name), spec.seed) in taken:
            name = f"{name} ({folder.name})"
        taken.add((spec.stream, slug(name), spec.seed))
        yield Cell(name, spec.seed, spec)


def title(spec: RunSpec) -> str:
    """What a run is made of, such as `er + reservoir + ewc`."""
    replay = spec.replay if spec.replay not in (None, "none") else None
    return " + ".join(part for part in (spec.agent, replay, spec.penalty) if part)


def _key(spec: RunSpec) -> str:
    return json.dumps(replace(spec, seed=0).as_json(), sort_keys=True)


def _flat(spec: RunSpec) -> dict[str, Any]:
    """Its values but stream and seed, nested ones by dotted names."""
    given = {key: value for key, value in spec.as_json().items() if key not in ("stream", "stream_options", "seed")}
    nested = {f"{k}.{inner}": v for k, value in given.items() if isinstance(value, dict) for inner, v in value.items()}
    return {key: value for key, value in given.items() if not isinstance(value, dict)} | nested
