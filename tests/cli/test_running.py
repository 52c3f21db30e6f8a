import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import recollect
from recollect.agents.er import ER
from recollect.cli import main

SHORT = ["recollect/SplitDigits-v0", "--set", "stream.tasks=2", "--set", "replay.capacity=50", "--device", "cpu"]


@pytest.fixture
def prints(capsys):
    def run(*arguments, code=0):
        assert main([str(argument) for argument in arguments]) == code
        printed = capsys.readouterr()
        assert not code or (printed.err.count("\n") == 1 and printed.err.startswith("recollect: "))
        return printed.err if code else printed.out

    return run


def test_a_run_prints_its_evaluations_and_metrics(prints):
    lines = prints("run", *SHORT).splitlines()
    assert [line.split("|")[0].strip() for line in lines[:3]] == ["0%", "50%", "100%"]
    assert "\x1b" not in "".join(lines)
    assert lines[3] == "3 evaluations"
    assert {line.split()[0] for line in lines[4:]} >= {"accuracy", "forgetting", "bwt", "aaa"}


def test_options_reach_every_part(prints, tmp_path):
    out = tmp_path / "run"
    settings = ["agent.lr=5e-2", "penalty.strength=0.5", "replay.replace=true", "run.passes=2", "stream.tasks=2"]
    flags = [flag for setting in [*settings, "replay.capacity=30"] for flag in ("--set", setting)]
    prints("run", "recollect/SplitDigits-v0", "--replay", "fifo", "--penalty", "l2", "--seed", 3, "--out", out, *flags)
    spec = json.loads((out / "run.json").read_text())
    assert spec["agent"] | {"device": ""} == {
        "name": "er",
        "replay": "fifo",
        "capacity": 30,
        "penalty": "l2",
        "seed": 3,
        "device": "",
        "replay_options": {"replace": True},
        "penalty_options": {"strength": 0.5},
        "options": {"lr": 0.05},
    }
    assert (spec["settings"]["passes"], spec["settings"]["seed"]) == (2, 3)
    assert json.loads(spec["stream"])["kwargs"]["tasks"] == 2
    assert spec["plugins"] == ["console", "jsonl"]
    assert (out / "events.jsonl").exists()


def test_a_further_observer_is_added_once(prints, tmp_path):
    prints("run", *SHORT, "--out", tmp_path / "run", "--plugin", "tensorboard", "--plugin", "console")
    assert json.loads((tmp_path / "run" / "run.json").read_text())["plugins"] == ["console", "jsonl", "tensorboard"]
    assert (tmp_path / "run" / "tensorboard").is_dir()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recollect/SplitDigit-v0"], "Did you mean recollect/SplitDigits-v0"),
        (["CartPole-v1"], "stream 'CartPole-v1' does not exist"),
        (["nowhere:some/Stream-v0"], "No module named 'nowhere'"),
        ([*SHORT, "--agent", "err"], "Did you mean er"),
        ([*SHORT, "--replay", "reservoirr"], "Did you mean reservoir?"),
        ([*SHORT, "--penalty", "l3"], "Did you mean l2?"),
        ([*SHORT, "--plugin", "tensorbord"], "Did you mean tensorboard?"),
        ([*SHORT, "--set", "agnt.lr=1"], "Did you mean agent?"),
        ([*SHORT, "--set", "agent.lrr=1"], "Did you mean lr?"),
        ([*SHORT, "--set", "agent.seed=1"], "option of agent 'er': 'seed' does not exist"),
        ([*SHORT, "--set", "replay.replacee=true"], "Did you mean replace?"),
        ([*SHORT, "--set", "stream.scenaro=task"], "Did you mean scenario?"),
        ([*SHORT, "--set", "run.pases=2"], "Did you mean passes?"),
        ([*SHORT, "--set", "run.directory=x"], "keyword of run: 'directory' does not exist"),
        ([*SHORT, "--set", "penalty.strength=1"], "name one with --penalty"),
        ([*SHORT, "--set", "replay.capacity"], "--set takes group.key=value"),
        (["recollect/SplitDigits-v0", "--set", "replay.capacity=0"], "capacity must be a whole number"),
        (["recollect/SplitDigits-v0", "--set", "stream.tasks=many"], "option tasks of stream"),
        ([*SHORT, "--set", "agent.lr=high"], "option lr of agent 'er' must be float, got 'high'"),
        ([*SHORT, "--set", "run.passes=0"], "passes must be a whole number of at least 1"),
        ([*SHORT, "--seed", "-1"], "seed must be a whole number of at least 0"),
        (["recollect/Sequence-v0", "--agent", "er"], "agent 'er' learns from SAMPLE records"),
    ],
)
def test_a_mistake_is_one_line(prints, arguments, said):
    assert said in prints("run", *arguments, code=2)


def test_a_folder_that_exists_is_left_alone(prints, tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    assert "exists already" in prints("run", *SHORT, "--out", tmp_path, code=2)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_run_says_how_to_go_on_and_does(prints, monkeypatch, tmp_path):
    prints("run", *SHORT, "--out", tmp_path / "whole")
    calls, update = [], ER.update

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) == 30:
            raise KeyboardInterrupt
        return update(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(ER, "update", interrupted)
        said = prints("run", *SHORT, "--out", tmp_path / "a", "--set", "run.checkpoint_seconds=0", code=130)
    assert f"interrupted; `recollect resume {tmp_path / 'a'}` goes on from its last checkpoint" in said
    lines = prints("resume", tmp_path / "a").splitlines()
    assert lines[-8] == f"3 evaluations, in {tmp_path / 'a'}"
    assert (tmp_path / "a" / "history.npz").read_bytes() == (tmp_path / "whole" / "history.npz").read_bytes()
    events = [json.loads(line) for line in (tmp_path / "a" / "events.jsonl").read_text().splitlines()]
    evaluated = [(event["step"], event["task"]) for event in events if event["event"] == "evaluated"]
    assert len(evaluated) == len(set(evaluated)) == 3
    assert sum(event["event"] == "run_resume" for event in events) == 1


def test_an_interrupted_run_without_a_folder_says_that_it_is_lost(prints, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(ER, "update", interrupted)
    assert "give --out" in prints("run", *SHORT, code=130)


def test_ctrl_c_in_a_real_process(tmp_path):
    out = tmp_path / "a"
    program = Path(sys.executable).with_name("recollect")
    command = [program, "run", *SHORT, "--set", "run.passes=100000", "--out", out]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a background shell ignores it
    ) as done:
        while done.poll() is None and not (out / "events.jsonl").exists():
            time.sleep(0.02)
        done.send_signal(signal.SIGINT)
        try:
            _, said = done.communicate(timeout=60)
        finally:
            done.kill()  # leaving the block waits for its end
    assert done.returncode == 130
    assert said == f"recollect: interrupted; `recollect resume {out}` goes on from its last checkpoint\n"


def test_a_trained_agent_is_evaluated(prints, tmp_path):
    out = tmp_path / "a"
    prints("run", *SHORT, "--out", out)
    history = recollect.History.load(out / "history.npz")
    lines = [line.split() for line in prints("evaluate", out).splitlines()]
    assert lines[1] == ["task", "accuracy"]
    last = history.scores["accuracy"][-1]
    assert lines[2:4] == [[task, f"{score:.3f}"] for task, score in zip(history.tasks, last, strict=True)]
    assert lines[4] == ["mean", f"{last.mean():.3f}"]


def test_a_trained_agent_is_evaluated_on_another_stream(prints, tmp_path):
    out = tmp_path / "a"
    prints("run", *SHORT, "--out", out)
    printed = prints("evaluate", out, "--stream", "recollect/SplitDigits-v0", "--episodes", 5)
    assert "8-9" in printed
    refused = prints("evaluate", out, "--stream", "recollect/Sequence-v0", code=2)
    assert "learns from SAMPLE records" in refused


def test_what_is_no_run_is_one_line(prints, tmp_path):
    for command in ("resume", "evaluate"):
        assert "not the folder of a run" in prints(command, tmp_path, code=2)
    (tmp_path / "run.json").write_text("{")
    for command in ("resume", "evaluate"):
        assert "run.json is missing or damaged" in prints(command, tmp_path, code=2)
