"""The grid: what is skipped, resumed, refused and reported; with an executor that needs no process."""

import dying
import pytest
from filelock import FileLock
from inline import Inline

from recollect.errors import CheckpointError, OptionError, SchemaError, UnknownName
from recollect.experiments import grid as module
from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.grid import grid
from recollect.experiments.spec import RunSpec


@pytest.fixture
def inline(monkeypatch):
    monkeypatch.setattr(module, "EXECUTORS", {"local": "inline:Inline"})
    monkeypatch.setattr(Inline, "made", [])
    monkeypatch.setattr(Inline, "interrupted", None)
    return Inline


def statuses(outcomes):
    return [outcome.status for outcome in outcomes]


def test_finished_runs_are_skipped(inline, small, tmp_path):
    first = grid(small, tmp_path / "a")
    assert statuses(first) == ["finished"] * 4
    assert [outcome.cell for outcome in first] == list(small.cells)
    assert first[0].directory == tmp_path / "a/recollect-toyblobs-v0/a/seed-0"
    assert statuses(grid(small, tmp_path / "a")) == ["finished"] * 4
    assert len(inline.made) == 1  # the second time there was nothing to do
    assert inline.made[0].closed


def test_runs_have_costs_and_contents(inline, small, tmp_path):
    directory = grid(small, tmp_path / "a")[0].directory
    assert {"events.jsonl", "contents.jsonl"} <= {path.name for path in directory.iterdir()}


def test_ctrl_c_leaves_the_rest_and_the_same_call_goes_on(inline, small, tmp_path):
    inline.interrupted = 1
    assert statuses(grid(small, tmp_path / "a")) == ["finished"] + ["interrupted"] * 3
    assert inline.made[0].closed
    assert not (tmp_path / "a/.stop").exists()
    assert statuses(grid(small, tmp_path / "a")) == ["finished"] * 4
    assert len(inline.made[1].tasks) == 3


def test_a_stop_that_a_killed_grid_has_left_is_no_stop(inline, small, tmp_path):
    small.save(tmp_path / "a")
    (tmp_path / "a/.stop").touch()
    assert statuses(grid(small, tmp_path / "a", progress=False)) == ["finished"] * 4


def test_a_failed_run_does_not_lose_the_others(inline, tmp_path, capsys):
    dying.register_dying()
    cells = [
        Cell(agent, seed, RunSpec(**dying.DIGITS, agent=agent, seed=seed, run={"steps_per_task": 2}))
        for agent, seed in (("failing", 0), ("er", 0), ("failing", 1))
    ]
    outcomes = grid(Experiment("x", tuple(cells)), tmp_path / "a")
    assert statuses(outcomes) == ["failed", "finished", "failed"]
    assert outcomes[0].error.startswith("RuntimeError: division by cucumber")
    assert outcomes[0].warnings == ("UserWarning: the end is near",)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("1/3 runs, 1 failed, about ")
    assert "failed recollect-splitdigits-v0-tasks-2/failing/seed-0: RuntimeError" in printed[0]
    assert printed[-1] == "UserWarning: the end is near (in 2 of 3 runs)"


def test_a_damaged_run_is_reported_and_left_as_it_is(inline, small, tmp_path):
    directory = grid(small, tmp_path / "a", progress=False)[2].directory
    (directory / "LATEST").write_text("nothing of ours")
    outcomes = grid(small, tmp_path / "a", progress=False)
    assert statuses(outcomes) == ["finished", "finished", "failed", "finished"]
    assert "does not name a checkpoint" in outcomes[2].error


def test_nothing_runs_where_arms_do_not_fit(inline, small, tmp_path):
    spec = RunSpec("recollect/ToyBlobs-v0", "toy-q")
    wrong = Cell("q", 0, spec), Cell("typo", 0, RunSpec("recollect/ToyBlobs-v0", "toy-mean"))
    with pytest.raises(SchemaError, match="2 arms do not fit: arm 'q' on .*; arm 'typo' on .* Did you mean toy-means"):
        grid(Experiment("x", (*small.cells, *wrong)), tmp_path / "a")
    assert not (tmp_path / "a").exists()
    assert inline.made == []


def test_the_folder_of_another_experiment(inline, small, tmp_path):
    grid(small, tmp_path / "a", progress=False)
    with pytest.raises(CheckpointError, match="belongs to another experiment: it has arm 'b'"):
        grid(Experiment("x", small.cells[:2]), tmp_path / "a")


def test_two_processes_do_not_share_a_folder(inline, small, tmp_path):
    grid(small, tmp_path / "a", progress=False)
    with FileLock(tmp_path / "a/.lock"), pytest.raises(CheckpointError, match="another process is running"):
        grid(small, tmp_path / "a")


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        ({"executor": "rai"}, UnknownName, "executor 'rai' does not exist. Did you mean ray"),
        ({"workers": 0}, OptionError, "workers must be a whole number of at least 1, got 0"),
        ({"retries": -1}, OptionError, "retries must be a whole number of at least 0, got -1"),
        ({"workers": True}, OptionError, "workers must be"),
        ({"address": "auto"}, OptionError, "an address is for the executor 'ray', not for 'local': got 'auto'"),
    ],
)
def test_wrong_arguments(small, tmp_path, wrong, error, said):
    with pytest.raises(error, match=said):
        grid(small, tmp_path / "a", **wrong)
    assert not (tmp_path / "a").exists()
