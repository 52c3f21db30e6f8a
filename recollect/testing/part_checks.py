"""What every penalty and every observer keeps to."""

import inspect
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recollect import checkpoint
from recollect.core import Penalty
from recollect.hooks import HOOKS, routines
from recollect.loop import run
from recollect.registry import registry
from recollect.testing import agent_checks
from recollect.testing.agent_checks import AgentSubject
from recollect.testing.setting import Setting, settings


def penalty_subject(cls: type[Penalty]) -> AgentSubject:
    """The first registered agent with networks, under this penalty.

    Raises:
        AssertionError: if there is none.
    """
    for name in registry.names("agent"):
        agent = registry.resolve("agent", name)
        found = None if name.startswith("toy-") else next(settings(agent=agent, penalty=cls), None)
        if found and any(True for _ in Setting(found.stream_id, agent, found.replay).build().named_parameters()):
            return AgentSubject(agent, chosen=found)
    raise AssertionError(f"no registered agent with networks fits penalty {cls.__name__}: look at asks")


def check_restrains(subject: AgentSubject) -> None:
    """Over a task's end the penalty works: `loss` is one number, and what it holds is counted in `nbytes`."""
    agent = subject.trained()
    subject.setting.end_task(agent)
    penalty: Any = agent.penalty
    penalty.begin_task(1, None)
    loss = penalty.loss(subject.batches[-1], {})
    assert np.size(loss.detach().cpu().numpy() if hasattr(loss, "detach") else loss) == 1, "loss must be one number"
    assert isinstance(penalty.nbytes, int), f"nbytes is {type(penalty.nbytes).__name__}, not int"
    own = any(getattr(type(penalty), name) is not getattr(Penalty, name) for name in ("loss", "project"))
    assert own, "a penalty overrides loss or project"


PENALTY_CHECKS = (
    check_restrains,
    agent_checks.check_evaluation_changes_nothing,
    agent_checks.check_same_seed_same_agent,
    agent_checks.check_state_round_trip,
    agent_checks.check_runs,
)


@dataclass(frozen=True)
class ObserverSubject:
    """An observer to check.

    Attributes:
        cls: its class.
    """

    cls: type


def check_has_known_hooks(subject: ObserverSubject) -> None:
    """It has hooks, all of which exist, and is constructed without options."""
    names = routines(subject.cls)
    unknown = sorted(set(names) - set(HOOKS))
    assert names, f"an observer has at least one of {', '.join(HOOKS)}"
    assert not unknown, f"there is no hook {unknown[0]}"
    needed = [
        name for name, one in inspect.signature(subject.cls).parameters.items()
        if one.default is one.empty and one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)
    ]  # fmt: skip
    assert not needed, f"it must be constructed without options, and asks for {needed}"


def check_hears_a_run(subject: ObserverSubject) -> None:
    """It hears a run with a folder, and, if it has a state, one that a checkpoint can hold; the history is the same."""
    setting = next(settings())
    silent = run(setting.stream_id, setting.build(), steps_per_task=2, evaluate_rows=4, evaluate_episodes=1)
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "run"
        watched = run(
            setting.stream_id, setting.build(), steps_per_task=2, evaluate_rows=4, evaluate_episodes=1,
            directory=directory, checkpoint_seconds=0, plugins=[subject.cls()],
        )  # fmt: skip
        checkpoint.read(directory)
    assert watched == silent, "the observer changed the run: hooks observe, they do not steer"


OBSERVER_CHECKS = (check_has_known_hooks, check_hears_a_run)
