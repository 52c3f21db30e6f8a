import json

import numpy as np
from report_histories import history, lines, packed

from recollect.experiments.report.memory import STRIPS, held, montage, read, strips
from recollect.experiments.report.panel import panels


def test_counts_are_means_over_runs(make):
    (panel,), _ = panels(make({"a": [history(), history(seed=1)]}, contents=lines()))
    folder = panel.arms[0].runs[1].directory / "contents.jsonl"
    other = [json.loads(line) for line in folder.read_text().splitlines()]
    other[2]["tasks"]["0"] += 2
    folder.write_text("".join(json.dumps(line) + "\n" for line in other[:-1]))
    found = held(panel.arms[0])
    assert found.steps.tolist() == [0, 5, 10, 15, 20, 25]
    assert found.counts["tasks"][0].tolist() == [0, 1, 4, 5, 6, 6]
    assert found.counts["classes"][0].tolist() == [0, 5, 10, 15, 20, 20]
    assert np.isnan(found.ages[0]).all()
    assert found.ages[2].tolist() == [0, 2.5, 5, 7.5, 10]


def test_memories_that_show_nothing(make):
    empty = [line | {"tasks": None, "classes": None, "age": None} for line in lines()]
    (panel,), _ = panels(make({"a": [history()]}, contents=empty))
    assert held(panel.arms[0]) is None
    (panel,), _ = panels(make({"b": [history()]}))
    assert held(panel.arms[0]) is None


def test_a_damaged_line_ends_what_is_read(tmp_path):
    good = [json.dumps(line) for line in lines()]
    (tmp_path / "contents.jsonl").write_text("\n".join([*good[:2], '{"step": 10, "ta', *good[2:]]))
    assert [line["step"] for line in read(tmp_path)] == [0, 5]
    (tmp_path / "contents.jsonl").write_bytes(b"\xff\xfe\x00")
    assert read(tmp_path) == read(tmp_path / "nowhere") == []


def test_pictures_come_back_and_damaged_ones_are_left_out():
    pictures = np.arange(2 * 8 * 8, dtype=np.uint8).reshape(2, 8, 8, 1)
    records = [{"step": step, "task": 0, "pictures": packed(pictures)} for step in range(30)]
    records[3]["pictures"]["data"] = "not base64!"
    records[4]["pictures"]["shape"] = [9, 9, 9, 1]
    records[5]["pictures"] = None
    found = strips(records)
    assert len(found) == STRIPS
    assert (found[0][0], found[-1][0]) == (0, 29)
    assert np.array_equal(found[0][2], pictures)
    assert strips([]) == []


def test_a_montage_is_side_by_side():
    joined = montage(np.stack([np.full((8, 8, 1), 10, np.uint8), np.full((8, 8, 1), 20, np.uint8)]))
    assert joined.shape == (8, 17, 3)
    assert joined[0, :, 2].tolist() == [10] * 8 + [128] + [20] * 8
