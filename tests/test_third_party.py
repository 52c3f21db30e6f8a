"""Packages that nobody here wrote, installed with pip into an environment that has only our wheel and what it needs."""

import fcntl
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STREAM = "recollect/SplitDigits-v0"

PYPROJECT = """
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "recollect-{name}"
version = "0.1.0"
dependencies = ["recollect"]

[project.entry-points.recollect]
{name} = "recollect_{name}"
"""
MAJORITY_INIT = '''
"""Predicts the label that was met most often."""
recollect_api = 1


def recollect_register(registry):
    registry.agent("majority", "recollect_majority.agent:Majority", "the most frequent label", replay="none")
'''
MAJORITY = """
import numpy as np

from recollect import Agent
from recollect.schema import SAMPLE


class Majority(Agent):
    schema = SAMPLE
    reads = ("y",)

    def __init__(self, stream, replay, **options):
        super().__init__(stream, replay, **options)
        self.counts = np.zeros(stream.action_space.nvec[0], np.int64)

    @classmethod
    def accepts(cls, stream):
        return None if stream.unwrapped.target == "class" else "it predicts classes"

    def act(self, obs, *, task=None, explore=False):
        return self.predict({"x": obs})["y"]

    def predict(self, rows):
        n = len(rows["x"])
        return {"y": np.full(n, self.counts.argmax()), "logits": np.tile(self.counts.astype(np.float32), (n, 1))}

    def update(self, new, replayed):
        for rows in (new, replayed):
            np.add.at(self.counts, rows.get("y", np.zeros(0, np.int64)), 1)
        return {"most": float(self.counts.max())}
"""
STRIPES_INIT = '''
"""Points on a line, in stripes."""
recollect_api = 1


def recollect_register(registry):
    registry.stream("stripes/Stripes-v0", "recollect_stripes.stream:Stripes", "four stripes, two in each task")
'''
STRIPES = """
import numpy as np

from recollect.envs.division import divide
from recollect.envs.samples import Samples


class Stripes(Samples):
    def __init__(self, *, tasks: int = 2, width: float = 1.0, **options):
        y = np.repeat(np.arange(4), 40)
        x = np.random.default_rng(0).uniform(0.1, 0.9, 160) + y
        rows = {"x": (width * x[:, None]).astype(np.float32), "y": y}
        super().__init__(divide(rows, tasks=tasks), **options)
"""


@dataclass
class Environment:
    """A virtual environment, and the transcript of what was typed in it."""

    folder: Path

    def run(self, *command: str, code: int = 0, where: Path | None = None) -> str:
        """What a command of the environment prints on both streams; its exit code must be `code`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RECOLLECT_"))}
        environment = kept | {"PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "200"}
        program = str(self.folder / "bin" / command[0])
        here = where or self.folder  # never the repository: its own `recollect` would be imported
        done = subprocess.run([program, *command[1:]], env=environment, cwd=here, capture_output=True, text=True)
        printed = done.stdout + done.stderr
        with (self.folder / "transcript.txt").open("a") as transcript:
            transcript.write(f"$ {' '.join(command)}\n{printed}[exit code {done.returncode}]\n\n")
        assert done.returncode == code, f"{' '.join(command)} gave {done.returncode}:\n{printed}"
        return printed

    def pip(self, *arguments: str) -> str:
        return self.run("python", "-m", "pip", *arguments, "--quiet", "--disable-pip-version-check")

    @contextmanager
    def installed(self, source: Path, name: str):
        """Inside, the package at `source` is installed."""
        self.pip("install", str(source))
        try:
            yield
        finally:
            self.pip("uninstall", "--yes", f"recollect-{name}")


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """The folder of the environment, one for all processes of a test run."""
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "clean"


@pytest.fixture
def clean(shared):
    """An environment that has our wheel and its dependencies; nobody else uses it at the same time."""
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "ready").exists():
            build(shared)
            (shared / "ready").touch()
        yield Environment(shared / "env")


def build(folder: Path) -> None:
    wheels = folder / "wheels"
    make = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(wheels), str(ROOT)]
    subprocess.run(make, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / "env")], check=True)
    environment = Environment(folder / "env")
    constraints = str(ROOT / "constraints.txt")
    environment.pip("install", "--constraint", constraints, "torch==2.13.0")  # first, as in the Makefile
    environment.pip("install", "--constraint", constraints, *map(str, wheels.glob("*.whl")))


def written(folder: Path, name: str, files: dict[str, str]) -> Path:
    """A package of ours that registers `name`."""
    package = folder / name / f"recollect_{name}"
    package.mkdir(parents=True)
    (package.parent / "pyproject.toml").write_text(PYPROJECT.format(name=name))
    for file, text in files.items():
        (package / file).write_text(text.lstrip())
    return package.parent


def test_the_example_is_installed_found_run_checked_and_uninstalled(clean, tmp_path):
    with clean.installed(ROOT / "examples" / "my_replay_plugin", "oldest-first"):
        listed = clean.run("recollect", "list", "replays")
        assert re.search(r"oldest-first +least recently seen first \(recollect-oldest-first\)", listed)
        fitting = re.search("er +with (.*)", clean.run("recollect", "list", "--fits", STREAM))[1].split(", ")
        assert {"fifo", "none", "oldest-first", "reservoir"} <= set(fitting)
        printed = clean.run("recollect", "run", STREAM, "--agent", "er", "--replay", "oldest-first", where=tmp_path)
        assert "100% | step" in printed
        assert "forgetting" in printed
        assert "failed" not in clean.run("recollect", "check", "oldest-first")
        assert "oldest-first" in clean.run("recollect", "plugins")
    assert "oldest-first" not in clean.run("recollect", "list", "replays")
    refused = clean.run("recollect", "run", STREAM, "--replay", "oldest-first", code=2)
    assert refused.startswith("recollect: replay 'oldest-first' does not exist.")
    assert len(refused.splitlines()) == 1


def test_the_example_passes_its_own_tests(clean):
    example = ROOT / "examples" / "my_replay_plugin"
    clean.pip("install", f"{example}[test]")
    try:
        assert "passed" in clean.run("pytest", "-q", "-p", "no:cacheprovider", where=example)
    finally:
        clean.pip("uninstall", "--yes", "recollect-oldest-first")


@pytest.mark.parametrize(("kind", "name"), [("replay", "my-idea"), ("agent", "my-learner")])
def test_what_recollect_new_writes_passes_its_own_tests(clean, tmp_path, kind, name):
    clean.run("recollect", "new", kind, name, "--to", str(tmp_path))
    clean.pip("install", f"{tmp_path / name}[test]")
    try:
        printed = clean.run("pytest", "-q", where=tmp_path / name)
        assert "failed" not in printed
        assert "failed" not in clean.run("recollect", "check", name)
        chosen = ["--agent", name] if kind == "agent" else ["--replay", name]
        assert "accuracy" in clean.run("recollect", "run", STREAM, *chosen, "--set", "stream.tasks=2", where=tmp_path)
    finally:
        clean.pip("uninstall", "--yes", f"recollect-{name}")
    assert name not in clean.run("recollect", "list")


def test_a_third_party_agent(clean, tmp_path):
    source = written(tmp_path, "majority", {"__init__.py": MAJORITY_INIT, "agent.py": MAJORITY})
    with clean.installed(source, "majority"):
        fitting = re.search("majority +with (.*)", clean.run("recollect", "list", "--fits", STREAM))[1].split(", ")
        assert {"fifo", "none", "reservoir"} <= set(fitting)
        assert "failed" not in clean.run("recollect", "check", "majority")
        out = str(tmp_path / "run")
        assert "forgetting" in clean.run("recollect", "run", STREAM, "--agent", "majority", "--out", out)
        assert "mean" in clean.run("recollect", "evaluate", out)
    refused = clean.run("recollect", "evaluate", out, code=2)
    assert "agent 'majority' does not exist" in refused


def test_a_third_party_stream(clean, tmp_path):
    source = written(tmp_path, "stripes", {"__init__.py": STRIPES_INIT, "stream.py": STRIPES})
    with clean.installed(source, "stripes"):
        assert "stripes/Stripes-v0" in clean.run("recollect", "list", "streams")
        assert "width" in clean.run("recollect", "show", "stripes/Stripes-v0")
        assert "failed" not in clean.run("recollect", "check", "stripes")
        printed = clean.run(
            "recollect", "run", "stripes/Stripes-v0", "--set", "stream.width=2", "--set", "run.passes=3"
        )
        assert "accuracy" in printed
        made = "import gymnasium as gym; gym.make('recollect:stripes/Stripes-v0'); print('made')"
        assert "made" in clean.run("python", "-c", made)
    refused = clean.run("recollect", "run", "stripes/Stripes-v0", code=2)
    assert "stream 'stripes/Stripes-v0' does not exist" in refused
