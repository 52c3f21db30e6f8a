"""`recollect compare`: an experiment from its file to its table and its report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from recollect.cli.tables import print_table
from recollect.errors import MissingExtra

if TYPE_CHECKING:
    from recollect.experiments.results import Results

EXECUTORS = ("local", "ray")

File = Annotated[Path, typer.Argument(metavar="EXPERIMENT", help="A YAML file that says what is compared.")]
Out = Annotated[Path | None, typer.Option(help="Folder of the experiment; runs/<name> unless given.")]
Executor = Annotated[str, typer.Option(help="local processes, or ray.", autocompletion=lambda: list(EXECUTORS))]
Workers = Annotated[int | None, typer.Option(help="Runs at a time; one for each core unless given.")]
Address = Annotated[str | None, typer.Option(help="Of a Ray cluster; without one a local Ray starts by itself.")]
Retries = Annotated[int, typer.Option(help="How often a run is tried again whose worker died.")]


def compare(
    experiment: File,
    out: Out = None,
    executor: Executor = "local",
    workers: Workers = None,
    address: Address = None,
    retries: Retries = 1,
) -> None:
    """Run what an experiment compares, and print what came of it; the same command goes on where it was stopped.

    recollect compare examples/experiment.yaml --out runs/replay-on-digits
    """
    from recollect.experiments.experiment import Experiment, slug
    from recollect.experiments.grid import grid
    from recollect.experiments.results import Results

    planned = Experiment.read(experiment)
    folder = out or Path("runs", slug(planned.name) or "experiment")
    try:
        outcomes = grid(planned, folder, executor=executor, workers=workers, address=address, retries=retries)
    except KeyboardInterrupt:
        stopped(folder)
    if any(outcome.status == "interrupted" for outcome in outcomes):
        stopped(folder)
    results = Results.read(folder)
    print_summary(results)
    reasons = {outcome.directory: outcome.error for outcome in outcomes if outcome.error}
    failures = [run for run in results.runs if run.error is not None]
    for run in failures:
        print(f"left out: {run.directory}: {reasons.get(run.directory, run.error)}")
    if results.finished:
        write_report(results)
    if failures:
        raise typer.Exit(1)


def stopped(folder: Path) -> NoReturn:
    """Ends the program after Ctrl-C, and says how to go on.

    Raises:
        typer.Exit: with code 130.
    """
    print(f"recollect: interrupted; the same command goes on, what is done lies in {folder}", file=sys.stderr)
    raise typer.Exit(130) from None


def print_summary(results: "Results") -> None:
    """Prints two tables for each stream: scores and costs of every arm, and how it differs from the first."""
    from recollect.experiments.table import differences_of, header, rows_of

    differences = differences_of(results)
    for stream, rows in rows_of(results).items():
        print_table([header(results), *rows], title=stream)
        if stream in differences:
            print_table(differences[stream])
    print("scores and differences: mean over seeds [Student's 95% interval]; iqm: interquartile mean")


def write_report(results: "Results") -> None:
    """Writes the report and says where it lies, or how to get one."""
    try:
        from recollect.experiments.report import write
    except MissingExtra as error:
        print(f"no report: {error}")
        return
    print(f"report: {write(results, results.directory / 'report.html')}")
