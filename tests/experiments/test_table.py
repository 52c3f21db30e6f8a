"""The table that ends a comparison."""

from dataclasses import replace

import numpy as np
import pytest

from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.results import Costs, Result, Results
from recollect.experiments.spec import RunSpec
from recollect.experiments.table import differences_of, estimate, header, middle, rows_of, spell
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
    assert head[:5] == ("arm", "runs", "accuracy", "intransigence", "iqm accuracy")
    (stream, rows), *rest = rows_of(results).items()
    assert (stream, rest) == ("recollect/ToyBlobs-v0", [])
    assert {len(row) for row in rows} == {len(head)}
    good, bad = (dict(zip(head, row, strict=True)) for row in rows)
    assert (good["arm"], good["runs"], good["iqm accuracy"]) == ("good", "3/3", "0.600")
    assert good["accuracy"] == "0.600 [0.352, 0.848]"  # 0.6 -+ t(0.975, 2) 0.1 / sqrt(3), t = 4.303
    assert good["intransigence"] == "-"  # it needs a reference
    assert (good["bytes"], good["parameters"], good["updates"], good["seconds"]) == ("2,000", "17,610", "8", "0.2")
    assert (bad["runs"], bad["iqm accuracy"], bad["accuracy"]) == ("1/3", "0.250", "0.250")  # one seed: no interval


def results_of(levels, folder):
    """An experiment from {arm: level of each seed}, None where a run is lost."""
    runs = []
    for arm, listed in levels.items():
        for seed, level in enumerate(listed):
            cell = Cell(arm, seed, replace(SPEC, seed=seed))
            lost = level is None
            runs.append(Result(cell, folder, None if lost else history(level), None, "lost" if lost else None))
    return Results(folder, Experiment("x", tuple(run.cell for run in runs), ("accuracy",)), runs)


def test_arms_are_compared_with_the_first_by_seed(tmp_path):
    levels = {"first": [0.1, 0.2, 0.6], "second": [0.3, 0.4, 0.8], "third": [None, 0.2, 0.8], "lost": [None] * 3}
    (found,) = differences_of(results_of(levels, tmp_path)).values()
    assert found == [
        ("arm", "seeds", "accuracy, less that of first", "higher in pairs"),
        ("second", "3", "0.200 [0.200, 0.200]", "0.78"),  # paired: 0.2 in every seed; 2 + 2 + 3 of 9
        ("third", "2", "0.100 [-1.171, 1.371]", "0.62"),  # 0, 0.2: 0.1 -+ 12.706 * 0.1; (0.5 + 0 + 1 + 1) / 4
    ]


def test_without_a_second_arm_or_a_number_nothing_is_compared(tmp_path):
    assert differences_of(results_of({"only": [0.1, 0.2]}, tmp_path)) == {}
    assert differences_of(results_of({"a": [0.1], "b": [np.nan]}, tmp_path)) == {}


def test_what_is_not_known_is_a_dash():
    assert middle([]) == estimate([]) == spell([], "seconds") == "-"
    assert middle([1.0, np.nan]) == estimate([1.0, np.nan]) == "-"
    assert spell([1.0, 2.5], "seconds") == "1.8"
    assert spell([999, 1002], "nbytes") == "1,000"
