"""Running: the parts of one run, its counters, and the order in which things happen. Used by `recollect.loop`."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recollect import checkpoint
from recollect.compose import misfit
from recollect.core import Agent
from recollect.errors import CheckpointError, SchemaError
from recollect.evaluation import evaluate
from recollect.experience import Experience
from recollect.folder import Folder
from recollect.history import History
from recollect.opening import Opener, task_stream
from recollect.randomness import random_states, restore_random_states, seed_for
from recollect.registry import run_hooks
from recollect.rows import Rows, num_rows
from recollect.settings import Settings
from recollect.state import is_part
from recollect.view import Run


class Running:
    """One run: the parts, the counters, and the order in which things happen."""

    def __init__(
        self,
        opened: Opener,
        agent: Agent,
        settings: Settings,
        directory: Path | None,
        plugins: Sequence[str | object],
    ) -> None:
        self.agent, self.settings = agent, settings
        self.stream, self.judge = opened.make(), opened.make()  # one answers questions, one is played in tests
        inner = task_stream(self.stream)
        named = getattr(agent, "spec", None) or {}
        names = [named[kind] for kind in ("name", "replay", "penalty") if named.get(kind)]
        if reason := misfit(self.stream, type(agent), type(agent.replay), agent.penalty and type(agent.penalty), names):
            raise SchemaError(reason)
        check_spaces(self.stream, agent)
        settings.check_hidden(agent)
        self.inner, self.tasks = inner, list(range(len(inner.tasks)))
        self.walk, own = settings.walk(inner, agent)
        self.experience = Experience(
            opened, self.stream, agent, self.walk, num_envs=settings.num_envs, own_budget=own,
            announce_tasks=settings.announce_tasks, seed=settings.seed,
        )  # fmt: skip
        self.history = History(inner.tasks, inner.scores)
        self.hooks = run_hooks(plugins)
        self.hook = self.hooks.hook
        self.listening = bool(self.hook.recollect_step_end.get_hookimpls())
        self.folder = None if directory is None else Folder(directory)
        self.step = self.rows = 0
        self.begun = False  # whether this position's begin_task has been called
        observers = [plugin for plugin in plugins if isinstance(plugin, str)]
        self.spec = {
            "stream": opened.spec, "stream_name": opened.name, "agent": getattr(agent, "spec", None),
            "settings": settings.as_json(), "plugins": observers, "device": str(agent.device),
        }  # fmt: skip
        self.view = Run(self)
        self.saved = time.monotonic()

    def go(self) -> History:
        """Runs to the end, from the start or from where `restore` has put it."""
        try:
            self.hook.recollect_run_start(run=self.view)
            while not self.walk.over:
                if not self.begun:
                    self.begin_task()
                for rows in self.experience:
                    self.learn(rows)
                self.end_task()
            if self.folder is not None:
                self.folder.finish(self.step, self.state())
            self.hook.recollect_run_end(run=self.view)
        finally:
            self.experience.close()
            self.stream.close()
            self.judge.close()
        return self.history

    def begin_task(self) -> None:
        """Agent, penalty and replay begin the task; before the very first step all tasks are evaluated."""
        task = self.walk.task
        if self.settings.announce_tasks:
            data = self.inner.data(task)
            for part in (self.agent, self.agent.penalty, self.agent.replay):
                if part is not None:
                    part.begin_task(task, data)
        self.begun = True
        self.hook.recollect_task_start(run=self.view, task=task)
        if self.step == 0:
            self.evaluate(-1, -1, ended=False)

    def learn(self, rows: Rows) -> None:
        """One step: learning, hooks, a periodic evaluation, a checkpoint if one is due."""
        losses = self.agent.learn(rows)
        self.step += 1
        self.rows += num_rows(rows)
        task = self.walk.task
        if self.listening:
            self.hook.recollect_step_end(run=self.view, task=task, step=self.step, rows=rows, losses=losses)
        every = self.settings.evaluate_every
        if every and self.step % every == 0 and self.walk.left > 0:  # the end of a task has its own
            self.evaluate(self.walk.position, task, ended=False)
        if self.folder is not None and time.monotonic() - self.saved >= self.settings.checkpoint_seconds:
            self.save()

    def end_task(self) -> None:
        """Replay, agent and penalty end the task; all tasks are evaluated; the walk goes on."""
        task = self.walk.task
        if self.settings.announce_tasks:
            data = self.inner.data(task)
            for part in (self.agent.replay, self.agent, self.agent.penalty):
                if part is not None:
                    part.end_task(task, data)
        self.evaluate(self.walk.position, task, ended=True)
        if self.folder is not None:
            self.folder.keep(self.history)
        self.hook.recollect_task_end(run=self.view, task=task)
        self.walk.next()
        self.begun = False

    def evaluate(self, position: int, task: int, *, ended: bool) -> None:
        """Scores all tasks under the guard and notes it in the history."""
        settings = self.settings
        episodes = settings.evaluate_rows if self.inner.batched else settings.evaluate_episodes
        scores = evaluate(
            self.judge, self.agent, self.tasks, episodes=episodes, seed=seed_for(settings.seed, "evaluation"),
            announce_tasks=settings.announce_tasks,
        )  # fmt: skip
        counts = {"rows": self.rows, "env_steps": self.experience.env_steps, "updates": self.agent.updates}
        self.history.append(scores, step=self.step, position=position, task=task, ended=ended, **counts)
        self.hook.recollect_evaluated(run=self.view, task=task, step=self.step, scores=scores)

    def save(self) -> None:
        """Writes a checkpoint, unless an episode is open that could not be played again."""
        if self.folder is not None and self.experience.resumable:
            checkpoint.write(self.folder.path, f"checkpoint-{self.step}", self.state())
            self.saved = time.monotonic()

    def state(self) -> dict[str, Any]:
        """Everything that decides how the run goes on."""
        observers = {type(o).__qualname__: o.state_dict() for o in self.hooks.observers if is_part(o)}
        return {
            "agent": self.agent.state_dict(),
            "replay": self.agent.replay.state_dict(),
            "penalty": None if self.agent.penalty is None else self.agent.penalty.state_dict(),
            "kinds": kinds(self.agent),
            "experience": self.experience.state_dict(),
            "walk": self.walk.state_dict(),
            "history": self.history.state_dict(),
            "counters": {"step": self.step, "rows": self.rows, "begun": self.begun},
            "random": random_states(),
            "observers": observers,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Goes back to where `state` was taken."""
        restore_parts(self.agent, state)
        self.walk.load_state_dict(state["walk"])
        self.experience.load_state_dict(state["experience"])
        self.history.load_state_dict(state["history"])
        counters = state["counters"]
        self.step, self.rows, self.begun = counters["step"], counters["rows"], counters["begun"]
        for observer in self.hooks.observers:
            if is_part(observer) and type(observer).__qualname__ in state["observers"]:
                observer.load_state_dict(state["observers"][type(observer).__qualname__])  # type: ignore[attr-defined]
        restore_random_states(state["random"])


def restore_parts(agent: Agent, state: dict[str, Any]) -> None:
    """Puts a checkpoint's state into agent, replay and penalty.

    Raises:
        CheckpointError: if they are not of the kind that was saved.
    """
    if state["kinds"] != kinds(agent):
        raise CheckpointError(
            f"the checkpoint is of {', '.join(filter(None, state['kinds']))}, "
            f"it cannot be loaded into {', '.join(filter(None, kinds(agent)))}"
        )
    try:
        agent.load_state_dict(state["agent"])
        agent.replay.load_state_dict(state["replay"])
        if agent.penalty is not None:
            agent.penalty.load_state_dict(state["penalty"])
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"the checkpoint does not fit {', '.join(filter(None, kinds(agent)))}: {error}. "
            "Construct them with the options that they had"
        ) from error


def kinds(agent: Agent) -> list[str | None]:
    """The classes of agent, replay and penalty, by name."""
    return [part and type(part).__qualname__ for part in (agent, agent.replay, agent.penalty)]


def check_spaces(stream: Any, agent: Agent) -> None:
    """Refuses an agent that was made for other spaces.

    Raises:
        SchemaError: naming both.
    """
    for role in ("observation_space", "action_space"):
        mine, its = getattr(agent, role, None), getattr(stream, role)
        if mine is not None and mine != its:
            raise SchemaError(f"the agent was made for {role} {mine}, the stream has {its}: make it on this stream")
