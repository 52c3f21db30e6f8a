"""Results that nobody had to train for: histories made by hand, in folders like those of runs."""

import json
from pathlib import Path

import numpy as np
import pytest

from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.results import Costs, Result, Results
from recollect.experiments.spec import RunSpec
from recollect.history import History

SCORES = {"accuracy": "max"}


def history(tasks=3, per=10, seed=0, scores=None, schedule=None, level=0.9):
    """Tasks of `per` steps, evaluated at every step; old tasks fall by half at a switch, and come back."""
    scores, rng = scores or SCORES, np.random.default_rng(seed)
    made = History([f"task {i}" for i in range(tasks)], scores)
    order = list(range(tasks)) if schedule is None else schedule
    step, met = 0, []
    for position, task in [(-1, -1), *enumerate(order)]:
        for at in range(per if position >= 0 else 1):
            step += position >= 0
            met = met if task < 0 or task in met else [*met, task]
            values = np.full(tasks, 0.1)
            values[met] = level - (0.4 if at == 0 and position > 0 else 0.0) + 0.01 * rng.standard_normal(len(met))
            given = {name: values if way == "max" else 3 * (1 - values) for name, way in scores.items()}
            made.append(
                given, step=step, rows=8 * step, env_steps=0, updates=step, position=position, task=task,
                ended=position >= 0 and at == per - 1,
            )  # fmt: skip
    return made


def lines(memory=20, tasks=3, per=10, pictures=None):
    """What the observer `contents` writes of a memory that fills up and is shared among tasks."""
    return [
        {
            "step": step, "task": max((step - 1) // per, -1 if step == 0 else 0), "ended": step % per == 0 and step > 0,
            "rows": min(step, memory), "capacity": memory,
            "tasks": {str(task): min(step, memory) // tasks for task in range(tasks)} if step else None,
            "classes": {"0": min(step, memory)} if step else None,
            "age": [0.0, step / 4, step / 2, 3 * step / 4, float(step)] if step else None,
            "pictures": pictures if step % per == 0 and step else None,
        }
        for step in range(0, tasks * per + 1, 5)
    ]  # fmt: skip


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
