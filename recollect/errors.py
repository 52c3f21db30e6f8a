"""Everything Recollect raises on purpose.

    RecollectError
    ├── UnknownName       a name nobody registered, or an option nobody has (says what is near)
    ├── OptionError       an option whose value cannot be used
    ├── SchemaError       a stream, an agent and a replay that do not fit together
    ├── MissingExtra      an optional dependency that is not installed
    ├── PluginError       a plugin that cannot be used
    ├── StreamError       a task stream that breaks its contract
    ├── DataError         rows or files that are damaged or of the wrong kind
    └── CheckpointError   a run folder or a checkpoint that cannot be written or read

Every message names the thing, what was expected, what was got, and what to do next.
"""

import difflib
from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any


class RecollectError(Exception):
    """The root: `except RecollectError` catches all that Recollect raises on purpose."""


class UnknownName(RecollectError, LookupError):
    """A name or an option that does not exist; the message says which ones are near."""

    def __init__(self, kind: str, name: str, known: Iterable[str], hint: str = "") -> None:
        known = sorted(known)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        listed = ", ".join(known[:30]) or "none"
        advice = f"Did you mean {' or '.join(near)}?" if near else f"There are: {listed}."
        super().__init__(f"{kind} {name!r} does not exist. {advice}{' ' + hint if hint else ''}")
        self.kind, self.name, self.near = kind, name, near
        self.known, self.hint = known, hint

    def __reduce__(self) -> tuple[Any, ...]:
        return UnknownName, (self.kind, self.name, self.known, self.hint)  # so that it crosses processes


class OptionError(RecollectError, ValueError):
    """An option whose value has the wrong type or lies outside its range."""


class SchemaError(RecollectError):
    """A stream, an agent, a replay strategy and a penalty that do not fit together."""


class MissingExtra(RecollectError, ImportError):
    """Something needs a package that is not installed; the message holds the pip command."""


class PluginError(RecollectError):
    """A plugin that cannot be loaded or used."""


class StreamError(RecollectError):
    """A task stream that breaks its contract, or a run that asks of it what it cannot do."""


class DataError(RecollectError):
    """Rows or data files that are damaged, empty, or of the wrong kind."""


class CheckpointError(RecollectError):
    """A run folder or a checkpoint that cannot be written, or must not be read."""


class PluginWarning(UserWarning):
    """A plugin was left out; `recollect plugins --doctor` says why."""


class MetricWarning(UserWarning):
    """A metric is undefined for this history (it is then NaN); the message says why."""


def require(module: str, needed_by: str, extra: str) -> None:
    """Raises MissingExtra unless `module` can be imported; the first line of modules with an extra.

    Raises:
        MissingExtra: with the pip command that installs the extra.
    """
    if find_spec(module) is None:
        raise MissingExtra(f"{needed_by} needs {module}: pip install 'recollect[{extra}]'")
