"""Work: one run of a grid, wherever it takes place. Task and answer are plain JSON, so that nothing is unpickled.

A worker stops when it sees the grid's stop file, after a step or an evaluation and so never inside a checkpoint.
"""

import time
import traceback
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recollect.catalogue import PROGRAM, Entry
from recollect.errors import OptionError, RecollectError
from recollect.experiments.spec import RunSpec
from recollect.options import plain
from recollect.registry import registry

if TYPE_CHECKING:
    from recollect.loop import Run

UNTOLD = (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning)  # for authors, not for users
LOOK_SECONDS = 0.2  # between two looks at the stop file, and two reports


class Watch:
    """An observer that stops a run when its grid is stopped, and says how far it is.

    Args:
        stop: the file whose appearance stops the run.
        report: is told the run's progress, in [0, 1].
    """

    def __init__(self, stop: Path, report: Callable[[float], None]) -> None:
        self.stop, self.report = stop, report
        self.due = 0.0

    def recollect_step_end(self, run: "Run") -> None:
        """Looks, if it is time to."""
        now = time.monotonic()
        if now < self.due:
            return
        self.due = now + LOOK_SECONDS
        if self.stop.exists():
            raise KeyboardInterrupt
        self.report(run.progress)

    def recollect_evaluated(self, run: "Run") -> None:
        """The same, for an evaluation may take long."""
        self.recollect_step_end(run)


def perform(task: dict[str, Any], report: Callable[[float], None] = lambda progress: None) -> dict[str, Any]:
    """Runs or resumes what `task` says, and answers what became of it; it raises nothing.

    Args:
        task: spec, directory, stop (a file), plugins and names (see `names_of_program`).
        report: is told the run's progress now and then.

    Returns:
        `{"status": "finished" | "failed" | "interrupted", "error": str | None, "warnings": [str]}`.
    """
    stop = Path(task["stop"])
    status, error = "finished", None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for category in UNTOLD:
            warnings.simplefilter("ignore", category)
        try:
            if stop.exists():
                raise KeyboardInterrupt
            register(task["names"])
            RunSpec.from_json(task["spec"]).execute(task["directory"], plugins=[*task["plugins"], Watch(stop, report)])
        except KeyboardInterrupt:
            status = "interrupted"
        except RecollectError as problem:
            status, error = "failed", " ".join(str(problem).split())
        except (Exception, SystemExit) as problem:
            where = traceback.extract_tb(problem.__traceback__)[-1]
            status = "failed"
            error = f"{type(problem).__name__}: {problem} ({Path(where.filename).name}, line {where.lineno})"
    told = {f"{one.category.__name__}: {' '.join(str(one.message).split())}" for one in caught}
    return {"status": status, "error": error, "warnings": sorted(told)}


def names_of_program(specs: Iterable[RunSpec]) -> list[dict[str, Any]]:
    """What this program has registered itself, no installed plugin: workers must be told of it.

    Args:
        specs: whose names must be found in another process.

    Raises:
        OptionError: for a part of a spec that is defined in the program itself, or has options that are not plain.
    """
    wanted = set()
    for spec in specs:
        agent = registry.entries.get(("agent", spec.agent))
        memory = spec.replay or (agent and agent.options["replay"])
        wanted |= {("stream", spec.stream), ("agent", spec.agent), ("replay", memory), ("penalty", spec.penalty)}
    own = [entry for key, entry in registry.entries.items() if key in wanted and entry.distribution == PROGRAM]
    for entry in own:
        if entry.target.startswith("__main__:"):
            raise OptionError(
                f"{entry.kind} {entry.name!r} is defined in the program itself ({entry.target}), where no worker finds "
                "it: move it into a module of its own, and register it as 'module:Object'"
            )
    return [plain({key: getattr(entry, key) for key in ENTRY}, f"{entry.kind} {entry.name!r}") for entry in own]


ENTRY = ("kind", "name", "target", "summary", "options")


def register(names: list[dict[str, Any]]) -> None:
    """Registers what another program had registered; what is there already stays."""
    for given in names:
        if (given["kind"], given["name"]) not in registry.entries:
            entry = Entry(**given, plugin=PROGRAM, distribution=PROGRAM)
            getattr(registry, entry.kind)(entry.name, entry.target, entry.summary, **entry.options)
