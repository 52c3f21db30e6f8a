"""Claims: what a paper says, small enough to be checked by one command. Data only; `recollect.experiments` checks it.

A module names its claims with `registry.claim("<paper>/<claim>", "module:CLAIM", summary)`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class Arm:
    """One of the things that a claim compares: the arguments of `recollect.make_agent`, under a name.

    Attributes:
        name: in tables.
        agent: name of the agent.
        replay: name of the replay strategy; None is the agent's own.
        capacity: of the memory, in rows (episodes for TRAJECTORY).
        penalty: name of a penalty, or None.
        options: of the agent.
        replay_options: of the strategy.
        penalty_options: of the penalty.
    """

    name: str
    agent: str
    replay: str | None = None
    capacity: int = 1000
    penalty: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    replay_options: Mapping[str, Any] = field(default_factory=dict)
    penalty_options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scale:
    """How large a claim is checked.

    Attributes:
        seeds: of the runs of every arm; disjoint from those that options were tuned on.
        stream: options of the stream, for `gymnasium.make`.
        run: keywords of `recollect.run`.
        arms: what changes at this scale, as arm name -> {attribute of `Arm`: value}.
    """

    seeds: tuple[int, ...]
    stream: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    arms: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """What a paper says: on this stream, the first arm's metric is higher (or lower) than that of all others.

    Attributes:
        says: the claim in one sentence, with the section, table or figure it is from.
        stream: id of the stream.
        arms: at least two; the first is the one that is claimed to be better.
        metric: name of the metric.
        direction: whether the first arm's metric is to be "higher" or "lower".
        scales: "smoke" (CI, 10 seconds), "cpu" (2 cores, 60 minutes) and "paper" (the published setting).
        score: which of the stream's scores the metric is of; None is the primary one.
    """

    says: str
    stream: str
    arms: tuple[Arm, ...]
    metric: str
    direction: Literal["higher", "lower"]
    scales: Mapping[Literal["smoke", "cpu", "paper"], Scale]
    score: str | None = None
