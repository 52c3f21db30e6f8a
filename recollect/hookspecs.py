"""Every hook, in life-cycle order. Hooks observe, they do not steer.

A plugin is a module, or an object given to `run(plugins=...)`, with routines of these names; it may take a
subset of the arguments. Those of installed plugins hear every run, those of `plugins=` only that run, both in
the order given.
"""

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import numpy as np

    from recollect.loop import Run
    from recollect.registry import Registry
    from recollect.rows import Rows

hookspec = pluggy.HookspecMarker("recollect")


@hookspec(historic=True)
def recollect_register(registry: "Registry") -> None:
    """Names what the plugin has: streams, agents, replays, penalties, metrics, observers, claims.

    Called once for every plugin, late ones included. Strings only: importing torch here fails `recollect check`.
    """


@hookspec
def recollect_run_start(run: "Run") -> None:
    """A run begins or is resumed; nothing has been learned or evaluated since."""


@hookspec
def recollect_task_start(run: "Run", task: int) -> None:
    """The main task changed to `task`; agent, penalty and replay have begun it."""


@hookspec
def recollect_step_end(run: "Run", task: int, step: int, rows: "Rows", losses: dict[str, float]) -> None:
    """A step (one call of `Agent.learn`) has ended; `step` counts from 1, `rows` are those it brought."""


@hookspec
def recollect_evaluated(run: "Run", task: int, step: int, scores: "dict[str, np.ndarray]") -> None:
    """All tasks were evaluated: score name -> (tasks,); `step` is 0 before the first step."""


@hookspec
def recollect_task_end(run: "Run", task: int) -> None:
    """The main task has ended and been evaluated."""


@hookspec
def recollect_run_end(run: "Run") -> None:
    """Every task has ended; the history is complete and, with a directory, written."""
