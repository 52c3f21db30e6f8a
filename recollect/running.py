"""Running: the parts of one run, its counters, and the order in which things happen. Used by `recollect.loop`."""

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any

import gymnasium

from recollect import checkpoint
from recollect.compose import check_stream, misfit
from recollect.core import Agent
from recollect.errors import CheckpointError, SchemaError
from recollect.evaluation import evaluate
from recollect.experience import Experience
from recollect.folder import Folder
from recollect.history import History
from recollect.opening import Opener, task_stream
from recollect.randomness import random_states, restore_random_states
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
        folder: Folder | None,
        plugins: Sequence[str | object],
    ) -> None:
        self.agent, self.settings, self.folder = agent, settings, folder
        self.step = self.rows = 0
        self.begun = False  # whether this position's begin_task has been called
        self.saved = time.monotonic()
        self.hooks = run_hooks(plugins)
        self.hook = self.hooks.hook
        self.listening = bool(self.hook.recollect_step_end.get_hookimpls())
        with ExitStack() as open_envs:
            self._open(opened, open_envs)
            self.open_envs = open_envs.pop_all()
        observers = [plugin for plugin in plugins if isinstance(plugin, str)]
        self.spec = {
            "stream": opened.spec, "stream_name": opened.name, "agent": getattr(agent, "spec", None),
            "settings": settings.as_json(), "plugins": observers, "device": str(agent.device),
        }  # fmt: skip
        self.view = Run(self)

    def _open(self, opened: Opener, open_envs: ExitStack) -> None:
        """Opens the streams and plans the run, if agent and stream fit."""
        agent, settings = self.agent, self.settings
        self.stream = open_envs.enter_context(closing(opened.make()))  # answers questions, is never stepped
        self.inner = task_stream(self.stream)
        check_stream(self.stream)
        check_fit(self.stream, agent)
        settings.check_hidden(agent, agent.replay, agent.penalty)
        self.judge = open_envs.enter_context(closing(opened.make()))  # is played in tests
        self.tasks = list(range(len(self.inner.tasks)))
        self.walk, own = settings.walk(self.inner, agent)
        self.experience = Experience(
            opened, self.stream, agent, self.walk, num_envs=settings.num_envs, own_budget=own,
            announce_tasks=settings.announce_tasks, seed=settings.seed,
        )  # fmt: skip
        open_envs.enter_context(closing(self.experience))
        self.history = History(self.inner.tasks, self.inner.scores)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.open_envs.close()

    def go(self) -> History:
        """Runs to the end, from the start or from where `restore` has put it."""
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
            self.judge, self.agent, self.tasks, episodes=episodes, seed=settings.evaluation_seed,
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
        observers = {name: observer.state_dict() for name, observer in self._observers()}
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
        """Goes back to where `state` was taken; agent, replay and penalty have been restored before."""
        self.walk.load_state_dict(state["walk"])
        self.experience.load_state_dict(state["experience"])
        self.history.load_state_dict(state["history"])
        counters = state["counters"]
        self.step, self.rows, self.begun = counters["step"], counters["rows"], counters["begun"]
        for name, observer in self._observers():
            if name in state["observers"]:
                observer.load_state_dict(state["observers"][name])
        restore_random_states(state["random"])

    def _observers(self) -> list[tuple[str, Any]]:
        """The observers that have a state, by class and, where there are several of one, by number."""
        found: list[tuple[str, Any]] = []
        for observer in filter(is_part, self.hooks.observers):
            kind = type(observer).__qualname__
            found.append((f"{kind} {sum(name.startswith(f'{kind} ') for name, _ in found)}", observer))
        return found


def restore_parts(agent: Agent, state: dict[str, Any]) -> None:
    """Puts a checkpoint's state into agent, replay and penalty.

    Raises:
        CheckpointError: if they are not of the kind that was saved.
    """
    if state["kinds"] != kinds(agent):
        saved, given = (", ".join(filter(None, names)) for names in (state["kinds"], kinds(agent)))
        raise CheckpointError(f"the checkpoint is of {saved}, it cannot be loaded into {given}")
    try:
        agent.load_state_dict(state["agent"])
        agent.replay.load_state_dict(state["replay"])
        if agent.penalty is not None:
            agent.penalty.load_state_dict(state["penalty"])
    except (RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise CheckpointError(
            f"the checkpoint does not fit {', '.join(filter(None, kinds(agent)))}: {' '.join(str(error).split())}. "
            "Construct them with the options that they had"
        ) from error


def kinds(agent: Agent) -> list[str | None]:
    """The classes of agent, replay and penalty, by name."""
    return [None if part is None else type(part).__qualname__ for part in (agent, agent.replay, agent.penalty)]


def check_fit(stream: gymnasium.Env, agent: Agent) -> None:
    """Refuses an agent that does not fit, or was made for other spaces.

    Raises:
        SchemaError: saying why.
    """
    if not isinstance(agent, Agent):
        raise SchemaError(f"run takes an agent, such as make_agent gives, got {agent!r:.80}")
    named = getattr(agent, "spec", None) or {}
    names = [named[kind] for kind in ("name", "replay", "penalty") if named.get(kind)]
    penalty = None if agent.penalty is None else type(agent.penalty)
    if reason := misfit(stream, type(agent), type(agent.replay), penalty, names):
        raise SchemaError(reason)
    for role in ("observation_space", "action_space"):
        mine, its = getattr(agent, role, None), getattr(stream, role)
        if mine is not None and mine != its:
            raise SchemaError(f"the agent was made for {role} {mine}, the stream has {its}: make it on this stream")
