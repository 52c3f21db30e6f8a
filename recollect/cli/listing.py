"""`recollect list` and `recollect show`: what there is, and what one of them is."""

import inspect
from collections.abc import Iterator
from textwrap import shorten
from typing import Annotated, Any

import gymnasium
import typer

import recollect
from recollect.catalogue import KINDS, Entry
from recollect.cli import completion
from recollect.cli.tables import print_table
from recollect.errors import MissingExtra, OptionError, RecollectError, UnknownName
from recollect.options import REQUIRED, options_of
from recollect.registry import registry
from recollect.schema import explain

PLURALS = {f"{kind}s" if kind != "penalty" else "penalties": kind for kind in KINDS} | {"plugins": "plugin"}


def list_names(
    kind: Annotated[
        str | None,
        typer.Argument(help=f"One of {', '.join(PLURALS)}.", autocompletion=lambda: list(PLURALS), show_default=False),
    ] = None,
    fits: Annotated[
        str | None,
        typer.Option(
            metavar="STREAM", help="Agents and replays that fit this stream.", autocompletion=completion.streams
        ),
    ] = None,
) -> None:
    """List streams, agents, replays, penalties, metrics, observers, claims and plugins by name."""
    if kind is not None and kind not in PLURALS:
        raise UnknownName("kind", kind, PLURALS)
    if fits is not None:
        _list_fitting(kind, fits)
        return
    for plural, one in PLURALS.items():
        rows = _rows(one)
        if rows and kind in (None, plural):
            print_table(rows, title=f"{plural} ({len(rows)})")
        elif kind == plural:
            print(f"no {plural} yet")


def _rows(kind: str) -> list[tuple[str, str]]:
    """Name and summary of all of a kind; where a third party brought it, it says who."""
    if kind == "plugin":
        return [
            (report.name, f"{report.distribution} {report.version}, {report.status}") for report in registry.plugins()
        ]
    entries = [registry.entry(kind, name) for name in registry.names(kind)]
    origins = {e.name: "" if e.distribution == "recollect" else f" ({e.distribution})" for e in entries}
    return [(entry.name, f"{entry.summary}{origins[entry.name]}") for entry in entries]


def _list_fitting(kind: str | None, stream: str) -> None:
    """Prints each agent that fits `stream` with the replays that fit both."""
    if kind not in (None, "agents", "replays"):
        raise OptionError(f"--fits lists agents and replays, not {kind}")
    pairs = recollect.fits(stream=stream)
    if kind == "replays":
        by_replay = sorted({replay for _, replay in pairs})
        rows = [(replay, f"with {', '.join(a for a, r in pairs if r == replay)}") for replay in by_replay]
    else:
        by_agent = sorted({agent for agent, _ in pairs})
        rows = [(agent, f"with {', '.join(r for a, r in pairs if a == agent)}") for agent in by_agent]
    if rows:
        print_table(rows, title=f"{kind or 'agents'} that fit {stream}")
    else:
        print(f"nothing that is installed fits {stream}")


def show(
    name: Annotated[str, typer.Argument(help="Name of anything that is listed.", autocompletion=completion.anything)],
) -> None:
    """Show what a name stands for: summary, origin, options with types and defaults."""
    kinds = [kind for kind in KINDS if name in registry.names(kind)]
    if not kinds:
        raise UnknownName("name", name, completion.anything(""))
    for kind in kinds:
        entry = registry.entry(kind, name)
        print_table(_facts(entry), title=f"{kind} {name}")
        try:
            target = registry.resolve(kind, name)
        except MissingExtra as error:
            print(f"  {error}")
            continue
        for line in _introduction(target):
            print(f"  {line}".rstrip())
        rows = list(_options(kind, target))
        if rows:
            print_table(rows, title="options")
        if kind == "stream":
            _show_stream(name)


def _facts(entry: Entry) -> list[tuple[str, str]]:
    facts = [
        ("summary", entry.summary or "none"),
        ("plugin", f"{entry.plugin} (distribution {entry.distribution})"),
        ("source", entry.target),
    ]
    return facts + [(f"default {key}", str(value)) for key, value in entry.options.items()]


def _introduction(target: Any) -> list[str]:
    """The docstring up to its section of arguments."""
    text = (inspect.getdoc(target) or "no docstring").split("\nArgs:")[0].split("\nRaises:")[0]
    return text.strip().splitlines()


def _options(kind: str, target: Any) -> Iterator[tuple[str, str, str]]:
    """Name, type and default of each option."""
    if kind == "metric":
        yield from (("reference", "History | None", "None"), ("score", "str | None", "None"))
    elif isinstance(target, type):
        for option in options_of(target).values():
            yield option.name, option.type, "required" if option.default is REQUIRED else repr(option.default)


def _show_stream(name: str) -> None:
    try:
        stream = gymnasium.make(name)
    except RecollectError as error:  # such as data that are not there
        print(f"  cannot be made without options here: {error}")
        return
    inner = stream.unwrapped
    print_table(
        [
            ("tasks", f"{len(inner.tasks)}: {', '.join(inner.tasks)}"),
            ("rows", explain(inner.schema)),
            ("scores", ", ".join(f"{score} ({direction})" for score, direction in inner.scores.items())),
            ("target", inner.target),
            ("observations", shorten(str(stream.observation_space), 100)),
            ("actions", shorten(str(stream.action_space), 100)),
        ],
        title="as made without options",
    )
    stream.close()
