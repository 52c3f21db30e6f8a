"""Killed at any moment, a run goes on as if it had never stopped: to the bit."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import gymnasium as gym
import pytest

import recollect
from recollect.errors import CheckpointError
from recollect.testing.toys import register_toys

register_toys()
CHILD = [sys.executable, "-W", "error", str(Path(__file__).with_name("resume_child.py"))]
KILLS = 10  # of each kind, at random moments; 20 in all


@pytest.fixture(scope="module", params=["logged", "lived"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def uninterrupted(kind, tmp_path_factory):
    """The history file and the hashes of a run that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole") / kind
    hashes = to_the_end(kind, folder)
    assert len(hashes) > 4
    return (folder / "history.npz").read_bytes(), hashes


def to_the_end(kind, folder):
    """Runs or resumes to the end; what was learned, as hashes."""
    done = subprocess.run([*CHILD, kind, folder], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [line for line in done.stdout.splitlines() if line != "going"]


def test_twenty_kills_at_random_moments(kind, uninterrupted, tmp_path):
    folder, rng, reached = tmp_path / kind, random.Random(kind), []
    for _ in range(KILLS):
        child = subprocess.Popen([*CHILD, kind, folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert child.stdout.readline() == "going\n", child.stderr.read()
        time.sleep(rng.uniform(0.0, 0.25))
        child.kill()
        child.communicate()
        assert child.returncode == -signal.SIGKILL  # it was still running
        reached.append((folder / "LATEST").read_text() if (folder / "LATEST").exists() else "")
    assert len(set(reached)) > 3  # the kills came at different places, each further on
    assert to_the_end(kind, folder) == uninterrupted[1]
    assert (folder / "history.npz").read_bytes() == uninterrupted[0]
    assert len(list(folder.glob("checkpoint-*"))) == 1


@pytest.mark.parametrize("stage", ["arrays", "tensors", "rename", "latest"])
def test_killed_inside_a_checkpoint(kind, stage, uninterrupted, tmp_path):
    folder = tmp_path / kind
    killed = subprocess.run([*CHILD, kind, folder, stage], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    leftover = [path.name for path in folder.glob("checkpoint-*")]
    assert leftover != [(folder / "LATEST").read_text()]  # it was in the middle of it
    assert to_the_end(kind, folder) == uninterrupted[1]
    assert (folder / "history.npz").read_bytes() == uninterrupted[0]


class StopAfter:
    """Interrupts a run after a step, and after its checkpoint of the step before."""

    def __init__(self, last):
        self.last = last

    def recollect_step_end(self, step):
        if step > self.last:
            raise KeyboardInterrupt


@pytest.mark.parametrize("last", range(1, 16))
def test_resumed_from_the_checkpoint_of_any_step(last, tmp_path):
    """Among them the last of a pass, the last of a task, and the first of the next one."""
    stream = gym.make("recollect/ToyBlobs-v0")
    settings = {"passes": 2, "seed": 6}
    whole = recollect.run(stream, recollect.make_agent("toy-means", stream, replay="reservoir"), **settings)
    agent = recollect.make_agent("toy-means", stream, replay="reservoir")
    with pytest.raises(KeyboardInterrupt):
        recollect.run(
            stream, agent, directory=tmp_path / "a", checkpoint_seconds=0, plugins=[StopAfter(last)], **settings
        )
    assert (tmp_path / "a" / "LATEST").read_text() == f"checkpoint-{last}"
    assert recollect.resume(tmp_path / "a") == whole


@pytest.fixture
def folder(tmp_path):
    """A run that was interrupted after its 15th checkpoint."""
    stream = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-q", stream, replay="fifo", capacity=50)
    with pytest.raises(KeyboardInterrupt):
        recollect.run(
            stream, agent, steps_per_task=20, evaluate_episodes=1, directory=tmp_path / "a", checkpoint_seconds=0,
            plugins=[StopAfter(15)],
        )  # fmt: skip
    return tmp_path / "a"


def contents(folder):
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def newer(folder):
    path = next(folder.glob("checkpoint-*")) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"recollect_checkpoint": 99}))


def truncated(file):
    def damage(folder):
        path = next(folder.glob("checkpoint-*")) / file
        path.write_bytes(path.read_bytes()[:-7])

    return damage


def flipped(file):
    def damage(folder):
        path = next(folder.glob("checkpoint-*")) / file
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 0xFF
        path.write_bytes(bytes(data))

    return damage


def foreign(folder):
    manifest = next(folder.glob("checkpoint-*")) / "manifest.json"
    manifest.write_text('{"format": "pt"}')


def changed_spec(key, value):
    def damage(folder):
        spec = json.loads((folder / "run.json").read_text())
        spec.pop(key) if value is None else spec.update({key: value})
        (folder / "run.json").write_text(json.dumps(spec))

    return damage


def gone(folder):
    shutil.rmtree(next(folder.glob("checkpoint-*")))


DAMAGES = {
    "newer": (newer, "has checkpoint format 99, this Recollect reads 1"),
    "foreign": (foreign, "not a manifest of ours"),
    "gone": (gone, "manifest.json is missing"),
    "tree cut": (truncated("tree.json"), "tree.json is damaged"),
    "arrays cut": (truncated("arrays.npz"), "arrays.npz is damaged"),
    "tensors cut": (truncated("tensors.safetensors"), "tensors.safetensors is damaged"),
    "arrays flipped": (flipped("arrays.npz"), "cannot be read|is damaged"),
    "tree flipped": (flipped("tree.json"), "tree.json is damaged"),
    "latest elsewhere": (lambda folder: (folder / "LATEST").write_text("../b"), "does not name a checkpoint"),
    "run.json cut": (lambda folder: (folder / "run.json").write_text('{"recollect_run"'), "not the folder of a run"),
    "run.json without settings": (changed_spec("settings", None), "is damaged: it has no 'settings'"),
    "run.json with strange settings": (changed_spec("settings", {"foo": 1}), "its settings cannot be used"),
    "run.json newer": (lambda folder: (folder / "run.json").write_text('{"recollect_run": 9}'), "has format 9"),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("use", [recollect.resume, recollect.load])
def test_damaged_checkpoints_are_refused_in_one_line_and_left_untouched(folder, damage, use):
    break_it, message = DAMAGES[damage]
    break_it(folder)
    before = contents(folder)
    with pytest.raises(CheckpointError, match=message) as caught:
        use(folder)
    assert "\n" not in str(caught.value)
    assert contents(folder) == before


def test_a_complete_run_is_only_read(folder):
    recollect.resume(folder)
    before = contents(folder)
    history = recollect.resume(folder)
    assert history == recollect.History.load(folder / "history.npz")
    assert contents(folder) == before


def test_a_lost_latest_is_not_a_reason_to_start_over(folder):
    (folder / "LATEST").unlink()
    before = contents(folder)
    with pytest.raises(CheckpointError, match="LATEST is missing, though there is checkpoint-15: write that name"):
        recollect.resume(folder)
    assert contents(folder) == before


def test_a_folder_that_is_not_a_run(tmp_path):
    with pytest.raises(CheckpointError, match="is not the folder of a run"):
        recollect.resume(tmp_path / "nowhere")


def test_what_was_trained_acts(folder):
    agent = recollect.load(folder)
    stream = gym.make("recollect/ToyCorridor-v0")
    obs, _ = stream.reset(seed=0)
    assert agent.act(obs[None]).shape == (1,)


def test_a_checkpoint_of_another_agent_is_refused(folder):
    stream = gym.make("recollect/ToyCorridor-v0")
    other = recollect.make_agent("toy-random", stream, replay="fifo", capacity=50)
    with pytest.raises(CheckpointError, match="is of ToyQ, Fifo, it cannot be loaded into ToyRandom, Fifo"):
        recollect.load(folder, agent=other)
