from types import SimpleNamespace

import numpy as np
import pytest
import wandb

from recollect.plugins.observers.wandb import Wandb


class FakeLog:
    """What wandb.init gives, remembering what it was told."""

    def __init__(self, options):
        self.id, self.logged, self.finished, self.options = options["id"] or "new-id", [], False, options

    def log(self, values, step):
        self.logged.append((step, values))

    def finish(self):
        self.finished = True


@pytest.fixture
def begun(monkeypatch):
    """The runs that were begun."""
    runs = []
    monkeypatch.setattr(wandb, "init", lambda **options: runs.append(FakeLog(options)) or runs[-1])
    monkeypatch.delenv("WANDB_MODE", raising=False)
    return runs


def view(directory):
    return SimpleNamespace(directory=directory, step=0, tasks=("a", "b"), spec={"seed": 3})


def test_losses_and_scores_are_logged(begun, tmp_path):
    observer, run = Wandb(losses_every=2), view(tmp_path / "first")
    observer.recollect_run_start(run)
    observer.recollect_step_end(1, {"loss": 1.0})
    observer.recollect_step_end(2, {"loss": 0.5})
    observer.recollect_evaluated(run, 2, {"accuracy": np.array([0.0, 0.5])})
    assert begun[0].logged == [
        (2, {"losses/loss": 0.5}),
        (2, {"accuracy/a": 0.0, "accuracy/b": 0.5, "accuracy/mean": 0.25}),
    ]
    assert not begun[0].finished
    observer.recollect_run_end()
    assert begun[0].finished
    options = begun[0].options
    assert (options["name"], options["dir"], options["config"]) == ("first", tmp_path / "first", {"seed": 3})


def test_it_is_offline_unless_told_otherwise(begun, monkeypatch):
    Wandb().recollect_run_start(view(None))
    monkeypatch.setenv("WANDB_MODE", "online")
    Wandb().recollect_run_start(view(None))
    assert [run.options["mode"] for run in begun] == ["offline", "online"]


def test_a_resumed_run_continues_under_the_same_id(begun):
    first, again = Wandb(), Wandb()
    first.recollect_run_start(view(None))
    again.load_state_dict(first.state_dict())
    again.recollect_run_start(view(None))
    assert [run.options["id"] for run in begun] == [None, "new-id"]


def test_a_real_offline_run_is_written(tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_MODE", raising=False)
    monkeypatch.setenv("WANDB_SILENT", "true")
    observer, run = Wandb(), view(tmp_path)
    observer.recollect_run_start(run)
    observer.recollect_evaluated(run, 0, {"accuracy": np.array([0.0, 0.5])})
    observer.recollect_run_end()
    written = list((tmp_path / "wandb").glob(f"offline-run-*-{observer.id}/*.wandb"))
    assert len(written) == 1
