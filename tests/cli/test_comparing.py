import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from recollect.cli import main
from recollect.experiments.experiment import Experiment
from recollect.testing.toys import register_toys

PROGRAM = Path(sys.executable).with_name("recollect")
DIGITS = """
name: interrupted
stream: {id: recollect/SplitDigits-v0, options: {tasks: 2}}
agents: [er]
replays: [fifo, reservoir]
device: cpu
run: {passes: 3, checkpoint_seconds: 0.1}
"""
BLOBS = """
stream: recollect/ToyBlobs-v0
agents: [toy-means]
sweep: {replay.capacity: [4, 8]}
seeds: 2
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with two experiments, whose runs need no process."""
    register_toys()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("recollect.experiments.grid.EXECUTORS", {"local": "inline:Inline"})
    Path("blobs.yaml").write_text(BLOBS)
    Path("digits.yaml").write_text(DIGITS)
    return tmp_path


def test_it_ends_with_a_table_and_the_report(here, capsys):
    assert main(["compare", "blobs.yaml"]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = [line.split() for line in lines if line.startswith("  ")]
    assert table[0][:3] == ["arm", "runs", "accuracy"]
    assert [row[:3] for row in table[1:3]] == [["toy-means", f"capacity={n}", "2/2"] for n in (4, 8)]
    assert table[3][-8:] == ["less", "that", "of", "toy-means", "capacity=4", "higher", "in", "pairs"]
    assert [row[:3] for row in table[4:]] == [["toy-means", "capacity=8", "2"]]
    assert lines[-1] == "report: runs/blobs/report.html"
    assert (here / "runs/blobs/report.html").exists()


def test_one_damaged_run_is_told_and_the_rest_is_shown(here, capsys):
    assert main(["compare", "blobs.yaml", "--out", "a"]) == 0
    damaged = here / "a" / Experiment.load("a").cells[1].folder
    (damaged / "history.npz").write_bytes(b"torn")
    capsys.readouterr()
    assert main(["compare", "blobs.yaml", "--out", "a"]) == 1
    printed = capsys.readouterr().out
    assert "capacity=4  1/2 " in printed
    assert f"left out: {damaged.relative_to(here)}: " in printed
    assert "history.npz is damaged" in printed
    assert "report: a/report.html" in printed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"toy-means": "toy-mean"}, "Did you mean toy-means"),
        ({"toy-means": "toy-means, toy-q"}, "2 arms do not fit: arm 'toy-q capacity=4' on "),
        ({"seeds": "sedes"}, "key of an experiment: 'sedes' does not exist. Did you mean seeds"),
        ({"replay.capacity: [4, 8]": "replay.by: [1]"}, "option of replay 'toy-nearest': 'by' does not exist"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_has_run(here, capsys, change, said):
    text = BLOBS
    for old, new in change.items():
        text = text.replace(old, new)
    Path("blobs.yaml").write_text(text)
    assert main(["compare", "blobs.yaml"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said in printed.err
    assert not Path("runs").exists()


def test_the_folder_of_another_experiment(here, capsys):
    assert main(["compare", "blobs.yaml", "--out", "a"]) == 0
    Path("blobs.yaml").write_text(BLOBS + "run: {passes: 2}\n")
    capsys.readouterr()
    assert main(["compare", "blobs.yaml", "--out", "a"]) == 2
    assert "a belongs to another experiment: in arm" in capsys.readouterr().err


def test_ctrl_c_and_then_to_the_end(here):
    folder = here / "killed"
    command = [PROGRAM, "compare", "digits.yaml", "--out", folder, "--workers", "2"]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not list(folder.glob("*/*/*/LATEST")):
        time.sleep(0.02)
        assert running.poll() is None, running.stderr.read()
    running.send_signal(signal.SIGINT)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130, told
    assert told == f"recollect: interrupted; the same command goes on, what is done lies in {folder}\n"
    assert not list(folder.glob("*/*/*/*.part"))  # no checkpoint was broken off
    experiment = Experiment.load(folder)
    assert not all(list((folder / cell.folder).glob("*-end")) for cell in experiment.cells)
    assert main(["compare", "digits.yaml", "--out", str(folder)]) == 0  # in this process, as of `here`
    for cell in experiment.cells:
        cell.spec.execute(here / "whole" / cell.folder)
        one, other = (top / cell.folder / "history.npz" for top in (folder, here / "whole"))
        assert one.read_bytes() == other.read_bytes()
