"""Reading an experiment's folder: what is whole is shown, what is not is told."""

from dataclasses import replace

import pytest

import recollect
from recollect.errors import CheckpointError
from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.results import Costs, Results, read_costs
from recollect.experiments.spec import RunSpec
from recollect.testing.toys import register_toys

register_toys()
SPEC = RunSpec("recollect/ToyBlobs-v0", "toy-means", capacity=8)


@pytest.fixture
def folder(tmp_path):
    """Two arms and two seeds; the last run is not there, all others are finished."""
    arms = {"small": SPEC, "large": replace(SPEC, capacity=16)}
    cells = [Cell(arm, seed, replace(spec, seed=seed)) for arm, spec in arms.items() for seed in (0, 1)]
    experiment = Experiment("x", tuple(cells))
    experiment.save(tmp_path)
    for cell in experiment.cells[:3]:
        cell.spec.execute(tmp_path / cell.folder, plugins=["jsonl"])
    return tmp_path


def test_histories_and_costs(folder):
    results = Results.read(folder)
    assert [result.error for result in results.runs] == [None, None, None, "it has not begun"]
    assert len(results.finished) == 3
    small, large = results.runs[0], results.runs[2]
    stream, agent = SPEC.build()
    assert small.history == recollect.run(stream, agent)
    assert small.costs.updates == small.history.updates[-1]
    assert large.costs.nbytes > small.costs.nbytes > 0
    assert small.costs.seconds > 0
    assert small.directory == folder / "recollect-toyblobs-v0/small/seed-0"


def test_a_table_of_a_metric(folder):
    results = Results.read(folder)
    table = results.table("accuracy")
    assert {stream: {arm: list(by) for arm, by in arms.items()} for stream, arms in table.items()} == {
        "recollect/ToyBlobs-v0": {"small": [0, 1], "large": [0]}
    }
    history = results.runs[1].history
    assert table["recollect/ToyBlobs-v0"]["small"][1] == recollect.metric("accuracy")(history)
    assert results.table(lambda history: len(history))["recollect/ToyBlobs-v0"]["large"] == {0: len(history)}


def test_an_undefined_metric_is_nan_without_a_warning(folder):
    values = Results.read(folder).table("intransigence")["recollect/ToyBlobs-v0"]["small"]
    assert values[0] != values[0]


def test_one_corrupt_run_among_good_ones(folder):
    cells = Experiment.load(folder).cells
    (folder / cells[0].folder / "history.npz").write_bytes(b"PK\x03\x04 torn")
    (folder / cells[1].folder / "run.json").write_text("{")
    (folder / cells[2].folder / "LATEST").write_text("checkpoint-3")
    results = Results.read(folder)
    assert "history.npz is damaged" in results.runs[0].error
    assert "run.json is missing or damaged" in results.runs[1].error
    assert results.runs[2].error == "it is not finished"
    assert results.finished == []


def test_damaged_costs_are_told(folder):
    cell = Experiment.load(folder).cells[0]
    events = folder / cell.folder / "events.jsonl"
    events.write_text(events.read_text() + '{"event": "costs", "nbytes": 3}\n')
    result = Results.read(folder).runs[0]
    assert "its costs cannot be read ('parameters')" in result.error


def test_the_last_costs_count_wherever_they_stand(tmp_path):
    assert read_costs(tmp_path) is None
    line = '{{"event": "costs", "time": 1.5, "step": 3, "nbytes": {}, "parameters": 2, "updates": 3, "seconds": 4.5}}\n'
    events = tmp_path / "events.jsonl"
    events.write_text('{"event": "run_start"}\n')
    assert read_costs(tmp_path) is None
    events.write_text(line.format(1) + line.format(7) + '{"event": "run_end"}\n')
    assert read_costs(tmp_path) == Costs(7, 2, 3, 4.5)
    events.write_text(line.format(9) + '{"event": "step"}\n' * 10_000)  # far from the end
    assert read_costs(tmp_path) == Costs(9, 2, 3, 4.5)


def test_a_folder_that_is_no_experiment(tmp_path):
    with pytest.raises(CheckpointError, match="is not the folder of an experiment"):
        Results.read(tmp_path)
