"""A run's folder: what was asked for, in run.json, and what came of it.

runs/a/  run.json  history.npz  events.jsonl  tensorboard/  checkpoint-<step>/  LATEST
"""

import json
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from gymnasium.envs.registration import EnvSpec

from recollect import checkpoint
from recollect.errors import CheckpointError, OptionError
from recollect.history import History
from recollect.settings import Settings
from recollect.trust import mistrust

FORMAT = 1
SPEC, HISTORY = "run.json", "history.npz"
UNWRITTEN = "run.json.part"  # all that a process leaves that is killed while it makes the folder
PARTS = ("stream", "stream_name", "agent", "settings", "plugins")  # of the spec
END = "-end"  # closes the name of the last checkpoint
VERSIONED = ("recollect", "torch", "numpy", "gymnasium")


class Folder:
    """The files of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def require_free(self) -> None:
        """Raises CheckpointError if the folder exists and is not empty."""
        try:
            names = [path.name for path in self.path.iterdir()] if self.path.is_dir() else []
            taken = self.path.exists() and (not self.path.is_dir() or bool(set(names) - {UNWRITTEN}))
        except OSError as error:
            raise CheckpointError(f"cannot look into {self.path}: {error.strerror}. Choose another folder") from error
        if taken:
            raise CheckpointError(
                f"{self.path} exists already: `recollect resume {self.path}` goes on with a run, or choose a new folder"
            )

    def create(self, spec: dict[str, Any]) -> None:
        """Makes the folder and writes run.json.

        Raises:
            CheckpointError: if it exists and is not empty, cannot be written, or the spec is not plain JSON.
        """
        self.require_free()
        try:
            text = json.dumps({"recollect_run": FORMAT, **spec, "versions": versions()}, indent=2)
            self.path.mkdir(parents=True, exist_ok=True)
            checkpoint.replace_text(self.path / SPEC, text + "\n")
        except OSError as error:
            raise CheckpointError(
                f"cannot write {self.path}: {error.strerror}. Choose a folder you can write"
            ) from error
        except TypeError as error:
            raise CheckpointError(
                f"the run cannot be written to {self.path / SPEC}: {error}. Options must be plain data"
            ) from error

    def spec(self) -> dict[str, Any]:
        """What run.json holds.

        Raises:
            CheckpointError: if the folder holds no run, or one of a newer format.
        """
        try:
            spec = json.loads((self.path / SPEC).read_text())
            number = spec["recollect_run"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{self.path} is not the folder of a run: {SPEC} is missing or damaged") from error
        if number != FORMAT:
            raise CheckpointError(f"{self.path / SPEC} has format {number}, this Recollect reads {FORMAT}")
        if lacking := [key for key in PARTS if key not in spec]:
            raise CheckpointError(f"{self.path / SPEC} is damaged: it has no {lacking[0]!r}")
        self.settings(spec)
        return spec

    def settings(self, spec: dict[str, Any]) -> Settings:
        """The settings of the run.

        Raises:
            CheckpointError: if they are not settings.
        """
        try:
            return Settings(**spec["settings"])
        except (TypeError, OptionError) as error:
            raise CheckpointError(f"{self.path / SPEC} is damaged: its settings cannot be used ({error})") from error

    @property
    def started(self) -> bool:
        """Whether there is a checkpoint to go on from.

        Raises:
            CheckpointError: if LATEST is lost, so that starting over would destroy what was learned.
        """
        if checkpoint.latest(self.path) is not None:
            return True
        whole = [folder.name for folder in self.path.glob("checkpoint-*") if folder.suffix != ".part"]
        if set(whole) - {"checkpoint-0"}:  # the very first may have been written by a process killed just then
            raise CheckpointError(
                f"{self.path / checkpoint.LATEST} is missing, though there is {max(whole)}: write that name into it"
            )
        return False

    def stream(self, spec: dict[str, Any]) -> EnvSpec:
        """The spec of the run's stream, which must be registered here: a file names code, it does not bring any.

        Raises:
            CheckpointError: if run.json could not hold it, or names what is not registered here.
        """
        if spec["stream"] is None:
            raise CheckpointError(
                f"{self.path} was run on {spec['stream_name']}, which a file cannot describe: pass stream=, as it was"
            )
        try:
            found = EnvSpec.from_json(spec["stream"])
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CheckpointError(f"{self.path / SPEC} does not hold the spec of a stream: {error}") from error
        if reason := mistrust(found):
            raise CheckpointError(
                f"{self.path} was run on {reason}: install or import the plugin that has it, or pass stream="
            )
        return found

    def keep(self, history: History) -> None:
        """Writes the history as far as it has come."""
        history.save(self.path / HISTORY)

    @property
    def complete(self) -> bool:
        """Whether the run has come to its end."""
        return (checkpoint.latest(self.path) or "").endswith(END)

    def finish(self, step: int, state: dict[str, Any]) -> None:
        """Writes the final checkpoint."""
        checkpoint.write(self.path, f"checkpoint-{step}{END}", state)


def versions() -> dict[str, str]:
    """Of Python and of the packages that decide what a run computes."""
    return {"python": platform.python_version()} | {package: _version(package) for package in VERSIONED}


@cache
def _version(package: str) -> str:
    """Of one package; it is looked up in files, and does not change while a process lives."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
