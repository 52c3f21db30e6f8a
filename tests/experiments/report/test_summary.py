import math

import pytest
from report_histories import history

import recollect
from recollect.experiments.report.panel import panels
from recollect.experiments.report.summary import costs, metrics, spell, spell_cost


def test_metrics_are_means_over_seeds(make):
    runs = [history(seed=seed) for seed in range(3)]
    (panel,), _ = panels(make({"a": runs}))
    (one,) = metrics(panel, "accuracy", ("forgetting",))
    values = [recollect.metric("forgetting")(run) for run in runs]
    assert one.seeds == {"a": values}
    assert one.estimates["a"].value == pytest.approx(sum(values) / 3)
    assert one.meaning == "how far old tasks fell from their best"


def test_metrics_that_no_run_defines_are_left_out(make):
    (panel,), _ = panels(make({"a": [history(tasks=1)]}))
    assert [one.name for one in metrics(panel, "accuracy", ("accuracy", "forgetting"))] == ["accuracy"]


def test_costs_that_nobody_wrote_are_left_out(make):
    (panel,), _ = panels(make({"a": [history()]}, costs=False))
    assert costs(panel) == []
    (panel,), _ = panels(make({"a": [history()], "b": [history()]}))
    assert {one.name: one.seeds["b"] for one in costs(panel)} == {
        "nbytes": [30_000.0], "parameters": [100.0], "updates": [50.0], "seconds": [1.5],
    }  # fmt: skip


def test_numbers_as_they_are_read():
    assert [spell(value) for value in (0.12345, -1e-9, -0.5, 12.345, 1234.5, math.nan)] == [
        *("0.123", "0.000", "-0.500", "12.3", "1,234", "-"),
    ]
    assert [spell_cost("nbytes", 57600.0), spell_cost("seconds", 1234.56)] == ["57,600", "1,234.6"]
    assert spell_cost("updates", math.nan) == "-"
