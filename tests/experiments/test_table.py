"""The table that ends a comparison."""

from dataclasses import replace

import numpy as np
import pytest

from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.results import Costs, Result, Results
from recollect.experiments.spec import RunSpec
from recollect.experiments.table import estimate, header, mean, rows_of, spell
from recollect.history import History

SPEC = RunSpec("recollect/ToyBlobs-v0", "toy-means")


def history(level):
    made = History(["t"], {"accuracy": "max"})
    for step, score in ((0, 0.0), (1, level)):
        made.append(
            {"accuracy": np.array([score])}, step=step, rows=step, env_steps=0, updates=step, position=step - 1,
            task=step - 1, ended=step > 0,
        )  # fmt: skip
    return made


@pytest.fixture
def results(tmp_path):
    cells = [Cell(arm, seed, replace(SPEC, seed=seed)) for arm in ("good", "bad") for seed in range(3)]
    levels = [0.5, 0.6, 0.7, 0.25, None, None]
    runs = [
        Result(cell, tmp_path, None, None, "lost")
        if level is None
        else Result(cell, tmp_path, history(level), Costs(1000 * (i + 1), 17_610, 8, 0.25), None)
        for i, (cell, level) in enumerate(zip(cells, levels, strict=True))
    ]
    return Results(tmp_path, Experiment("x", tuple(cells), ("accuracy", "intransigence")), runs)


def test_a_row_for_every_arm(results):
    head = header(results)
    assert head[:5] == ("arm", "runs", "mean accuracy", "accuracy", "intransigence")
    (stream, rows), *rest = rows_of(results).items()
    assert (stream, rest) == ("recollect/ToyBlobs-v0", [])
    assert {len(row) for row in rows} == {len(head)}
    good, bad = (dict(zip(head, row, strict=True)) for row in rows)
    assert (good["arm"], good["runs"], good["mean accuracy"]) == ("good", "3/3", "0.600")
    assert good["accuracy"].startswith("0.600 [0.5")
    assert good["intransigence"] == "-"  # it needs a reference
    assert (good["bytes"], good["parameters"], good["updates"], good["seconds"]) == ("2,000", "17,610", "8", "0.2")
    assert (bad["runs"], bad["mean accuracy"], bad["accuracy"]) == ("1/3", "0.250", "0.250")  # one seed: no interval


def test_what_is_not_known_is_a_dash():
    assert mean([]) == estimate([]) == spell([], "seconds") == "-"
    assert mean([1.0, np.nan]) == estimate([1.0, np.nan]) == "-"
    assert spell([1.0, 2.5], "seconds") == "1.8"
    assert spell([999, 1002], "nbytes") == "1,000"
