import gymnasium as gym
import pytest

import recollect
from recollect.cli import main


@pytest.fixture
def runs(tmp_path):
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    for name in ("er", "finetune"):
        agent = recollect.make_agent(name, stream, capacity=10, device="cpu")
        recollect.run(stream, agent, steps_per_task=2, evaluate_rows=4, directory=tmp_path / "runs" / name)
    return tmp_path / "runs"


def test_a_folder_of_runs(runs, capsys):
    assert main(["report", str(runs)]) == 0
    assert capsys.readouterr().out == f"{runs / 'report.html'}\n"
    assert "finetune" in (runs / "report.html").read_text()
    assert main(["report", str(runs)]) == 0  # again, with the page beside the runs


def test_figures_and_another_place(runs, tmp_path, capsys):
    (runs / "er/history.npz").write_bytes(b"nonsense")
    assert main(["report", str(runs), "--png", "--out", str(tmp_path / "pages/first")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == [str(tmp_path / "pages/first.html"), str(tmp_path / "pages/first-figures")]
    assert lines[2].startswith(f"not shown: {runs / 'er'}: ")
    assert list((tmp_path / "pages/first-figures").glob("*.pdf"))


def test_the_page_is_opened(runs, monkeypatch):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["report", str(runs), "--open"]) == 0
    assert opened == [(runs / "report.html").resolve().as_uri()]


def test_a_folder_without_runs_is_one_line(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith(f"recollect: {tmp_path} holds no run")


def test_a_page_that_cannot_be_written_is_one_line(runs, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert main(["report", str(runs), "--out", str(tmp_path / "taken/page.html")]) == 2
    assert "cannot write the report" in capsys.readouterr().err
