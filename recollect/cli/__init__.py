"""The command line: `recollect --help`.

A user's mistake is one line on stderr, with the nearest right name, and exit code 2; an interruption is exit
code 130, and says how to go on. Modules that import PyTorch are imported when a command needs them.
"""

import sys
from collections.abc import Sequence
from typing import Annotated

import gymnasium
import typer

import recollect
from recollect.cli import (
    comparing,
    datasets,
    health,
    listing,
    recording,
    reporting,
    reproducing,
    running,
    tuning,
    writing,
)
from recollect.errors import RecollectError

app = typer.Typer(
    help="Agents that keep learning without forgetting: streams, replay strategies and agents, composed by name.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"recollect {recollect.__version__}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """What every command has."""


_options.__doc__ = None  # the help of the whole program is the app's

app.command("list")(listing.list_names)
app.command("show")(listing.show)
app.command("run")(running.run)
app.command("resume")(running.resume)
app.command("evaluate")(running.evaluate)
app.command("record")(recording.record)
app.command("report")(reporting.report)
app.command("reproduce")(reproducing.reproduce)
app.command("compare")(comparing.compare)
app.command("tune")(tuning.tune)
app.add_typer(datasets.app, name="data")
app.command("plugins")(health.plugins)
app.command("check")(health.check)
app.command("new")(writing.new)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; its exit code is 0, 1 (a check failed), 2 (a user's mistake) or 130 (interrupted)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(args=given or ["--help"], prog_name="recollect", standalone_mode=False)
    except (RecollectError, gymnasium.error.Error) as error:
        return _mistake(str(error))
    except Exception as error:
        if not hasattr(error, "format_message"):  # only usage errors have it; their classes move between typer releases
            raise
        return _mistake(error.format_message())
    return code if isinstance(code, int) else 0


def _mistake(message: str) -> int:
    print(f"recollect: {' '.join(message.split())}", file=sys.stderr)
    return 2
