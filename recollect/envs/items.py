"""Items of a sequence of environments: checking them, naming them, making them, and whether their spaces agree."""

import copy
import json
import math
from collections.abc import Callable
from functools import cache
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Space
from gymnasium.wrappers import OrderEnforcing, TimeLimit

from recollect.errors import OptionError, StreamError, UnknownName

Item = str | dict[str, Any] | EnvSpec | Callable[[], gymnasium.Env]


def checked(item: Any) -> Item:
    """A sequence item in one of the forms that can be made again and again."""
    if isinstance(item, gymnasium.Env):
        if item.spec is None:
            raise StreamError(
                f"{type(item.unwrapped).__name__} has no spec, so no copies of it can be made: pass a callable that "
                "makes it, such as `lambda: MyEnv()`"
            )
        return item.spec
    if isinstance(item, dict):
        for key in item:
            if key not in ("id", "kwargs"):
                raise UnknownName("key of an env", str(key), ("id", "kwargs"))
        if not isinstance(item.get("id"), str) or not isinstance(item.get("kwargs", {}), dict):
            raise OptionError(f"an env given as a dictionary is {{'id': '...', 'kwargs': {{...}}}}, got {item!r}")
        return item
    if isinstance(item, str | EnvSpec) or callable(item):
        return item
    raise OptionError(f"an env is an id, {{'id', 'kwargs'}}, an EnvSpec or a callable, got {type(item).__name__}")


def _title(item: Item, number: int) -> str:
    """Such as `Pendulum-v1 g=2.0`; a nameless callable is `env-<number>`."""
    if isinstance(item, str):
        return item
    if isinstance(item, dict):
        name, kwargs = item["id"], item.get("kwargs", {})
    elif isinstance(item, EnvSpec):
        name, kwargs = item.id, item.kwargs
    else:
        name, kwargs = getattr(item, "__name__", "<lambda>"), {}
    if name == "<lambda>":
        return f"env-{number}"
    return " ".join([name, *(f"{key}={value}" for key, value in kwargs.items())])


def titles(items: list[Item]) -> tuple[str, ...]:
    """Different names for the items: ` #2` is added to the second of the same name."""
    plain, found = [_title(item, number) for number, item in enumerate(items)], []
    for number, title in enumerate(plain):
        count = plain[:number].count(title)
        found.append(f"{title} #{count + 1}" if count else title)
    return tuple(found)


def make_env(item: Item, name: str, render_mode: str | None) -> gymnasium.Env:
    """Makes the environment, with its own time limit."""
    render = {} if render_mode is None else {"render_mode": render_mode}
    try:
        if isinstance(item, str | EnvSpec):
            env = gymnasium.make(item, disable_env_checker=True, **render)
        elif isinstance(item, dict):
            env = gymnasium.make(item["id"], disable_env_checker=True, **item.get("kwargs", {}), **render)
        else:
            env = item()
    except (gymnasium.error.Error, ImportError, TypeError) as error:
        raise StreamError(f"the environment {name!r} cannot be made: {error}") from error
    if not isinstance(env, gymnasium.Env):
        raise StreamError(f"{name} must make a gymnasium.Env, it made a {type(env).__name__}")
    return env


def peel(env: gymnasium.Env) -> tuple[gymnasium.Env, float]:
    """The environment without the order enforcing and the time limit that `gymnasium.make` ends with, and that limit.

    The stream counts steps anyway, and enforces the order: two wrappers less in every step.
    """
    limit = math.inf
    if isinstance(env, TimeLimit):
        limit, env = env.spec.max_episode_steps if env.spec else math.inf, env.env
        if isinstance(env, OrderEnforcing):
            env = env.env
    return env, limit


def about(item: Item, name: str) -> dict[str, Any]:
    """Spaces and flags of an item; those of an id or a dictionary are looked up once per process."""
    if not isinstance(item, str | dict):
        return _look(item, name)
    try:
        return _about_json(json.dumps(item, sort_keys=True), name)
    except TypeError:  # options that are not plain data
        return _look(item, name)


@cache
def _about_json(item: str, name: str) -> dict[str, Any]:
    return _look(json.loads(item), name)


def _look(item: Item, name: str) -> dict[str, Any]:
    env = make_env(item, name, None)
    try:
        spec = env.spec
        return {
            "obs": env.observation_space,
            "act": env.action_space,
            "metadata": {"render_modes": [], **(env.metadata or {})},
            "limit": spec.max_episode_steps if spec else None,
            "nondeterministic": bool(spec and spec.nondeterministic),
        }
    finally:
        env.close()


def agree(tasks: tuple[str, ...], found: list[dict[str, Any]]) -> tuple[Space, Space]:
    """The spaces of all tasks. Boxes of observations may differ in their bounds: the widest are taken."""
    obs, act = found[0]["obs"], found[0]["act"]
    for name, one in zip(tasks[1:], found[1:], strict=True):
        for kind, mine, other in (("observation", obs, one["obs"]), ("action", act, one["act"])):
            boxes = kind == "observation" and isinstance(mine, Box) and isinstance(other, Box)
            if mine != other and not (boxes and mine.shape == other.shape and mine.dtype == other.dtype):
                raise StreamError(
                    f"the {kind} spaces of one sequence must agree: {tasks[0]!r} has {mine}, {name!r} has {other}. "
                    "Wrap the environments so that they share one, and pass callables"
                )
        if obs != one["obs"]:
            obs = Box(np.minimum(obs.low, one["obs"].low), np.maximum(obs.high, one["obs"].high), dtype=obs.dtype.type)
    return copy.deepcopy(obs), copy.deepcopy(act)
