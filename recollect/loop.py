"""The loop: `run` walks the tasks, `resume` goes on with a run that was stopped, `load` gives what was trained."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recollect import checkpoint
from recollect.core import Agent
from recollect.errors import CheckpointError, OptionError
from recollect.folder import HISTORY, Folder
from recollect.history import History
from recollect.opening import Opener, Source, opener
from recollect.randomness import seed_for, seeded
from recollect.registry import make_agent
from recollect.running import Running, restore_parts
from recollect.settings import Settings
from recollect.view import Run

__all__ = ["Run", "load", "resume", "run"]


def run(
    stream: Source,
    agent: Agent,
    *,
    num_envs: int = 1,
    steps_per_task: int | list[int] | None = None,
    passes: int = 1,
    schedule: Any = None,
    evaluate_every: int | None = None,
    evaluate_episodes: int = 10,
    evaluate_rows: int | None = None,
    announce_tasks: bool = True,
    seed: int = 0,
    directory: str | Path | None = None,
    checkpoint_seconds: float = 60,
    plugins: Sequence[str | object] = (),
) -> History:
    """Walks the tasks of `stream`, lets `agent` learn, and scores all tasks before, at task ends, and in between.

    A step is one call of `Agent.learn`: one vector step of a lived stream, one batch of `agent.batch_size` rows
    of a logged one, `agent.groups` groups of episodes for agents that learn episodes.

    Args:
        stream: an env id, an EnvSpec, a made env (its spec is used) or a callable; `run` makes its own copies.
        agent: from `make_agent`, or any Agent that fits; it is changed.
        num_envs: lanes of a lived stream.
        steps_per_task: steps of each task, one number or a list. None: logged streams take `passes`, lived ones
            their own steps_per_task, in which one env step of any lane counts 1.
        passes: passes over a logged task's rows; the last batch of a pass may be short.
        schedule: which task comes when (`recollect.schedule`); None: the stream's own, else sequential.
        evaluate_every: evaluate all tasks also every so many steps.
        evaluate_episodes: test episodes of each task in lived streams.
        evaluate_rows: test rows of each task in batched streams, a fixed, seeded subset; None: all.
        announce_tasks: False hides tasks from agent, rows and replay; parts that need them are refused.
        seed: of everything random in the run; agent and replay have their own from `make_agent`.
        directory: a new or empty folder for run.json, history.npz and checkpoints; None keeps all in memory.
        checkpoint_seconds: a checkpoint at the first step after so many seconds; 0 at every step.
        plugins: observers of this run, names or objects with `recollect_*` methods.

    Returns:
        The history of all evaluations.

    Raises:
        SchemaError: if agent and stream do not fit; StreamError, OptionError, CheckpointError for what they name.
    """
    settings = Settings(
        num_envs, steps_per_task, passes, schedule, evaluate_every, evaluate_episodes, evaluate_rows,
        announce_tasks, seed, checkpoint_seconds,
    )  # fmt: skip
    if directory is not None and not isinstance(directory, str | os.PathLike):
        raise OptionError(f"directory must be a path or None, got {directory!r}")
    folder = None if directory is None else Folder(Path(directory))
    if folder is not None:
        folder.require_free()
    opened = opener(stream)
    with seeded(seed_for(seed, "run")), Running(opened, agent, settings, folder, plugins) as running:
        if folder is not None:
            folder.create(running.spec)
            running.save()  # what the agent already knew is part of the run
        return running.go()


def resume(
    directory: str | Path,
    *,
    stream: Source | None = None,
    agent: Agent | None = None,
    plugins: Sequence[str | object] | None = None,
) -> History:
    """Goes on with the run in `directory`; afterwards it is the run that it would have been, to the bit.

    Args:
        directory: of a run that was stopped, at any moment; one that is complete is only read.
        stream: needed where run.json cannot hold the stream (arrays, callables).
        agent: needed where the agent was not made by `make_agent`; constructed as it was then.
        plugins: observers; None: those that run.json names.

    Raises:
        CheckpointError: if the folder holds no run, or its checkpoint is damaged, foreign or newer.
    """
    folder = Folder(Path(directory))
    spec = folder.spec()
    if folder.complete:
        return History.load(folder.path / HISTORY)
    opened = opener(folder.stream(spec) if stream is None else stream)
    if agent is None:
        agent = _remake(folder, spec, opened)
    settings = folder.settings(spec)
    state = checkpoint.read(folder.path) if folder.started else None  # None: killed at once
    if state is not None:
        restore_parts(agent, state)  # before anything is planned by its options
    observers = spec["plugins"] if plugins is None else plugins
    with seeded(seed_for(settings.seed, "run")), Running(opened, agent, settings, folder, observers) as running:
        if state is not None:
            running.restore(state)
        return running.go()


def load(directory: str | Path, *, stream: Source | None = None, agent: Agent | None = None) -> Agent:
    """The agent of the run in `directory` as its latest checkpoint has it, ready to act.

    Raises:
        CheckpointError: if there is no checkpoint yet, or it cannot be read.
    """
    folder = Folder(Path(directory))
    spec = folder.spec()
    state = checkpoint.read(folder.path)
    if agent is None:
        agent = _remake(folder, spec, opener(folder.stream(spec) if stream is None else stream))
    restore_parts(agent, state)
    return agent


def _remake(folder: Folder, spec: dict[str, Any], opened: Opener) -> Agent:
    """The agent as `make_agent` made it."""
    if spec["agent"] is None:
        raise CheckpointError(
            f"{folder.path} was run with an agent that make_agent did not make: pass agent=, constructed as it was then"
        )
    made = dict(spec["agent"])
    options = made.pop("options")
    env = opened.make()
    try:
        return make_agent(made.pop("name"), env, **made, **options)
    finally:
        env.close()
