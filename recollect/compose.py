"""Composition: which stream, agent, replay strategy and penalty fit together, decided before anything is built.

    agent.schema                    is the stream's, by name (TRANSITION with a horizon also serves TRAJECTORY)
    agent.accepts(stream)           None, or why not
    agent.memory                    "required" takes no strategy that keeps nothing, "none" only such a one
    replay.reads                    within the stream's fields and agent.adds
    agent.reads                     within these and replay.gives
    replay.asks, penalty.asks       are methods of the agent
    replay.targets, penalty...      name the stream's target, where they say what y must be
    replay.needs_data, penalty...   the stream's tasks have logged rows

A strategy that keeps nothing says so by `remembers = False`.
"""

from collections.abc import Sequence
from typing import Any, cast

import gymnasium

from recollect.core import Agent, Part, Penalty, ReplayStrategy, TaskStream
from recollect.errors import StreamError
from recollect.schema import ALWAYS, QUERY, SAMPLE, TEXT, TRAJECTORY, TRANSITION, Schema, missing, serves


def title_of(stream: gymnasium.Env) -> str:
    """The stream's id, or the name of its class."""
    return stream.spec.id if stream.spec is not None else type(stream.unwrapped).__name__


def _inner(stream: gymnasium.Env) -> TaskStream:
    return cast(TaskStream, stream.unwrapped)


def check_stream(stream: Any) -> None:
    """Checks that `stream` is a made task stream that keeps its contract.

    Raises:
        StreamError: saying what is wrong and what to do.
    """
    inner = getattr(stream, "unwrapped", None)
    if not isinstance(inner, TaskStream):
        got = repr(stream) if inner is None else type(inner).__name__
        raise StreamError(
            f"a made task stream is needed, got {got:.80}: make one with gymnasium.make(id), or turn Gymnasium "
            "environments, arrays or a dataset into one with recollect.stream_from(...)"
        )
    title, schema = title_of(stream), inner.schema
    if not isinstance(schema, Schema):
        raise StreamError(f"{title}: schema must be one of recollect.schema, got {schema!r}")
    if isinstance(inner.tasks, str) or not len(inner.tasks) or not all(isinstance(one, str) for one in inner.tasks):
        raise StreamError(f"{title}: tasks must be a tuple of at least one name, got {inner.tasks!r}")
    if not inner.scores or not set(inner.scores.values()) <= {"max", "min"}:
        raise StreamError(f'{title}: scores must be such as {{"accuracy": "max"}}, got {inner.scores!r}')
    for role in ("observation_space", "action_space"):
        if strange := unsupported(getattr(stream, role)):
            raise StreamError(
                f"{title}: {role} holds a {type(strange).__name__} space, which rows cannot hold; there may be Box, "
                "Discrete, MultiDiscrete, MultiBinary, Text, and Dict of these: wrap the environment"
            )
    if schema.name == TRAJECTORY.name and inner.horizon is None:
        raise StreamError(f"{title}: a TRAJECTORY stream needs a horizon, the length of its longest episode")
    if inner.batched:
        sizes = leading_axes(stream.observation_space) | leading_axes(stream.action_space)
        if len(sizes) != 1 or None in sizes:
            raise StreamError(
                f"{title} is batched, so that obs and act need one batch axis of equal length in front; got "
                f"observation_space {stream.observation_space} and action_space {stream.action_space}"
            )


def unsupported(space: gymnasium.Space) -> gymnasium.Space | None:
    """The first space in `space` that has no form as arrays of one shape."""
    if isinstance(space, gymnasium.spaces.Dict):
        return next(filter(None, map(unsupported, space.values())), None)
    spaces = gymnasium.spaces
    plain = (spaces.Box, spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary, spaces.Text)
    return None if isinstance(space, plain) else space


def leading_axes(space: gymnasium.Space) -> set[int | None]:
    """Lengths of the first axes of a space's leaves; None for a leaf that has no axis."""
    if isinstance(space, gymnasium.spaces.Dict | gymnasium.spaces.Tuple):
        leaves = space.values() if isinstance(space, gymnasium.spaces.Dict) else space
        return set().union(*map(leading_axes, leaves))
    return {space.shape[0] if space.shape else None}


def fields_of(stream: gymnasium.Env | None, agent_class: type[Agent]) -> set[str]:
    """The fields of the rows that `stream` gives an agent; a Dict space has one per leaf."""
    if stream is None:
        return set(agent_class.schema.fields) | ALWAYS
    own, wanted = _inner(stream).schema, agent_class.schema
    fields = set(own.fields if own.name == wanted.name else wanted.fields)
    obs, act = stream.observation_space, stream.action_space
    spaces = {"obs": obs, "obs_next": obs, "act": act}
    if own.name in (SAMPLE.name, TEXT.name, QUERY.name):
        spaces = {"x": act if own.name == QUERY.name else obs}
    for field, space in spaces.items():
        if field in fields and isinstance(space, gymnasium.spaces.Dict):
            fields = fields - {field} | _leaf_fields(field, space)
    return fields | ALWAYS


def _leaf_fields(field: str, space: gymnasium.Space) -> set[str]:
    if not isinstance(space, gymnasium.spaces.Dict):
        return {field}
    return set().union(*(_leaf_fields(f"{field}/{key}", leaf) for key, leaf in space.items()))


def misfit(
    stream: gymnasium.Env | None,
    agent_class: type[Agent],
    replay_class: type[ReplayStrategy],
    penalty_class: type[Penalty] | None = None,
    names: Sequence[str] = (),
) -> str | None:
    """Why these do not fit together, as a sentence; None if they do. Nothing is built.

    Args:
        stream: a made stream that passed `check_stream`; None asks whether the others fit together on some stream.
        agent_class: a `recollect.Agent`.
        replay_class: a `recollect.ReplayStrategy`.
        penalty_class: a `recollect.Penalty`, if there is one.
        names: under which agent, replay and penalty are registered, for the sentence; their classes' names if not.
    """
    parts: list[type[Part]] = [replay_class, *([penalty_class] if penalty_class else [])]
    classes: list[type] = [agent_class, *parts]
    called = zip(("agent", "replay", "penalty"), classes, names or [cls.__name__ for cls in classes], strict=False)
    titles = [f"{kind} {name!r}" for kind, _, name in called]
    reason = _agent_misfit(stream, agent_class, titles[0]) or _memory_misfit(agent_class, replay_class, titles)
    reason = reason or _field_misfit(stream, agent_class, replay_class, titles)
    for part, title in zip(parts, titles[1:], strict=True):
        reason = reason or _part_misfit(stream, agent_class, part, title, titles[0])
    return reason


def _agent_misfit(stream: gymnasium.Env | None, agent: type[Agent], title: str) -> str | None:
    if stream is None:
        return None
    inner, wanted = _inner(stream), agent.schema
    if not serves(inner.schema, wanted, inner.horizon):
        own = f"{inner.schema.name} records of {title_of(stream)}"
        if wanted is TRAJECTORY and inner.schema is TRANSITION:
            return f"{title} learns from whole episodes, for which the {own} need a horizon, which it does not declare"
        return f"{title} learns from {wanted.name} records, not from the {own}"
    reason = agent.accepts(stream)
    return f"{title} cannot learn on {title_of(stream)}: {reason}" if reason else None


def _memory_misfit(agent: type[Agent], replay: type[ReplayStrategy], titles: Sequence[str]) -> str | None:
    remembers = replay.remembers
    if agent.memory == "required" and not remembers:
        return f"{titles[0]} needs a memory, and {titles[1]} keeps nothing"
    if agent.memory == "none" and remembers:
        return f"{titles[0]} takes no memory, and {titles[1]} is one: use replay='none'"
    return None


def _field_misfit(
    stream: gymnasium.Env | None, agent: type[Agent], replay: type[ReplayStrategy], titles: Sequence[str]
) -> str | None:
    fields = fields_of(stream, agent) | set(agent.adds)
    source = f"{agent.schema.name.lower()} records"
    if stream is not None:
        source += f" of {title_of(stream)}"
    lacking = missing(replay.reads, fields)
    if lacking:
        return f"{titles[1]} reads {lacking}, which {source} do not have"
    lacking = missing(agent.reads, fields | set(replay.gives) | {"index"})
    if lacking:
        return f"{titles[0]} reads {lacking} in replayed rows, which {titles[1]} and {source} do not have"
    return None


def _part_misfit(
    stream: gymnasium.Env | None, agent: type[Agent], part: type[Part], title: str, agent_title: str
) -> str | None:
    unknown = [name for name in part.asks if not callable(getattr(agent, name, None))]
    if unknown:
        return f"{title} asks for {', '.join(f'{name}()' for name in unknown)}, which {agent_title} does not have"
    if part.targets and stream is not None and _inner(stream).target not in part.targets:
        wanted, target = " or ".join(map(repr, part.targets)), _inner(stream).target
        return f"{title} needs y to be {wanted}, and the target of {title_of(stream)} is {target!r}"
    if part.needs_data and stream is not None and _inner(stream).data(0, "train") is None:
        return f"{title} needs the logged rows of each task, and {title_of(stream)} has none: it is lived"
    return None
