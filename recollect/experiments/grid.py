"""grid: all runs of an experiment, on local processes or on Ray.

What is finished is skipped, what was interrupted goes on from its checkpoint, a run whose worker dies is tried again
and then reported, and Ctrl-C leaves everything so that the same call goes on.
"""

import importlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout
from rich.console import Console

from recollect.errors import CheckpointError, OptionError, RecollectError, SchemaError, UnknownName
from recollect.experiments.experiment import Cell, Experiment, one_message
from recollect.experiments.progress import Display
from recollect.experiments.work import names_of_program
from recollect.folder import Folder

EXECUTORS = {"local": "recollect.experiments.local:Local", "ray": "recollect.experiments.cluster:Cluster"}
OBSERVERS = ("jsonl", "contents")  # of every run; without them there are no costs, and nothing of the memory to see
STOP, LOCK = ".stop", ".lock"  # in the experiment's folder
STOP_SECONDS = 60.0  # for running steps and evaluations to end after Ctrl-C


@dataclass(frozen=True)
class Outcome:
    """What became of one cell.

    Attributes:
        cell: the run.
        directory: where it lies.
        status: "finished", "failed", or "interrupted" if the grid was stopped before its end.
        error: why it failed, in a line.
        warnings: that it gave.
    """

    cell: Cell
    directory: Path
    status: Literal["finished", "failed", "interrupted"]
    error: str | None = None
    warnings: tuple[str, ...] = ()


def grid(
    experiment: Experiment,
    directory: str | Path,
    *,
    executor: str = "local",
    workers: int | None = None,
    address: str | None = None,
    retries: int = 1,
    progress: bool = True,
    plugins: Sequence[str] = OBSERVERS,
) -> list[Outcome]:
    """Runs every cell of `experiment` that is not finished yet.

    Args:
        experiment: what to run; everything is checked before anything runs.
        directory: the experiment's folder, a new one or its own.
        executor: "local" for processes of this machine, "ray" for Ray.
        workers: runs at a time; None: one for each core.
        address: of a Ray cluster; None: a local Ray, which starts by itself.
        retries: how often a run is tried again, from its checkpoint, whose worker died.
        progress: whether to show it, on standard output.
        plugins: names of the observers of every run.

    Returns:
        An outcome for every cell, in order. Ctrl-C makes those that are left "interrupted".

    Raises:
        SchemaError: if arms do not fit, have wrong names, options or keywords: all of them in one message.
        CheckpointError: if the folder belongs to another experiment, or another process is running it.
        OptionError, UnknownName: for a wrong argument; MissingExtra: without Ray.
    """
    make = _executor(executor, workers, address, retries)
    if misfits := experiment.misfits():
        raise SchemaError(one_message(misfits))
    path = Path(directory)
    names = names_of_program(cell.spec for cell in experiment.cells)
    experiment.save(path)
    lock = FileLock(path / LOCK)
    try:
        with lock.acquire(timeout=0):
            (path / STOP).unlink(missing_ok=True)
            try:
                return _run_all(experiment, path, make, names, list(plugins), progress)
            finally:
                (path / STOP).unlink(missing_ok=True)
    except Timeout as error:
        raise CheckpointError(f"another process is running the experiment in {path}: wait for it, or end it") from error


def _executor(name: str, workers: int | None, address: str | None, retries: int) -> Any:
    """Makes an executor of tasks and a report."""
    if name not in EXECUTORS:
        raise UnknownName("executor", name, EXECUTORS)
    for option, value, least in (("workers", 1 if workers is None else workers, 1), ("retries", retries, 0)):
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise OptionError(f"{option} must be a whole number of at least {least}, got {value!r}")
    if address is not None and name != "ray":
        raise OptionError(f"an address is for the executor 'ray', not for {name!r}: got {address!r}")
    module, _, cls = EXECUTORS[name].partition(":")
    kind = getattr(importlib.import_module(module), cls)
    given = {"address": address} if name == "ray" else {}
    return lambda tasks, report: kind(tasks, workers, retries, report, **given)


def _run_all(
    experiment: Experiment, path: Path, make: Any, names: list[dict[str, Any]], plugins: list[str], progress: bool
) -> list[Outcome]:
    """Runs what is not finished; the folder is ours."""
    cells = [cell for cell in experiment.cells if not _finished(path / cell.folder)]
    given = {"stop": str(path.absolute() / STOP), "plugins": plugins, "names": names}
    tasks = [{"spec": cell.spec.as_json(), "directory": str(path.absolute() / cell.folder), **given} for cell in cells]
    answers: dict[int, dict[str, Any]] = {}
    console = Console() if progress else None
    if tasks:
        with Display(len(experiment.cells), len(experiment.cells) - len(cells), console) as display:
            pool = make(tasks, display.report)
            try:
                _collect(pool, answers, display, cells)
            except KeyboardInterrupt:
                (path / STOP).touch()
                with suppress(KeyboardInterrupt):  # a second one waits no longer
                    while pool.left and (answered := pool.next(STOP_SECONDS)):
                        answers[answered[0]] = answered[1]
            finally:
                pool.close()
    found = {cell.folder: answers.get(number) for number, cell in enumerate(cells)}
    outcomes = [_outcome(cell, path, cell.folder in found, found.get(cell.folder)) for cell in experiment.cells]
    if console is not None:
        told = [one for outcome in outcomes for one in outcome.warnings]
        for one in dict.fromkeys(told):
            line = f"{one} (in {told.count(one)} of {len(cells)} runs)"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    return outcomes


def _collect(pool: Any, answers: dict[int, dict[str, Any]], display: Display, cells: list[Cell]) -> None:
    while pool.left:
        number, answer = pool.next()
        answers[number] = answer
        display.finish(number, str(cells[number].folder), answer["error"])


def _finished(directory: Path) -> bool:
    """Whether a run is complete; one that is damaged is left to be run, and to say what is wrong."""
    try:
        return Folder(directory).complete
    except RecollectError:
        return False


def _outcome(cell: Cell, path: Path, ran: bool, answer: dict[str, Any] | None) -> Outcome:
    directory = path / cell.folder
    if not ran:
        return Outcome(cell, directory, "finished")
    if answer is None:
        return Outcome(cell, directory, "interrupted")
    return Outcome(cell, directory, answer["status"], answer["error"], tuple(answer["warnings"]))
