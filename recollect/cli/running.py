"""`recollect run`, `resume` and `evaluate`."""

import inspect
import math
import sys
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated

import gymnasium
import typer

import recollect
from recollect.cli import completion, flags
from recollect.cli import video as filming
from recollect.cli.tables import print_table
from recollect.errors import MetricWarning, OptionError
from recollect.history import History
from recollect.opening import make_stream
from recollect.options import options_of
from recollect.randomness import seed_for
from recollect.registry import metric, registry

SUMMARY = ("accuracy", "aaa", "forgetting", "bwt", "fwt", "min-acc", "wc-acc")  # `recollect list metrics` has all
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
    video: Annotated[bool, typer.Option("--video", help="Write a clip of every task (GIF) into the folder.")] = False,
) -> None:
    """Let an agent learn a stream, task after task, and score it.

    recollect run recollect/SplitDigits-v0 --agent er --replay reservoir --set replay.capacity=200 --out runs/a
    """
    given = flags.parse(settings)
    keywords = [name for name in inspect.signature(recollect.run).parameters if name not in OWN_FLAGS]
    flags.known("keyword of run:", given["run"], keywords)
    flags.known(f"option of agent {agent!r}:", given["agent"], options_of(registry.resolve("agent", agent)))
    if given["penalty"] and penalty is None:
        raise OptionError(f"--set penalty.{min(given['penalty'])} needs a penalty: name one with --penalty")
    memory = {"capacity": given["replay"].pop("capacity")} if "capacity" in given["replay"] else {}
    parts = {"replay_options": given["replay"], "penalty_options": given["penalty"], **memory}
    observers = list(dict.fromkeys(["console", *(["jsonl"] if out else []), *plugin]))
    with closing(make_stream(stream, given["stream"])) as made:
        if video:
            filming.check(made, out)
        learner = recollect.make_agent(
            agent, made, replay=replay, penalty=penalty, seed=seed, device=device, **parts, **given["agent"]
        )
        with _interruptible(out):
            history = recollect.run(made, learner, seed=seed, directory=out, plugins=observers, **given["run"])
        if video and out is not None:
            filming.film(made, learner, out, seed, given["run"].get("announce_tasks", True))
    _print_metrics(history, out)


def resume(
    folder: Folder,
    plugin: Plugins = [],  # noqa: B006
) -> None:
    """Go on with a run that was interrupted or killed, as if it had not been."""
    from recollect.folder import Folder as RunFolder

    observers = [*RunFolder(folder).spec()["plugins"], *plugin]
    with _interruptible(folder):
        history = recollect.resume(folder, plugins=list(dict.fromkeys(observers)))
    _print_metrics(history, folder)


def evaluate(
    folder: Folder,
    stream: Annotated[
        str | None, typer.Option(help="Another stream than the run's.", autocompletion=completion.streams)
    ] = None,
    episodes: Annotated[
        int | None, typer.Option(min=1, help="Test episodes of each task (rows in batched streams).")
    ] = None,
) -> None:
    """Score what a run has trained, as its latest checkpoint has it."""
    from recollect.folder import Folder as RunFolder
    from recollect.running import check_fit

    agent = recollect.load(folder)
    spec = RunFolder(folder).spec()
    settings = spec["settings"]
    made = gymnasium.make(RunFolder(folder).stream(spec)) if stream is None else make_stream(stream, {})
    with closing(made):
        inner = made.unwrapped
        check_fit(made, agent)
        scores = recollect.evaluate(
            made,
            agent,
            episodes=episodes or settings["evaluate_rows" if inner.batched else "evaluate_episodes"],
            seed=seed_for(settings["seed"], "evaluation"),
            announce_tasks=settings["announce_tasks"],
        )
    rows = [("task", *scores)]
    rows += [(task, *(f"{scores[name][i]:.3f}" for name in scores)) for i, task in enumerate(inner.tasks)]
    print_table([*rows, ("mean", *(f"{values.mean():.3f}" for values in scores.values()))], title=f"scores of {folder}")


@contextmanager
def _interruptible(folder: Path | None) -> Iterator[None]:
    """Ctrl-C inside ends the program with exit code 130 and a line that says how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        advice = "it had no folder, and is lost: give --out to make runs resumable"
        if folder is not None:
            advice = f"`recollect resume {folder}` goes on from its last checkpoint"
        print(f"recollect: interrupted; {advice}", file=sys.stderr)
        raise typer.Exit(130) from None


def _print_metrics(history: History, folder: Path | None) -> None:
    """Prints the usual metrics, as far as they are defined."""
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        for name in SUMMARY:
            number = metric(name)(history)
            if not math.isnan(number):
                rows.append((name, f"{number:.3f}", registry.entry("metric", name).summary))
    print_table(rows, title=f"{len(history)} evaluations{f', in {folder}' if folder else ''}")
