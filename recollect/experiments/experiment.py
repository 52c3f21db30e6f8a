"""Experiment: arms x streams x seeds, each cell a run of its own; on disk experiment.json above the runs' folders.

runs/comparison/  experiment.json  <stream>/<arm>/seed-<n>/   each the folder of a run, as of recollect.run
"""

import json
import os
import platform
import re
import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from recollect.checkpoint import replace_text
from recollect.errors import CheckpointError, OptionError, RecollectError
from recollect.experiments.plan import cells_of, read_yaml
from recollect.experiments.spec import RunSpec, differences
from recollect.folder import versions
from recollect.registry import registry

FORMAT, FILE = 1, "experiment.json"
METRICS = ("accuracy", "forgetting")
LONGEST = 40  # characters of a stream's options in the name of a folder


@dataclass(frozen=True)
class Cell:
    """One run of an experiment.

    Attributes:
        arm: what is compared, by name.
        seed: the seed of its spec.
        spec: the run.
    """

    arm: str
    seed: int
    spec: RunSpec

    def __post_init__(self) -> None:
        if not slug(self.arm):
            raise OptionError(f"an arm needs a name with letters or digits, got {self.arm!r}")
        if self.seed != self.spec.seed:
            raise OptionError(f"the cell of arm {self.arm!r} has seed {self.seed}, its spec {self.spec.seed}")

    @property
    def stream(self) -> str:
        """The stream's id with its options, such as `recollect/SplitDigits-v0 tasks=2`."""
        return " ".join([self.spec.stream, *(f"{key}={value}" for key, value in self.spec.stream_options.items())])

    @property
    def folder(self) -> Path:
        """Where its run lies below the folder of the experiment."""
        options = " ".join(f"{key}={value}" for key, value in sorted(self.spec.stream_options.items()))
        if len(options) > LONGEST:
            options = f"{zlib.crc32(options.encode()):08x}"
        return Path(slug(f"{self.spec.stream} {options}"), slug(self.arm), f"seed-{self.seed}")


@dataclass(frozen=True)
class Experiment:
    """Runs that are compared with each other.

    Attributes:
        name: in titles.
        cells: the runs.
        metrics: names of the metrics that tables show; the first decides.

    Raises:
        OptionError: without cells, or if two of them are the same.
        UnknownName: for a metric that does not exist.
    """

    name: str
    cells: tuple[Cell, ...]
    metrics: tuple[str, ...] = METRICS

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", tuple(self.cells))
        object.__setattr__(self, "metrics", tuple(self.metrics))
        if not self.cells:
            raise OptionError(f"experiment {self.name!r} has no runs: it needs a stream, an arm and a seed at least")
        if not self.metrics:
            raise OptionError(f"experiment {self.name!r} names no metric: leave metrics out, or name one")
        for name in self.metrics:
            registry.entry("metric", name)
        seen: dict[Path, Cell] = {}
        for cell in self.cells:
            other = seen.setdefault(cell.folder, cell)
            if other is not cell:
                raise OptionError(
                    f"two runs would lie in {cell.folder}: arm {other.arm!r} and arm {cell.arm!r} on {cell.stream} "
                    f"with seed {cell.seed}; give each arm a name, and each seed once"
                )

    @classmethod
    def read(cls, path: str | Path) -> "Experiment":
        """An experiment from a YAML file; docs/experiments.md shows the form.

        Raises:
            OptionError, UnknownName: for a file that cannot be read, and for keys and values that are wrong.
        """
        given = read_yaml(Path(path))
        name = str(given.pop("name", Path(path).stem))
        metrics = given.pop("metrics", METRICS)
        if not isinstance(metrics, list | tuple) or not all(isinstance(one, str) for one in metrics):
            raise OptionError(f"metrics of {path} must be a list of names, got {metrics!r}")
        return cls(name, tuple(Cell(arm, spec.seed, spec) for arm, spec in cells_of(given)), tuple(metrics))

    @property
    def arms(self) -> list[str]:
        """The names of the arms, in order."""
        return list(dict.fromkeys(cell.arm for cell in self.cells))

    @property
    def streams(self) -> list[str]:
        """The titles of the streams, in order."""
        return list(dict.fromkeys(cell.stream for cell in self.cells))

    def misfits(self) -> list[str]:
        """Why which arms cannot run, one sentence each; [] if all can. No network is built."""
        reasons: dict[str, str | None] = {}
        found = []
        for cell in self.cells:
            key = json.dumps(replace(cell.spec, seed=0).as_json(), sort_keys=True)
            if key not in reasons:
                reasons[key] = cell.spec.check()
                if reasons[key]:
                    found.append(f"arm {cell.arm!r} on {cell.stream}: {reasons[key]}")
        return found

    def save(self, directory: str | Path) -> None:
        """Makes `directory` the folder of this experiment; one that is so already may be given further cells.

        Raises:
            CheckpointError: if it belongs to another experiment (it says what differs), holds other things, or cannot
                be written.
        """
        path = Path(directory)
        try:
            taken = path.exists() and (not path.is_dir() or any(not one.name.startswith(".") for one in path.iterdir()))
            if (path / FILE).exists():
                self._require_same(path)
            elif taken:
                raise CheckpointError(f"{path} exists already and is no experiment's folder: choose a new one")
            path.mkdir(parents=True, exist_ok=True)
            replace_text(path / FILE, json.dumps(self._as_json(), indent=1) + "\n")
        except OSError as error:
            raise CheckpointError(f"cannot write {path}: {error.strerror}. Choose a folder you can write") from error

    @classmethod
    def load(cls, directory: str | Path) -> "Experiment":
        """The experiment whose folder this is.

        Raises:
            CheckpointError: if it is none, or experiment.json is damaged or of a newer format.
        """
        path = Path(directory) / FILE
        try:
            found = json.loads(path.read_text())
            number, name, metrics, cells = (found[key] for key in ("recollect_experiment", "name", "metrics", "cells"))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(
                f"{directory} is not the folder of an experiment: {FILE} is missing or damaged"
            ) from error
        if number != FORMAT:
            raise CheckpointError(f"{path} has format {number!r}, this Recollect reads {FORMAT}")
        try:
            made = [Cell(cell["arm"], cell["seed"], RunSpec.from_json(cell["spec"])) for cell in cells]
            return cls(name, tuple(made), tuple(metrics))
        except (RecollectError, KeyError, TypeError) as error:
            raise CheckpointError(f"{path} is damaged: {error}") from error

    def _as_json(self) -> dict[str, Any]:
        machine = {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()}
        cells = [{"arm": cell.arm, "seed": cell.seed, "spec": cell.spec.as_json()} for cell in self.cells]
        return {
            "recollect_experiment": FORMAT, "name": self.name, "metrics": list(self.metrics),
            "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]), "machine": machine, "versions": versions(),
            "cells": cells,
        }  # fmt: skip

    def _require_same(self, path: Path) -> None:
        """Raises CheckpointError unless every run of the folder is one of this experiment, with the same spec."""
        mine = {cell.folder: cell for cell in self.cells}
        for cell in Experiment.load(path).cells:
            if cell.folder not in mine:
                what = f"it has arm {cell.arm!r} on {cell.stream} with seed {cell.seed}, this one has not"
            elif other := differences(cell.spec.as_json(), mine[cell.folder].spec.as_json()):
                what = f"in arm {cell.arm!r} {', '.join(other[:3])}"
            else:
                continue
            raise CheckpointError(f"{path} belongs to another experiment: {what}. Choose another folder with --out")


def slug(title: str) -> str:
    """A title as the name of a folder: lower case, all but letters, digits, . and + as single hyphens."""
    return re.sub(r"[^a-z0-9.+]+", "-", title.lower()).strip("-.")


def one_message(misfits: Iterable[str]) -> str:
    """All misfits as one message."""
    listed = list(misfits)
    return f"{len(listed)} {'arm does' if len(listed) == 1 else 'arms do'} not fit: {'; '.join(listed)}"
