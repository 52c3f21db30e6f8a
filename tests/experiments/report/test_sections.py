from report_histories import history, lines

from recollect.experiments.report.panel import panels
from recollect.experiments.report.sections import sections


def found(results):
    return sections(panels(results)[0], results.experiment.metrics)


def test_every_part_of_a_report_in_order(make):
    (section,) = found(make({"a": [history(seed=seed) for seed in range(2)], "b": [history()]}, contents=lines()))
    assert [group.title for group in section.groups] == [
        *("Over time", "Every task", "Task by task", "Forgetting and the stability gap", "What it costs"),
        "What the memory holds",
    ]
    (score,) = section.scores
    assert [one.name for one in score.asked] == ["accuracy", "forgetting"]
    assert {"x-gap-depth", "min-acc"} <= {one.name for one in score.further}
    assert "95% intervals" in score.groups[0].text


def test_one_run_of_one_task_has_what_there_is(make):
    (section,) = found(make({"a": [history(tasks=1)]}, costs=False))
    titles = [group.title for group in section.scores[0].groups]
    assert titles == ["Over time", "Every task", "Task by task", "Forgetting and the stability gap"]
    assert "there are no intervals" in section.scores[0].groups[0].text
    assert section.memory.charts == []


def test_two_scores_are_two_sections(make):
    (section,) = found(make({"a": [history(scores={"intent": "max", "wer": "min"})]}))
    assert [(one.score, one.better) for one in section.scores] == [("intent", "higher"), ("wer", "lower")]
    assert section.scores[1].groups[1].charts[0].spec["y"] == "wer"


def test_the_metric_that_the_experiment_names_first_is_set_against_costs(make):
    (section,) = found(make({"a": [history()]}, metrics=("bwt",)))
    costs = section.scores[0].groups[-1]
    assert costs.charts[0].title == "bwt (accuracy) against memory, bytes"
