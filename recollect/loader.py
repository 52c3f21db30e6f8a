"""The guarded loader over pluggy: a plugin that fails is rolled back whole and reported, never a broken import.

Built-ins come first, by the same hook as third parties; these are found by the entry-point group `recollect`.

RECOLLECT_PLUGINS=a,b    only these third-party plugins       RECOLLECT_STRICT=1    failures raise PluginError
RECOLLECT_DISABLE=a      all but these                        RECOLLECT_TRACE=1     prints each hook call on stderr
"""

import importlib
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib import metadata
from typing import TYPE_CHECKING, Literal

import gymnasium

from recollect.errors import PluginError, PluginWarning, UnknownName
from recollect.hooks import Hooks, switched_on

if TYPE_CHECKING:
    from recollect.catalogue import Registry

GROUP = "recollect"
HEAVY = (  # packages that nobody should wait for who only lists what there is
    *("torch", "tianshou", "mujoco", "minari", "playwright", "transformers", "pettingzoo"),
    *("sklearn", "scipy", "matplotlib"),
)
LIGHTNESS = """\
import importlib, json, operator, sys
from recollect.registry import registry
module, _, path = sys.argv[1].partition(":")
plugin = importlib.import_module(module)
plugin = operator.attrgetter(path)(plugin) if path else plugin
if not registry.loader.hooks.is_registered(plugin):
    registry.plug(plugin)
print("\\n" + json.dumps(sorted(set(sys.argv[2:]) & set(sys.modules))))
"""


def listed(variable: str) -> list[str] | None:
    """The names in an environment variable, parted by commas; None where it is not set."""
    value = os.environ.get(variable)
    return None if value is None else [name.strip() for name in value.split(",") if name.strip()]


@dataclass(frozen=True)
class PluginReport:
    """What became of a plugin; `names` are the things it registered, such as `replay reservoir`."""

    name: str
    distribution: str
    version: str
    status: Literal["loaded", "failed", "blocked", "pending"]
    error: str = ""
    names: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its name and its distribution, for messages."""
        return f"plugin {self.name!r} (distribution {self.distribution} {self.version})".replace(" )", ")")


@dataclass
class Loader:
    """Finds, guards and reports plugins, and lets each fill the registry by `recollect_register`."""

    registry: "Registry"
    builtins: Sequence[str] = ()  # modules
    hooks: Hooks = field(default_factory=Hooks)
    reports: dict[str, PluginReport] = field(default_factory=dict)  # in order of loading
    duplicates: list[PluginReport] = field(default_factory=list)
    waiting: dict[str, metadata.EntryPoint] = field(default_factory=dict)
    loaded: bool = False
    busy: bool = False

    def load(self) -> None:
        """Loads the built-in modules, then every third-party plugin; warns once per plugin that failed.

        When that is done, it finishes plugins that were still being imported when they were found.
        """
        if self.busy:  # a plugin that looks something up while it is loaded sees what there is so far
            return
        self.busy = True
        try:
            failed = [self._finish(name) for name in list(self.waiting)] if self.loaded else self._load()
        finally:
            self.busy = False
        for message in filter(None, failed):
            warnings.warn(f"{message} (more: `recollect plugins --doctor`)", PluginWarning, stacklevel=3)

    def _load(self) -> list[str]:
        self.loaded = True
        self.hooks.hook.recollect_register.call_historic(kwargs={"registry": self.registry})
        blocked = listed("RECOLLECT_DISABLE") or []
        for name in self.builtins:
            report = PluginReport(name, "recollect", _own_version(), "blocked" if name in blocked else "loaded")
            self.reports[name] = report
            if report.status == "loaded":
                self.add(importlib.import_module(name), report)
        allowed = listed("RECOLLECT_PLUGINS")
        found = sorted(metadata.entry_points(group=GROUP), key=lambda entry: (_distribution(entry), entry.name))
        failed = [self._meet(entry, blocked, allowed) for entry in found]
        for name in set(allowed or ()) - set(self.reports):
            failed.append(str(UnknownName("plugin", name, self.reports, "It is named in RECOLLECT_PLUGINS.")))
        return failed

    def _meet(self, entry: metadata.EntryPoint, blocked: list[str], allowed: list[str] | None) -> str:
        """Loads one entry point, or says why not; what went wrong, or ""."""
        version = entry.dist.version if entry.dist else ""
        report = PluginReport(entry.name, _distribution(entry), version, "pending")
        if entry.name in blocked or (allowed is not None and entry.name not in allowed):
            self.reports.setdefault(entry.name, replace(report, status="blocked"))
            return ""
        first = self.reports.get(entry.name)
        if first is not None and first.status != "blocked":
            message = f"{report.title} has the name of another one, {first.title}: uninstall one"
            self.registry.contest("plugin", entry.name, message)
            self.duplicates.append(replace(report, status="failed", error=message))
            return self._failed(message)
        self.reports[entry.name], self.waiting[entry.name] = report, entry
        return self._finish(entry.name)

    def _finish(self, name: str) -> str:
        """Loads a found plugin unless it is being imported right now; what went wrong, or ""."""
        entry, report, before = self.waiting[name], self.reports[name], set(gymnasium.registry)
        try:
            if _being_imported(entry.module):
                return ""
            del self.waiting[name]
            self.add(entry.load(), report)
        except (Exception, SystemExit) as error:
            self.waiting.pop(name, None)
            for id in set(gymnasium.registry) - before:  # what it registered by itself while it was imported
                if _package(str(gymnasium.registry[id].entry_point)) == _package(entry.value):
                    del gymnasium.registry[id]
            told = str(error) if isinstance(error, PluginError) else f"{type(error).__name__}: {error}"
            told = " ".join(told.split())
            self.reports[name] = replace(report, status="failed", error=told)
            return self._failed(told if report.title in told else f"{report.title} failed to load: {told}", error)
        return ""

    def _failed(self, message: str, cause: BaseException | None = None) -> str:
        if switched_on("RECOLLECT_STRICT"):
            raise PluginError(message) from cause
        return message

    def add(self, plugin: object, report: PluginReport) -> PluginReport:
        """Registers an imported plugin; if that fails its entries and environments go, and the error goes on."""
        entries, environments = dict(self.registry.entries), dict(gymnasium.registry)
        self.registry.open(report.name, report.distribution)
        try:
            self.hooks.add(plugin, report.name, report.title)
        except BaseException:
            self.registry.entries = entries
            gymnasium.registry.clear()
            gymnasium.registry.update(environments)
            raise
        finally:
            self.registry.open("", "")
        self.reports[report.name] = replace(report, status="loaded", names=self.registry.owned(report.name))
        return self.reports[report.name]


def _distribution(entry: metadata.EntryPoint) -> str:
    return (entry.dist and entry.dist.name) or "unknown"


def _own_version() -> str:
    try:
        return metadata.version("recollect")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "uninstalled"


def _package(target: str) -> str:
    return target.partition(":")[0].partition(".")[0]


def _being_imported(module: str) -> bool:
    """Whether `module`, or a package that holds it, is in the middle of its own import."""
    parts = module.split(".")
    loaded = (sys.modules.get(".".join(parts[: i + 1])) for i in range(len(parts)))
    return any(getattr(getattr(found, "__spec__", None), "_initializing", False) for found in loaded)


def imports_heavy(plugin: str) -> list[str]:
    """The heavy packages that come with importing and registering a plugin, tried in a process of its own.

    Args:
        plugin: what its entry point says: `module` or `module:object`.

    Raises:
        PluginError: if the plugin cannot be loaded there.
    """
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    outcome = subprocess.run(
        [sys.executable, "-c", LIGHTNESS, plugin, *HEAVY],
        env=os.environ | {"PYTHONPATH": path, "RECOLLECT_PLUGINS": ""},
        capture_output=True,
        text=True,
    )
    if outcome.returncode:
        raise PluginError(f"plugin {plugin!r} cannot be loaded: {outcome.stderr.strip().splitlines()[-1]}")
    return json.loads(outcome.stdout.splitlines()[-1])
