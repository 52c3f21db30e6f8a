"""Settings in which a thing is checked: a stream, an agent and a replay strategy that fit together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any

import gymnasium
import numpy as np

from recollect.compose import misfit
from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.errors import RecollectError
from recollect.evaluation import untouched
from recollect.experience import Experience
from recollect.opening import opener
from recollect.registry import registry
from recollect.rows import Rows
from recollect.schedule import Walk
from recollect.testing.toys import register_toys


@dataclass(frozen=True)
class Setting:
    """Classes that fit together on a stream.

    Attributes:
        stream_id: id of the stream.
        agent: class of the agent.
        replay: class of the replay strategy.
        penalty: class of the penalty, or None.
    """

    stream_id: str
    agent: type[Agent]
    replay: type[ReplayStrategy]
    penalty: type[Penalty] | None = None

    def stream(self) -> Any:
        """The stream, freshly made."""
        return gymnasium.make(self.stream_id)

    def build(self, capacity: int = 20, seed: int = 0) -> Agent:
        """The agent with its parts, bound, after task 0 has begun for all of them."""
        stream = self.stream()
        replay = self.replay(capacity, seed=seed)
        penalty = None if self.penalty is None else self.penalty(seed=seed)
        agent = self.agent(stream, replay, penalty=penalty, seed=seed, device="cpu")
        data = stream.unwrapped.data(0)
        for part in (replay, penalty):
            if part is not None:
                part.bind(agent)
        for part in (agent, penalty, replay):
            if part is not None:
                part.begin_task(0, data)
        return agent

    def meet(self, steps: int, announce_tasks: bool = True) -> list[Rows]:
        """The rows that a fresh agent meets in `steps` steps of task 0, annotated."""
        stream, agent = self.stream(), self.build()
        walk = Walk("sequential", len(stream.unwrapped.tasks), steps)
        experience = Experience(opener(stream), stream, agent, walk, num_envs=2, announce_tasks=announce_tasks, seed=0)
        with untouched(agent):
            met = [agent.annotate(rows) for rows in islice(experience, steps)]
        experience.close()
        return met

    def end_task(self, agent: Agent, task: int = 0) -> None:
        """Ends a task for all parts, in the order of a run."""
        data = self.stream().unwrapped.data(task)
        for part in (agent.replay, agent, agent.penalty):
            if part is not None:
                part.end_task(task, data)


@cache
def _made(stream_id: str) -> Any:
    """A stream to ask, or None where it cannot be made here (a missing extra, data that is not there)."""
    try:
        return gymnasium.make(stream_id)
    except (RecollectError, ImportError, OSError):
        return None


def _classes(kind: str) -> list[type]:
    """Every class of a kind that can be loaded here, toys first."""
    found = []
    for name in sorted(registry.names(kind), key=lambda name: (not name.startswith("toy-"), name)):
        try:
            found.append(registry.resolve(kind, name))
        except RecollectError:
            continue
    return found


def settings(
    agent: type | None = None, replay: type | None = None, penalty: type | None = None, first_replay: str = ""
) -> Iterator[Setting]:
    """Settings for what is given, toys first: one for each stream and schema of the agent's rows.

    Args:
        agent: class of the agent; None: any.
        replay: class of the replay strategy; None: any.
        penalty: class of the penalty, if there is one.
        first_replay: name of the strategy to try first.
    """
    register_toys()
    streams = sorted(registry.names("stream"), key=lambda name: ("/Toy" not in name, name))
    agents, replays = [agent] if agent else _classes("agent"), [replay] if replay else _classes("replay")
    if first_replay and not replay:
        replays.insert(0, registry.resolve("replay", first_replay))
    for stream_id in streams:
        stream, seen = _made(stream_id), set()
        if stream is None:
            continue
        for one in agents:
            if one.schema.name in seen:
                continue
            for other in replays:
                if misfit(stream, one, other, penalty) is None:
                    seen.add(one.schema.name)
                    yield Setting(stream_id, one, other, penalty)
                    break


def first_rows(batches: list[Rows]) -> Rows:
    """All batches as one."""
    return {field: np.concatenate([batch[field] for batch in batches]) for field in batches[0]}
