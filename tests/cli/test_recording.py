import gymnasium as gym
import pytest

import recollect
from recollect.cli import main
from recollect.testing import register_toys

register_toys()


@pytest.fixture(autouse=True)
def own_datasets(tmp_path, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(tmp_path / "datasets"))


@pytest.fixture
def run(tmp_path):
    stream = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-q", stream, replay="fifo", capacity=60, seed=1)
    recollect.run(stream, agent, steps_per_task=20, evaluate_episodes=1, directory=tmp_path / "run")
    return str(tmp_path / "run")


def test_a_dataset_is_written_and_told(run, capsys):
    flags = ["--task", "1", "--task", "0", "--steps", "20", "--noise", "0.1", "--seed", "2", "--reference", "-1", "2"]
    mix = ["--mix", "agent=3", "--mix", "random"]
    assert main(["record", run, "--dataset", "lab/mixed-v0", *flags, *mix]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("lab/mixed-v0: ")
    assert ", 40 steps, mean return " in told[0]
    stream = gym.make("recollect/Minari-v0", dataset_ids=["lab/mixed-v0"])
    assert stream.unwrapped.tasks == ("lab/mixed-v0 task 0", "lab/mixed-v0 task 1")
    assert list(stream.unwrapped.scores) == ["return", "normalised"]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--dataset", "lab/a.5-v0", "--steps", "9"], "no dots"),
        (["--dataset", "lab/a-v0"], "say how long to play"),
        (["--dataset", "lab/a-v0", "--steps", "9", "--mix", "agent=x"], "--mix takes SOURCE=SHARE"),
        (["--dataset", "lab/a-v0", "--steps", "9", "--mix", "agent", "--mix", "agent=2"], "twice"),
        (["--dataset", "lab/a-v0", "--steps", "9", "--mix", "expert"], "There are: agent, memory, random"),
        (["--dataset", "lab/a-v0", "--steps", "9", "--task", "8"], "there is no task 8"),
    ],
)
def test_mistakes_are_one_line(run, flags, said, capsys):
    assert main(["record", run, *flags]) == 2
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    assert said in printed
