import numpy as np
from report_histories import history

from recollect.experiments.report.matrices import matrices
from recollect.experiments.report.panel import panels


def test_the_matrix_is_the_mean_at_task_ends(make):
    runs = [history(seed=seed) for seed in range(2)]
    (panel,), _ = panels(make({"a": runs}))
    (chart,) = matrices(panel, "accuracy")
    (cells,) = chart.spec["data"]
    expected = np.mean([run.scores["accuracy"][run.ended] for run in runs], axis=0)
    assert np.allclose(cells["z"], expected, rtol=1e-4)
    assert cells["y"] == ["1 task 0", "2 task 1", "3 task 2"]
    assert (cells["zmin"], cells["zmax"], cells["reversescale"]) == (0.0, 1.0, False)
    frames = [(shape["x0"], shape["y0"]) for shape in chart.spec["layout"]["shapes"]]
    assert frames == [(-0.5, -0.5), (0.5, 0.5), (1.5, 1.5)]
    assert chart.table[1] == ["1 task 0", *(f"{value:.3f}" for value in expected[0])]


def test_lower_is_better_turns_the_colours_round(make):
    (panel,), _ = panels(make({"a": [history(scores={"wer": "min"})]}))
    (cells,) = matrices(panel, "wer")[0].spec["data"]
    assert cells["reversescale"]
    assert cells["zmax"] > 2


def test_a_cyclic_schedule_and_nan(make):
    run = history(tasks=2, per=3, schedule=[0, 1, 0])
    run._columns["scores/accuracy"][:] = np.nan
    (panel,), _ = panels(make({"a": [run]}))
    (chart,) = matrices(panel, "accuracy")
    assert chart.spec["data"][0]["z"] == [[None, None]] * 3
    assert [shape["x0"] for shape in chart.spec["layout"]["shapes"]] == [-0.5, 0.5, -0.5]
