"""Results made by hand, in folders like those of runs."""

import json
from pathlib import Path

import pytest

from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.results import Costs, Result, Results
from recollect.experiments.spec import RunSpec


@pytest.fixture
def make(tmp_path):
    """make(arms={"a": [history, ...]}, ...) -> Results; a string instead of a history is an error."""

    def build(arms, stream="toy/Stream-v0", costs=True, contents=None, metrics=("accuracy", "forgetting")):
        runs = []
        for number, (arm, histories) in enumerate(arms.items()):
            for seed, given in enumerate(histories):
                cell = Cell(arm, seed, RunSpec(stream, "er", replay="reservoir", seed=seed))
                folder = tmp_path / cell.folder
                folder.mkdir(parents=True, exist_ok=True)
                if contents is not None:
                    (folder / "contents.jsonl").write_text("".join(json.dumps(line) + "\n" for line in contents))
                failed = isinstance(given, str)
                cost = Costs(1000 * 30**number, 100, 50, 1.5) if costs and not failed else None
                runs.append(Result(cell, folder, None if failed else given, cost, given if failed else None))
        experiment = Experiment("a comparison", tuple(run.cell for run in runs), metrics)
        return Results(Path(tmp_path), experiment, runs)

    return build
