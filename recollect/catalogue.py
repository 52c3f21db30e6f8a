"""The registry as a table: names, the strings behind them, and the plugins that brought them."""

import importlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import gymnasium

from recollect.errors import MissingExtra, OptionError, PluginError, UnknownName
from recollect.loader import Loader, PluginReport

KINDS = ("stream", "agent", "replay", "penalty", "metric", "observer", "claim")
TARGET = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
NAME = re.compile(r"[a-z0-9]+([-./][a-z0-9]+)*\+*")  # kebab-case, such as a-gem or der++; claims are <paper>/<claim>
PROGRAM = "this program"


@dataclass(frozen=True)
class Entry:
    """One registered thing; `options` are gymnasium's for a stream, and an agent's own replay."""

    kind: str
    name: str
    target: str
    summary: str
    plugin: str
    distribution: str
    options: dict[str, Any] = field(default_factory=dict)


class Registry:
    """Names of streams, agents, replays, penalties, metrics, observers and claims.

    Plugins fill it in `recollect_register(registry)`; a program may also do so itself.

    Attributes:
        entries: what is registered, by kind and name.
        loader: finds the plugins and reports what became of them.
    """

    def __init__(self, builtins: Sequence[str] = ()) -> None:
        self.entries: dict[tuple[str, str], Entry] = {}
        self._contested: dict[tuple[str, str], str] = {}
        self._plugin, self._distribution = PROGRAM, PROGRAM
        self.loader = Loader(self, builtins)

    def stream(self, id: str, target: str, summary: str = "", **options: Any) -> None:
        """Names a stream, also for `gymnasium.make(id)`; options are those of `gymnasium.register`."""
        self._add("stream", id, target, summary, **options)
        try:
            gymnasium.register(id, entry_point=target, **options)
        except (gymnasium.error.Error, TypeError) as error:
            del self.entries["stream", id]
            raise PluginError(f"stream {id!r} cannot be registered with Gymnasium: {error}") from error

    def agent(self, name: str, target: str, summary: str = "", replay: str = "reservoir") -> None:
        """Names an agent; `replay` is the strategy it has unless another is asked for."""
        self._add("agent", name, target, summary, replay=replay)

    def replay(self, name: str, target: str, summary: str = "") -> None:
        """Names a replay strategy."""
        self._add("replay", name, target, summary)

    def penalty(self, name: str, target: str, summary: str = "") -> None:
        """Names a penalty."""
        self._add("penalty", name, target, summary)

    def metric(self, name: str, target: str, summary: str = "") -> None:
        """Names a metric: a function `f(history, reference=None, score=None) -> float`."""
        self._add("metric", name, target, summary)

    def observer(self, name: str, target: str, summary: str = "") -> None:
        """Names an observer: a class without required options, whose methods `recollect_*` are hooks."""
        self._add("observer", name, target, summary)

    def claim(self, name: str, target: str, summary: str = "") -> None:
        """Names a claim, `<paper>/<claim>`: a `recollect.claim.Claim`."""
        self._add("claim", name, target, summary)

    def _add(self, kind: str, name: str, target: str, summary: str, **options: Any) -> None:
        if not isinstance(target, str) or not TARGET.fullmatch(target):
            raise PluginError(f"{kind} {name!r}: the target must be a string 'module:Object', got {target!r}")
        if kind != "stream" and not NAME.fullmatch(name):
            raise PluginError(f"{kind} {name!r}: names are kebab-case, such as 'oldest-first'")
        first = self.entries.get((kind, name))
        if first is not None and first.plugin == self._plugin == PROGRAM:  # a cell of a notebook, run again
            gymnasium.registry.pop(name, None)
        elif first is not None and first.plugin == self._plugin:
            raise PluginError(f"plugin {self._plugin!r} registers {kind} {name!r} twice")
        elif first is not None:
            message = (
                f"{kind} {name!r} is registered by plugin {first.plugin!r} (distribution {first.distribution}) and by "
                f"plugin {self._plugin!r} (distribution {self._distribution}): uninstall one, or name it in "
                "RECOLLECT_DISABLE"
            )
            if self._plugin != PROGRAM:
                self.contest(kind, name, message)
            raise PluginError(message)
        elif kind == "stream" and name in gymnasium.registry:
            raise PluginError(f"stream {name!r} is an environment of Gymnasium's already: give it another id")
        self.entries[kind, name] = Entry(kind, name, target, summary, self._plugin, self._distribution, options)

    def plug(self, plugin: Any, name: str = "") -> PluginReport:
        """Adds a plugin that is not installed: a module, or an object, with routines named `recollect_*`.

        Args:
            plugin: the module or the object.
            name: under which it is listed; the module's own name if empty.

        Raises:
            PluginError: if any of it fails; then nothing of it is left.
        """
        self.loader.load()
        report = PluginReport(name or getattr(plugin, "__name__", type(plugin).__name__), PROGRAM, "", "pending")
        try:
            return self.loader.add(plugin, report)
        except PluginError:
            raise
        except Exception as error:
            raise PluginError(f"{report.title} failed to load: {type(error).__name__}: {error}") from error

    def open(self, plugin: str, distribution: str) -> None:
        """From now on what is registered belongs to `plugin`; to the program itself for ""."""
        self._plugin, self._distribution = plugin or PROGRAM, distribution or PROGRAM

    def owned(self, plugin: str) -> tuple[str, ...]:
        """What `plugin` has registered, as `replay reservoir`."""
        return tuple(f"{entry.kind} {entry.name}" for entry in self.entries.values() if entry.plugin == plugin)

    def contest(self, kind: str, name: str, message: str) -> None:
        """From now on asking for `name` raises PluginError(message)."""
        self._contested[kind, name] = message

    def names(self, kind: str) -> list[str]:
        """All names of one kind, sorted."""
        if kind not in KINDS:
            raise UnknownName("kind", kind, KINDS)
        self.loader.load()
        return sorted(name for k, name in self.entries if k == kind)

    def entry(self, kind: str, name: str) -> Entry:
        """What was registered under `name`.

        Raises:
            OptionError: if it is not a string.
            UnknownName: if nothing was; the message says what is near.
            PluginError: if two plugins claim it.
        """
        if not isinstance(name, str):
            raise OptionError(f"{kind} must be a name, such as {self.names(kind)[0]!r}, got {name!r}")
        names = self.names(kind)
        for key in ((kind, name), ("plugin", name)):
            if key in self._contested:
                raise PluginError(self._contested[key])
        if name not in names:
            others = [f"{name!r} is registered as {k}." for k in KINDS if (k, name) in self.entries]
            failed = [report.name for report in self.plugins() if report.status == "failed"]
            if failed:
                others.append(f"Plugins that failed to load: {', '.join(failed)} (`recollect plugins --doctor`).")
            raise UnknownName(kind, name, names, " ".join(others))
        return self.entries[kind, name]

    def resolve(self, kind: str, name: str) -> Any:
        """The thing itself; its module is imported now.

        Raises:
            MissingExtra: if it needs a package that is not installed.
            PluginError: if its target cannot be imported for another reason.
        """
        entry = self.entry(kind, name)
        module, _, path = entry.target.partition(":")
        try:
            found: Any = importlib.import_module(module)
            for part in path.split("."):
                found = getattr(found, part)
        except MissingExtra:
            raise
        except Exception as error:
            raise PluginError(
                f"{kind} {name!r} of plugin {entry.plugin!r} (distribution {entry.distribution}) cannot be loaded "
                f"from {entry.target!r}: {type(error).__name__}: {error}"
            ) from error
        return found

    def plugins(self) -> list[PluginReport]:
        """What became of every plugin, in order of loading."""
        self.loader.load()
        return [*self.loader.reports.values(), *self.loader.duplicates]
