import base64
import io

import numpy as np
from matplotlib import image
from report_histories import history, lines, packed

from recollect.experiments.report.holdings import holdings
from recollect.experiments.report.panel import panels


def test_by_task_by_class_and_by_age(make):
    (panel,), _ = panels(make({"a": [history()]}, contents=lines()))
    (tasks, classes, age), galleries = holdings(panel)
    assert [trace["name"] for trace in tasks.spec["data"]] == ["task 0", "task 1", "task 2"]
    assert tasks.spec["data"][0]["y"] == [0, 1, 3, 5, 6, 6, 6]
    assert {trace["stackgroup"] for trace in tasks.spec["data"]} == {"rows"}
    assert [trace["name"] for trace in classes.spec["data"]] == ["class 0"]
    assert [trace["name"] for trace in age.spec["data"]][-1] == "median"
    assert age.spec["data"][-1]["y"][-1] == 15.0
    assert galleries == []


def test_many_kinds_are_a_heat_map(make):
    many = [line | {"classes": {str(i): 1 for i in range(30)}} for line in lines()]
    (panel,), _ = panels(make({"a": [history()]}, contents=many))
    (cells,) = holdings(panel)[0][1].spec["data"]
    assert cells["type"] == "heatmap"
    assert np.shape(cells["z"]) == (30, 7)


def test_generated_rows_are_called_so(make):
    generated = [line | {"tasks": {"-1": 4}} for line in lines()]
    (panel,), _ = panels(make({"a": [history()]}, contents=generated))
    (trace,) = holdings(panel)[0][0].spec["data"]
    assert (trace["name"], trace["fillcolor"]) == ("generated", "var(--muted)")


def test_pictures_are_strips_of_png(make):
    pictures = np.full((3, 8, 8, 1), 200, np.uint8)
    (panel,), _ = panels(make({"a": [history()]}, contents=lines(pictures=packed(pictures))))
    _, (gallery,) = holdings(panel)
    assert [strip.caption for strip in gallery.strips] == [
        f"after task {task}, step {step}: 3 of the stored rows" for task, step in ((0, 10), (1, 20), (2, 30))
    ]
    data = base64.b64decode(gallery.strips[0].source.removeprefix("data:image/png;base64,"))
    shown = image.imread(io.BytesIO(data))
    assert shown.shape[:2] == (8, 26)
    assert np.allclose(shown[0, 0, :3], 200 / 255)


def test_no_contents_no_plots(make):
    (panel,), _ = panels(make({"a": [history()]}))
    assert holdings(panel) == ([], [])
