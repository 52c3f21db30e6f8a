import numpy as np
import pytest
from report_histories import history

from recollect.experiments.report.panel import panels
from recollect.experiments.report.timelines import FEWEST, MOST, limit_for, timelines


def charts(make, arms, score="accuracy", limit=1000):
    (panel,), _ = panels(make(arms))
    return timelines(panel, score, limit)


def test_one_curve_for_every_task(make):
    runs = [history(seed=seed) for seed in range(2)]
    together, (a, b) = charts(make, {"a": runs, "b": [history()]})
    assert [line["name"] for line in a.spec["series"]] == ["task 0", "task 1", "task 2"]
    mean = np.mean([run.scores["accuracy"][:, 1] for run in runs], axis=0)
    assert a.spec["series"][1]["mean"] == pytest.approx(mean.tolist(), rel=1e-3)
    assert a.spec["series"][1]["low"][15] < a.spec["series"][1]["mean"][15] < a.spec["series"][1]["high"][15]
    assert "low" not in b.spec["series"][0]  # one seed
    assert a.spec["axes"][0]["rows"] == [8 * step for step in range(31)]
    assert "env_steps" not in a.spec["axes"][0]  # nobody counted any
    assert a.spec["range"] == b.spec["range"] == [-0.02, 1.03]
    assert [(one["from"]["step"], one["to"]["step"], one["name"]) for one in a.spec["segments"]] == [
        *((0, 10, "task 0"), (10, 20, "task 1"), (20, 30, "task 2")),
    ]
    assert [(line["arm"], line["axes"]) for line in together.spec["series"]] == [("a", 0), ("b", 1)]
    assert together.spec["series"][0]["mean"][0] is None  # no task was met


def test_tables_hold_the_task_ends(make):
    one = history(tasks=2)
    together, (a,) = charts(make, {"a": [one]})
    scores = one.scores["accuracy"]
    assert a.table[0] == ["after", "step", "task 0", "task 1"]
    assert a.table[1] == ["before learning", "0", "0.100", "0.100"]
    assert a.table[3] == ["task 1", "20", f"{scores[20, 0]:.3f}", f"{scores[20, 1]:.3f}"]
    assert together.table[2] == ["a", "task 1", "20", f"{scores[20].mean():.3f}"]


def test_thinned_curves_keep_their_dip_and_say_so(make):
    run = history(tasks=2, per=2000)
    _, (a,) = charts(make, {"a": [run]}, limit=100)
    first = a.spec["series"][0]
    assert len(first["mean"]) <= 100
    assert min(first["mean"][5:]) == pytest.approx(run.scores["accuracy"][2:, 0].min(), abs=1e-3)
    dip = a.spec["axes"][0]["step"][first["at"][first["mean"].index(min(first["mean"][5:]))]]
    assert dip == 2001
    assert a.note == "4,001 evaluations, thinned for drawing; the lowest and highest points are kept."


def test_scores_outside_0_to_1_share_their_range(make):
    _, (a, b) = charts(make, {"a": [history(scores={"wer": "min"})], "b": [history(scores={"wer": "min"})]}, "wer")
    assert a.spec["range"] == b.spec["range"]
    assert a.spec["range"][1] > 2.7


def test_points_are_shared_out():
    assert limit_for(1) == MOST
    assert limit_for(10**6) == FEWEST
    assert FEWEST < limit_for(1000) < MOST
