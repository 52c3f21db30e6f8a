import math

from report_histories import history

from recollect.experiments.report.dots import cost_charts, metric_charts
from recollect.experiments.report.panel import panels
from recollect.experiments.report.summary import costs, metrics


def found(make, arms, name="forgetting", score="accuracy", **options):
    (panel,), _ = panels(make(arms, **options))
    return panel, metrics(panel, score, (name,))


def test_a_metric_has_a_mean_an_interval_and_its_seeds(make):
    panel, measured = found(make, {"a": [history(seed=seed) for seed in range(3)], "b": [history()]})
    (chart,) = metric_charts(panel, measured)
    rings, mean, ring, alone = chart.spec["data"]
    value, low, high = measured[0].estimates["a"]
    assert rings["x"] == measured[0].seeds["a"]
    assert mean["x"] == [value]
    assert mean["error_x"]["arrayminus"] == [value - low]
    assert mean["error_x"]["array"] == [high - value]
    assert "error_x" not in alone
    assert (ring["meta"], mean["meta"]) == ("b", "a")
    assert mean["marker"]["symbol"] != alone["marker"]["symbol"]  # told apart without colours
    assert chart.spec["layout"]["yaxis"]["categoryarray"] == ["a", "b"]


def test_an_arm_without_a_number_keeps_its_row(make):
    undefined = history()
    undefined._columns["scores/accuracy"][:] = math.nan
    panel, measured = found(make, {"a": [undefined], "b": [history()]})
    (chart,) = metric_charts(panel, measured)
    assert [trace["x"] for trace in chart.spec["data"]][:1] == [[]]
    assert chart.spec["layout"]["yaxis"]["categoryarray"] == ["a", "b"]
    assert chart.table[1] == ["a", "-", "-"]


def test_the_score_against_its_costs(make):
    arms = {"a": [history(), history(seed=1)], "b": [history()]}
    panel, measured = found(make, arms, "accuracy")
    memory, updates = cost_charts(panel, "accuracy", measured[0], costs(panel))
    assert memory.title == "accuracy against memory, bytes"
    assert memory.spec["layout"]["xaxis"]["type"] == "log"  # 1,000 and 30,000
    assert updates.spec["layout"]["xaxis"]["range"] == [-2.0, 54.0]
    assert [trace["x"] for trace in memory.spec["data"]] == [[1000.0, 1000.0], [1000.0], [30_000.0], [30_000.0]]
    assert [row[:2] for row in memory.table[1:]] == [["a", "1,000"], ["b", "30,000"]]


def test_unknown_costs_draw_nothing(make):
    panel, measured = found(make, {"a": [history()]}, costs=False)
    assert cost_charts(panel, "accuracy", measured[0], costs(panel)) == []


def test_another_score_is_named(make):
    panel, measured = found(make, {"a": [history(scores={"wer": "min"})]}, "accuracy", "wer")
    assert cost_charts(panel, "wer", measured[0], costs(panel))[0].title == "accuracy (wer) against memory, bytes"
