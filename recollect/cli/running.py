"""`recollect run`, `resume` and `evaluate`."""

import inspect
import warnings
from pathlib import Path
from typing import Annotated, Any

import gymnasium
import numpy as np
import typer

import recollect
from recollect.cli import completion, flags
from recollect.cli.tables import print_table
from recollect.errors import CheckpointError, MetricWarning, OptionError, UnknownName
from recollect.history import History
from recollect.options import options_of
from recollect.registry import metric, registry

OWN_FLAGS = ("stream", "agent", "seed", "directory", "plugins")  # keywords of run that are flags of their own

Folder = Annotated[Path, typer.Argument(help="Folder of a run.")]
Plugins = Annotated[
    list[str], typer.Option("--plugin", help="A further observer; repeatable.", autocompletion=completion.observers)
]


def run(
    stream: Annotated[str, typer.Argument(help="A stream's id.", autocompletion=completion.streams)],
    agent: Annotated[str, typer.Option(help="Who learns.", autocompletion=completion.agents)] = "er",
    replay: Annotated[
        str | None,
        typer.Option(help="What is remembered; the agent's own unless given.", autocompletion=completion.replays),
    ] = None,
    penalty: Annotated[
        str | None, typer.Option(help="A penalty, such as l2.", autocompletion=completion.penalties)
    ] = None,
    settings: Annotated[
        list[str],
        typer.Option("--set", metavar="GROUP.KEY=VALUE", help="An option of agent, penalty, replay, run or stream."),
    ] = [],  # noqa: B006, typer reads it only
    seed: Annotated[int, typer.Option(help="Of everything random.")] = 0,
    out: Annotated[Path | None, typer.Option(help="A new folder for the run; without one nothing is kept.")] = None,
    plugin: Plugins = [],  # noqa: B006
    device: Annotated[str, typer.Option(help="cpu, cuda, ...; auto takes what there is.")] = "auto",
) -> None:
    """Let an agent learn a stream, task after task, and score it.

    recollect run recollect/SplitDigits-v0 --agent er --replay reservoir --set replay.capacity=200 --out runs/a
    """
    given = flags.parse(settings)
    keywords = [name for name in inspect.signature(recollect.run).parameters if name not in OWN_FLAGS]
    flags.known("keyword of run:", given["run"], keywords)
    made = _make(stream, given["stream"])
    memory = {"capacity": given["replay"].pop("capacity")} if "capacity" in given["replay"] else {}
    flags.known(f"option of agent {agent!r}:", given["agent"], options_of(registry.resolve("agent", agent)))
    learner = recollect.make_agent(
        agent,
        made,
        replay=replay,
        penalty=penalty,
        seed=seed,
        device=device,
        replay_options=given["replay"],
        penalty_options=given["penalty"],
        **memory,
        **given["agent"],
    )
    observers = ["console", *(["jsonl"] if out else []), *plugin]
    with Interruptible(out):
        history = recollect.run(
            made, learner, seed=seed, directory=out, plugins=list(dict.fromkeys(observers)), **given["run"]
        )
    _print_scores(history, f"results in {out}" if out else "results")


def resume(
    folder: Folder,
    plugin: Plugins = [],  # noqa: B006
) -> None:
    """Go on with a run that was interrupted or killed, as if it had not been."""
    with Interruptible(folder):
        history = recollect.resume(folder, plugins=plugin or None)
    _print_scores(history, f"results in {folder}")
