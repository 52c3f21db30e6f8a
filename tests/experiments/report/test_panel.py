from report_histories import history

from recollect.experiments.report.panel import panels


def test_what_cannot_be_shown_is_a_failure(make):
    results = make({"a": [history(), "it is damaged"], "b": ["it is not finished"], "c": [history(tasks=2)]})
    (panel,), failures = panels(results)
    assert [(arm.name, arm.number, len(arm.runs)) for arm in panel.arms] == [("a", 0, 1)]
    assert [(one.arm, one.seed, one.reason) for one in failures] == [
        ("a", 1, "it is damaged"),
        ("b", 0, "it is not finished"),
        ("c", 0, "its tasks or scores are not those of the other runs on this stream"),
    ]
    assert panel.tasks == ("task 0", "task 1", "task 2")


def test_arms_keep_their_number_where_others_failed(make):
    (panel,), _ = panels(make({"a": ["broken"], "b": [history()]}))
    assert [(arm.name, arm.number) for arm in panel.arms] == [("b", 1)]


def test_nothing_finished_is_no_panel(make):
    assert panels(make({"a": ["broken"]}))[0] == []
