from pathlib import Path

import pytest

from recollect.cli import main
from recollect.testing.toys import register_toys

FILE = """
stream: recollect/ToyBlobs-v0
arms: [{name: means, agent: toy-means}]
seeds: 2
tuning: {trials: 2, seeds: 1, search: {replay.capacity: [4, 8]}}
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    register_toys()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("recollect.experiments.grid.EXECUTORS", {"local": "inline:Inline"})
    Path("blobs.yaml").write_text(FILE)


def test_what_it_chooses_compare_reads(here, capsys):
    assert main(["tune", "blobs.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-5] == "2 trials, in runs/tuning-blobs/trials.jsonl"
    assert lines[-4].split() == ["arm", "trial", "chosen", "mean", "options"]
    assert lines[-3].endswith("as written")
    assert "replay.capacity=" in lines[-2]
    assert lines[-1] == "next: recollect compare runs/tuning-blobs/chosen.yaml"
    assert main(["compare", "runs/tuning-blobs/chosen.yaml", "--out", "a"]) == 0


def test_ctrl_c_says_how_to_go_on(here, capsys, monkeypatch):
    monkeypatch.setattr("inline.Inline.interrupted", 1)
    assert main(["tune", "blobs.yaml", "--out", "a"]) == 130
    assert capsys.readouterr().err == ("recollect: interrupted; the same command goes on, what is done lies in a\n")
    assert main(["tune", "blobs.yaml", "--out", "a"]) == 0


def test_a_mistake_is_one_line(here, capsys):
    Path("blobs.yaml").write_text(FILE.replace("search", "serch"))
    assert main(["tune", "blobs.yaml"]) == 2
    assert "key of tuning: 'serch' does not exist. Did you mean search" in capsys.readouterr().err
