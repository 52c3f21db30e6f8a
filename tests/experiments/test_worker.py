"""The worker process: lines in, lines out, and an end when nobody is there any more."""

import json
import subprocess
import sys
import time

import pytest

from recollect.experiments.work import names_of_program

COMMAND = [sys.executable, "-m", "recollect.experiments.worker"]


@pytest.fixture
def task(small, tmp_path):
    spec = small.cells[0].spec
    given = {"stop": str(tmp_path / "stop"), "plugins": ["console"], "names": names_of_program([spec])}
    return {"spec": spec.as_json(), "directory": str(tmp_path / "run"), **given}


def test_what_runs_print_is_no_line_of_the_worker(task):
    with subprocess.Popen(COMMAND, stdin=-1, stdout=-1, stderr=-1, text=True) as worker:
        worker.stdin.write(json.dumps(task) + "\n")
        worker.stdin.flush()
        lines = []
        while not lines or "answer" not in lines[-1]:
            lines.append(json.loads(worker.stdout.readline()))
        assert lines[-1] == {"answer": {"status": "finished", "error": None, "warnings": []}}
        assert all(0 <= line["progress"] <= 1 for line in lines[:-1])
        printed = worker.communicate(timeout=30)[1]
        assert "accuracy" in printed  # of the console
    assert worker.returncode == 0


def test_it_ends_in_mid_run_when_its_grid_is_gone(task, tmp_path):
    task["spec"]["run"] = {"passes": 100_000}
    with subprocess.Popen(COMMAND, stdin=-1, stdout=-1, stderr=-1, text=True) as worker:
        worker.stdin.write(json.dumps(task) + "\n")
        worker.stdin.flush()
        assert "progress" in json.loads(worker.stdout.readline())
        worker.stdin.close()
        begun = time.monotonic()
        worker.wait(timeout=30)
        assert time.monotonic() - begun < 30
    assert not list((tmp_path / "run").glob("*-end"))
