"""An experiment in Python, in YAML and in its folder."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recollect.errors import CheckpointError, OptionError, UnknownName
from recollect.experiments.experiment import Cell, Experiment, one_message, slug
from recollect.experiments.spec import RunSpec
from recollect.testing.toys import register_toys

register_toys()
SPEC = RunSpec("recollect/ToyBlobs-v0", "toy-means")
EXAMPLE = Path(__file__).parents[2] / "examples/experiment.yaml"


def cell(arm="means", seed=0, **changes):
    return Cell(arm, seed, replace(SPEC, seed=seed, **changes))


def test_the_example_is_read():
    experiment = Experiment.read(EXAMPLE)
    assert experiment.name == "replay on digits"
    assert experiment.metrics == ("accuracy", "forgetting")
    assert experiment.arms == ["none", "fifo", "reservoir", "balanced"]
    assert experiment.streams == ["recollect/SplitDigits-v0 tasks=3"]
    assert [cell.seed for cell in experiment.cells] == [0, 1, 2] * 4
    assert experiment.misfits() == []


def test_where_a_run_lies():
    one = cell("Mean, lr=0.1", 3, stream_options={"num_tasks": 2})
    assert one.folder == Path("recollect-toyblobs-v0-num-tasks-2/mean-lr-0.1/seed-3")
    assert one.stream == "recollect/ToyBlobs-v0 num_tasks=2"
    long = [cell(stream_options={"order": list(range(30 + i))}).folder for i in range(2)]
    assert long[0] != long[1]
    assert all(len(path.parts[0]) < 40 for path in long)
    assert slug("../..") == ""
    assert (slug("DER"), slug("DER++")) == ("der", "der++")  # two methods, two folders
    with pytest.raises(OptionError, match="a name with letters or digits, got '..'"):
        cell("..")


def test_cells_must_be_different_and_whole():
    with pytest.raises(OptionError, match="two runs would lie in recollect-toyblobs-v0/a-b/seed-0: arm 'A b' and"):
        Experiment("x", (cell("A b"), cell("a B")))
    with pytest.raises(OptionError, match="has no runs"):
        Experiment("x", ())
    with pytest.raises(OptionError, match="has seed 1, its spec 0"):
        Cell("a", 1, SPEC)
    with pytest.raises(UnknownName, match="Did you mean accuracy"):
        Experiment("x", (cell(),), ("acuracy",))
    with pytest.raises(OptionError, match="names no metric"):
        Experiment("x", (cell(),), ())


def test_all_misfits_are_told_at_once_and_each_once():
    cells = [cell(seed=seed) for seed in range(3)]
    cells += [cell("q", seed, agent="toy-q") for seed in range(3)]
    cells += [cell("typo", seed, run={"pases": 1}) for seed in range(3)]
    found = Experiment("x", tuple(cells)).misfits()
    assert len(found) == 2
    assert found[0].startswith("arm 'q' on recollect/ToyBlobs-v0: agent 'toy-q' learns from TRANSITION")
    assert found[1].startswith("arm 'typo' on recollect/ToyBlobs-v0: keyword of run: 'pases'")
    assert one_message(found) == f"2 arms do not fit: {found[0]}; {found[1]}"
    assert one_message(found[:1]).startswith("1 arm does not fit: arm 'q'")


def test_it_comes_back_from_its_folder(tmp_path):
    experiment = Experiment("x", (cell(), cell(seed=1, options={})), ("aaa",))
    experiment.save(tmp_path / "a")
    assert Experiment.load(tmp_path / "a") == experiment
    held = json.loads((tmp_path / "a/experiment.json").read_text())
    assert set(held) == {"recollect_experiment", "name", "metrics", "command", "machine", "versions", "cells"}


def test_its_folder_may_be_given_further_cells(tmp_path):
    Experiment("x", (cell(),)).save(tmp_path / "a")
    grown = Experiment("x", (cell(), cell(seed=1)))
    grown.save(tmp_path / "a")
    assert Experiment.load(tmp_path / "a") == grown


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ((cell("other"),), "it has arm 'means' on recollect/ToyBlobs-v0 with seed 0, this one has not"),
        ((cell(capacity=9),), "in arm 'means' capacity is 1000 there and 9 here"),
    ],
)
def test_the_folder_of_another_experiment_is_refused(tmp_path, cells, said):
    Experiment("x", (cell(),)).save(tmp_path / "a")
    before = (tmp_path / "a/experiment.json").read_bytes()
    with pytest.raises(CheckpointError, match=f"belongs to another experiment: {said}. Choose another folder"):
        Experiment("x", cells).save(tmp_path / "a")
    assert (tmp_path / "a/experiment.json").read_bytes() == before


def test_other_folders_are_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("a year of work")
    with pytest.raises(CheckpointError, match="exists already and is no experiment's folder"):
        Experiment("x", (cell(),)).save(tmp_path)
    with pytest.raises(CheckpointError, match="exists already"):
        Experiment("x", (cell(),)).save(tmp_path / "thesis.txt")
    with pytest.raises(CheckpointError, match="cannot write .*Not a directory"):
        Experiment("x", (cell(),)).save(tmp_path / "thesis.txt/a")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_damaged_folders(tmp_path):
    with pytest.raises(CheckpointError, match="is not the folder of an experiment: experiment.json is missing"):
        Experiment.load(tmp_path)
    path = tmp_path / "experiment.json"
    Experiment("x", (cell(),)).save(tmp_path)
    held = json.loads(path.read_text())
    for change, said in (
        ({"recollect_experiment": 2}, "has format 2, this Recollect reads 1"),
        ({"cells": [{"arm": "a", "seed": 0, "spec": {"stream": "a"}}]}, "is damaged: a run needs agent"),
        ({"cells": [{"arm": "a"}]}, "is damaged"),
        ({"cells": 3}, "is damaged"),
    ):
        path.write_text(json.dumps(held | change))
        with pytest.raises(CheckpointError, match=said):
            Experiment.load(tmp_path)


def test_metrics_of_a_file_are_a_list(tmp_path):
    path = tmp_path / "a.yaml"
    path.write_text("stream: recollect/ToyBlobs-v0\nagents: [toy-means]\nmetrics: accuracy")
    with pytest.raises(OptionError, match="metrics of .* must be a list of names"):
        Experiment.read(path)
    path.write_text("stream: recollect/ToyBlobs-v0\nagents: [toy-means]")
    assert Experiment.read(path).name == "a"
