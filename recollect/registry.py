"""The registry: everything that has a name, who brought it, and the functions that build things by name.

    registry.replay("reservoir", "recollect.replay.stored:Reservoir", "every row met has the same chance")
    make_replay("reservoir", capacity=200)

What is registered is a string, "module:Object"; the module is imported when the thing is asked for.
"""

import warnings
from collections.abc import Callable, Iterable
from contextlib import closing
from typing import Any

import gymnasium

from recollect.catalogue import Registry
from recollect.compose import check_stream, misfit
from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.errors import MissingExtra, OptionError, PluginError, PluginWarning, RecollectError, SchemaError
from recollect.hooks import RunHooks, join
from recollect.options import check_options, plain
from recollect.randomness import check_seed, seed_for, seeded

BUILTINS = (
    "recollect.envs",
    "recollect.agents",
    "recollect.agents.penalties",
    "recollect.replay",
    "recollect.metrics",
    "recollect.plugins.observers",
    "recollect.plugins.stability_gap",
    "recollect.plugins.uer",
    "recollect.plugins.coconut",
)
CONTRACTS = {"agent": "Agent", "replay": "ReplayStrategy", "penalty": "Penalty"}


registry = Registry(BUILTINS)


def load_plugins() -> None:
    """Loads the built-ins and every installed plugin; the last line of `import recollect`."""
    registry.loader.load()


def run_hooks(plugins: Iterable[str | object] = ()) -> RunHooks:
    """The hooks of one run: those of installed plugins, then of the given observers.

    Args:
        plugins: names of observers, which are constructed without options, or objects with `recollect_*` methods.

    Raises:
        UnknownName: for a name that is not an observer's.
        OptionError: unless it is a list.
        PluginError: for an object without hooks, with a misspelt hook, or given twice.
    """
    if isinstance(plugins, str) or not isinstance(plugins, Iterable):
        raise OptionError(f"plugins= takes a list of observers, got {plugins!r}: put it into [ ]")
    observers = [registry.resolve("observer", one)() if isinstance(one, str) else one for one in plugins]
    registry.loader.load()
    return join(registry.loader.hooks, observers)


def make_replay(name: str, capacity: int, *, seed: int = 0, **options: Any) -> ReplayStrategy:
    """A replay strategy by name; it is empty, and bound to no agent.

    Raises:
        UnknownName: for a name or an option that does not exist.
        OptionError: for an option whose value cannot be used.
    """
    return _build("replay", name, options, capacity, seed=check_seed(seed))


def make_penalty(name: str, *, seed: int = 0, **options: Any) -> Penalty:
    """A penalty by name, bound to no agent; errors as of `make_replay`."""
    return _build("penalty", name, options, seed=check_seed(seed))


def metric(name: str) -> Callable[..., float]:
    """A metric by name: `metric("accuracy")(history, reference=None, score=None) -> float`."""
    return registry.resolve("metric", name)


def _build(kind: str, name: str, options: dict[str, Any], *positional: Any, **given: Any) -> Any:
    """An object by name; its constructor must take what every one of its kind is given."""
    cls = registry.resolve(kind, name)
    options = check_options(f"{kind} {name!r}", cls, options)
    try:
        return cls(*positional, **given, **options)
    except TypeError as error:
        raise PluginError(
            f"{kind} {name!r} ({cls.__module__}.{cls.__qualname__}) cannot be constructed: {error}. Its __init__ "
            f"must take what that of recollect.{CONTRACTS[kind]} takes; further options are keywords"
        ) from error


def make_agent(
    name: str,
    stream: gymnasium.Env,
    *,
    replay: str | None = None,
    capacity: int = 1000,
    penalty: str | None = None,
    seed: int = 0,
    device: str = "auto",
    replay_options: dict[str, Any] | None = None,
    penalty_options: dict[str, Any] | None = None,
    **hyper: Any,
) -> Agent:
    """An agent for `stream` with its replay strategy and penalty; who fits with whom is decided first.

    The same seed gives the same networks; global random states are left as they were.

    Args:
        name: of the agent.
        stream: a made stream; nothing is done to it.
        replay: name of the strategy; None is the agent's own.
        capacity: of the memory, in rows (episodes for TRAJECTORY), over all tasks.
        penalty: name of a penalty, or None.
        seed: of everything that is drawn.
        device: "auto", "cpu", "cuda", ...
        replay_options: of the strategy.
        penalty_options: of the penalty.
        **hyper: options of the agent.

    Raises:
        UnknownName: for a name or an option that does not exist.
        OptionError: for an option whose value cannot be used.
        StreamError: for a stream that breaks its contract.
        SchemaError: if they do not fit together; the message says what would.
        MissingExtra: if one of them needs a package that is not installed.
    """
    spec = agent_spec(
        name, stream, replay=replay, capacity=capacity, penalty=penalty, seed=seed, device=device,
        replay_options=replay_options, penalty_options=penalty_options, **hyper,
    )  # fmt: skip
    seed = spec["seed"]
    with seeded(seed_for(seed, "construction")):
        memory = make_replay(spec["replay"], capacity, seed=seed_for(seed, "replay"), **spec["replay_options"])
        restraint = None
        if penalty is not None:
            restraint = make_penalty(penalty, seed=seed_for(seed, "penalty"), **spec["penalty_options"])
        given = {"penalty": restraint, "seed": seed_for(seed, "agent"), "device": device}
        agent = _build("agent", name, spec["options"], stream, memory, **given)
        for part in (memory, restraint):
            if part is not None:
                part.bind(agent)
    agent.spec = spec
    return agent


def agent_spec(
    name: str,
    stream: gymnasium.Env,
    *,
    replay: str | None = None,
    capacity: int = 1000,
    penalty: str | None = None,
    seed: int = 0,
    device: str = "auto",
    replay_options: dict[str, Any] | None = None,
    penalty_options: dict[str, Any] | None = None,
    **hyper: Any,
) -> dict[str, Any]:
    """What `make_agent` would make, as plain JSON; it is checked, and nothing is built. Arguments, errors: as there."""
    for option, value in (("replay_options", replay_options), ("penalty_options", penalty_options)):
        if not isinstance(value, dict | None):
            raise OptionError(f"{option} must be a dictionary, got {value!r}")
    entry, seed = registry.entry("agent", name), check_seed(seed)
    replay = entry.options["replay"] if replay is None else replay
    check_stream(stream)
    _require_fit(stream, name, replay, penalty)
    if penalty is None and penalty_options:
        raise OptionError(f"penalty_options {penalty_options!r} without a penalty: name one with penalty=")
    options = {"agent": hyper, "replay": dict(replay_options or {}), "penalty": dict(penalty_options or {})}
    for kind, one in (("agent", name), ("replay", replay), ("penalty", penalty)):
        if one is not None:
            check_options(f"{kind} {one!r}", registry.resolve(kind, one), options[kind])  # before anything is built
    spec = {"name": name, "replay": replay, "capacity": capacity, "penalty": penalty, "seed": seed, "device": device}
    spec |= {"replay_options": options["replay"], "penalty_options": options["penalty"], "options": hyper}
    return plain(spec)


def fits(
    stream: gymnasium.Env | str | None = None, agent: str | None = None, replay: str | None = None
) -> list[tuple[str, str]]:
    """The (agent, replay) pairs that fit together on a stream; those that cannot be judged are left out, and warned of.

    Args:
        stream: a made stream or an id; None asks which fit together at all.
        agent: only pairs with this agent.
        replay: only pairs with this replay strategy.

    Raises:
        UnknownName: for a name that does not exist.
        StreamError: for a stream that breaks its contract.
    """
    pairs, left_out = survey(stream, agent, replay)
    for name, reason in left_out.items():
        warnings.warn(f"{name} is left out: {reason}", PluginWarning, stacklevel=2)
    return pairs


def survey(
    stream: gymnasium.Env | str | None = None, agent: str | None = None, replay: str | None = None
) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """What `fits` gives, and why what is left out could not be judged (such as a missing extra)."""
    if isinstance(stream, str):
        registry.entry("stream", stream)
        with closing(gymnasium.make(stream)) as made:
            return survey(made, agent, replay)
    if stream is not None:
        check_stream(stream)
    left_out: dict[str, str] = {}
    agents, replays = _classes("agent", agent, left_out), _classes("replay", replay, left_out)
    pairs = []
    for one, agent_class in agents.items():
        for other, replay_class in replays.items():
            try:
                reason = misfit(stream, agent_class, replay_class, names=(one, other))
            except RecollectError as error:  # such as data that is not there
                left_out[f"{one} with {other}"] = str(error)
            else:
                pairs += [] if reason else [(one, other)]
    return pairs, left_out


def _classes(kind: str, only: str | None, left_out: dict[str, str]) -> dict[str, type]:
    """The classes of one kind that can be loaded; why not, of the others, goes into `left_out`."""
    found = {}
    for name in registry.names(kind) if only is None else [registry.entry(kind, only).name]:
        try:
            found[name] = registry.resolve(kind, name)
        except (MissingExtra, PluginError) as error:
            left_out[f"{kind} {name!r}"] = str(error)
    return found


def _require_fit(stream: gymnasium.Env, agent: str, replay: str, penalty: str | None) -> None:
    """Raises SchemaError unless they fit together, and says what would."""
    agent_class, replay_class = registry.resolve("agent", agent), registry.resolve("replay", replay)
    names = (agent, replay)
    reason = misfit(stream, agent_class, replay_class, names=names)
    if reason:
        others = [name for _, name in survey(stream, agent=agent)[0]]
        advice = f"Replays that fit: {', '.join(others)}."
        if not others:
            others = sorted({name for name, _ in survey(stream)[0]})
            advice = f"Agents that fit: {', '.join(others) or 'none that is installed'}."
        raise SchemaError(f"{reason}. {advice}")
    if penalty is not None:
        reason = misfit(stream, agent_class, replay_class, registry.resolve("penalty", penalty), (*names, penalty))
        if reason:
            classes = _classes("penalty", None, {})
            others = [name for name, cls in classes.items() if not misfit(stream, agent_class, replay_class, cls)]
            raise SchemaError(f"{reason}. Penalties that fit: {', '.join(others) or 'none'}.")
