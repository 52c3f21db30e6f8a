"""Hooks: pluggy with our hook specifications, for the installed plugins and for the observers of one run.

Routines named `recollect_*` are hooks without a marker; whatever else has such a name is data.
"""

import inspect
import os
import sys
import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pluggy

from recollect import hookspecs
from recollect.errors import PluginError, UnknownName

API = 1  # the contract this Recollect offers; a plugin may say `recollect_api = 1`
HOOKS = tuple(name for name in vars(hookspecs) if name.startswith("recollect_"))
ROUTINES = (types.FunctionType, types.MethodType, classmethod, staticmethod)


def switched_on(variable: str) -> bool:
    """Whether an environment variable is set to anything but nothing and 0."""
    return os.environ.get(variable, "0") not in ("", "0")


def routines(plugin: object) -> list[str]:
    """Names of the plugin's hooks: only routines count, so that `recollect_api` is data."""
    return [name for name in dir(plugin) if is_routine(plugin, name)]


def is_routine(plugin: object, name: str) -> bool:
    """Whether an attribute of the plugin is a hook."""
    return name.startswith("recollect_") and isinstance(inspect.getattr_static(plugin, name, None), ROUTINES)


class Hooks(pluggy.PluginManager):
    """Pluggy with our hooks; routines named `recollect_*` need no marker, as in pytest."""

    def __init__(self) -> None:
        super().__init__("recollect")
        self.add_hookspecs(hookspecs)
        if switched_on("RECOLLECT_TRACE"):
            self.add_hookcall_monitoring(_print_call, lambda *_: None)

    def parse_hookimpl_opts(self, plugin: object, name: str) -> Any:
        """The options of a marked hook, none for an unmarked one, None for what is no hook."""
        marked = super().parse_hookimpl_opts(plugin, name)
        return {} if marked is None and is_routine(plugin, name) else marked

    def add(self, plugin: object, name: str, what: str) -> None:
        """Registers `plugin`, calls what its hooks have missed, and leaves no trace if any of it fails.

        Raises:
            PluginError: for a newer `recollect_api`, a class, a plugin that is there already, no hook, a misspelt hook,
                an argument that the hook lacks.
        """
        api = getattr(plugin, "recollect_api", API)
        if not isinstance(api, int) or isinstance(api, bool) or api > API:
            raise PluginError(
                f"{what} was written for recollect_api {api!r}, this Recollect offers {API}: upgrade Recollect"
            )
        if isinstance(plugin, type):
            raise PluginError(f"{what} is the class {plugin.__name__}: give an object of it")
        if self.is_registered(plugin) or self.has_plugin(name):
            raise PluginError(f"{what} is there already, as {self.get_name(plugin) or name!r}")
        if not routines(plugin):
            raise PluginError(f"{what} has no hook; a plugin has routines named {', '.join(HOOKS)}")
        try:
            self.register(plugin, name)
            self.check_pending()
        except pluggy.PluginValidationError as error:
            self.remove(plugin)
            unknown = [hook for hook in routines(plugin) if hook not in HOOKS]
            reason = UnknownName("hook", unknown[0], HOOKS) if unknown else " ".join(str(error).split())
            raise PluginError(f"{what}: {reason}") from error
        except BaseException:
            self.remove(plugin)
            raise

    def remove(self, plugin: object) -> None:
        """Unregisters `plugin`, if it is registered."""
        if self.get_name(plugin) is not None:
            self.unregister(plugin)


def _print_call(hook: str, implementations: Sequence[Any], arguments: Mapping[str, object]) -> None:
    if not implementations:
        return
    given = ", ".join(
        f"{name}={value if isinstance(value, int | str) else type(value).__name__}" for name, value in arguments.items()
    )
    heard = ", ".join(str(implementation.plugin_name) for implementation in reversed(implementations))
    print(f"recollect: {hook}({given}) -> {heard}", file=sys.stderr)


@dataclass(frozen=True)
class RunHooks:
    """The hooks of one run: `hook.recollect_step_end(...)` calls all; `observers` are the objects of `plugins=`."""

    hook: Any
    observers: list[object]


def join(installed: Hooks, observers: list[object]) -> RunHooks:
    """Hooks of installed plugins and of `observers`, called in this order.

    Raises:
        PluginError: for an observer without hooks, with a misspelt hook, or given twice.
    """
    hooks = Hooks()
    for i, observer in reversed(list(enumerate(observers))):  # pluggy calls the last registered first
        title = f"{type(observer).__name__} {i}"
        hooks.add(observer, title, f"observer {title} of plugins=")
    for name, plugin in reversed(installed.list_name_plugin()):
        listens = any(hook.name != "recollect_register" for hook in installed.get_hookcallers(plugin) or ())
        if listens and not hooks.is_registered(plugin):  # pluggy looks at every name of a module, in every run
            hooks.register(plugin, name)
    return RunHooks(hooks.hook, observers)
