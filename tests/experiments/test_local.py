"""Local processes: one that dies, and what lives on."""

import os

import dying
import pytest

from recollect.experiments.local import Local, Worker, cores
from recollect.experiments.work import names_of_program


def test_a_killed_worker_costs_nothing_but_time(killed_locally, tmp_path):
    folder, outcomes = killed_locally
    assert [outcome.status for outcome in outcomes] == ["finished"] * 12 + ["failed"]
    assert (folder.parent / "flag").exists()  # somebody died, and that run went on from its checkpoint
    resumed = [
        outcome for outcome in outcomes if '"event": "run_resume"' in (outcome.directory / "events.jsonl").read_text()
    ]
    assert len(resumed) == 2  # of these, one is doomed
    (tmp_path / "flag").touch()
    for outcome, cell in zip(outcomes[:12], dying.mortals(tmp_path / "flag").cells, strict=False):
        cell.spec.execute(tmp_path / cell.folder)
        assert (outcome.directory / "history.npz").read_bytes() == (tmp_path / cell.folder / "history.npz").read_bytes()


def test_a_run_whose_worker_dies_again_and_again_is_reported(killed_locally):
    assert killed_locally[1][-1].error == "its worker died 2 times, at last with signal 9"


@pytest.fixture
def task(tmp_path):
    dying.register_dying()
    (tmp_path / "flag").touch()
    cell = dying.mortals(tmp_path / "flag").cells[0]
    return {
        "spec": cell.spec.as_json(), "directory": str(tmp_path / "run"), "stop": str(tmp_path / "stop"),
        "plugins": [], "names": names_of_program([cell.spec]),
    }  # fmt: skip


def test_a_worker_lives_for_many_tasks_and_ends_without_its_stdin(task, tmp_path):
    worker, told = Worker(), []
    finished = {"status": "finished", "error": None, "warnings": []}
    assert worker.ask(task, told.append) == finished
    assert told
    assert all(0 <= progress <= 1 for progress in told)
    assert worker.ask(task | {"directory": str(tmp_path / "again")}, told.append) == finished
    assert (tmp_path / "run/history.npz").read_bytes() == (tmp_path / "again/history.npz").read_bytes()
    assert worker.process.poll() is None
    assert worker.end() == 0


def test_closing_ends_workers_at_once(task):
    pool = Local([task] * 3, 2, 0, lambda number, progress: None)
    assert pool.next(0.0) is None
    pool.close()
    assert not any(thread.is_alive() for thread in pool.threads)
    assert all(worker is None or worker.process.returncode is not None for worker in pool.processes)
    assert {pool.next(0)[1]["status"] for _ in range(pool.answers.qsize())} <= {"interrupted"}


def test_what_a_worker_last_said_is_told(monkeypatch):
    monkeypatch.setattr(
        "recollect.experiments.local.COMMAND", ["sh", "-c", "echo out; echo no memory left >&2; exit 3"]
    )
    worker = Worker()
    worker.process.wait()
    assert worker.ask({}, print) is None
    assert worker.death() == "with exit code 3 (no memory left)"


def test_there_is_at_least_one_core():
    assert 1 <= cores() <= os.cpu_count()
