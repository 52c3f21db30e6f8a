"""Who plays the other seats: at random, by a function, or a frozen run."""

import importlib
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import numpy as np
from gymnasium.spaces import Space

from recollect.core import Agent
from recollect.errors import OptionError, RecollectError, StreamError, UnknownName
from recollect.rows import stack, unstack

RANDOM = "random"
KEYS = ("entry_point", "kwargs", "task")  # of an opponent given as a dictionary
Policy = Callable[[Any, np.random.Generator], Any]


def check_opponent(opponent: Any) -> None:
    """Raises OptionError or UnknownName unless `opponent` has a form that `resolve` takes; nothing is imported."""
    if isinstance(opponent, dict):
        for key in opponent:
            if key not in KEYS:
                raise UnknownName("key of an opponent", str(key), KEYS)
        point, kwargs = opponent.get("entry_point"), opponent.get("kwargs", {})
        if isinstance(point, str) and point.count(":") == 1 and isinstance(kwargs, dict):
            return
    elif opponent == RANDOM or (isinstance(opponent, str) and opponent.count(":") == 1):
        return
    raise OptionError(
        "an opponent is 'random', 'module:function', or {'entry_point': 'module:function', 'kwargs': {...}} such as "
        f"{{'entry_point': 'recollect:load', 'kwargs': {{'directory': 'runs/a'}}}}, got {opponent!r}"
    )


def title(opponent: str | dict[str, Any]) -> str:
    """Such as `random`, `flee`, `load runs/a`."""
    if isinstance(opponent, str):
        return opponent.split(":")[-1]
    words = [opponent["entry_point"].split(":")[-1], *map(str, opponent.get("kwargs", {}).values())]
    return " ".join(words)


def entry_point(target: str, what: str) -> Any:
    """What "module:function" names.

    Raises:
        StreamError: if there is no such module or function.
    """
    module, _, name = target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise StreamError(f"{what} {target!r} cannot be found: {error}") from error


def resolve(opponent: str | dict[str, Any], observation_space: Space, action_space: Space) -> Policy:
    """The policy behind an opponent: a function of an observation and a generator.

    Args:
        opponent: "random"; "module:function", a policy itself; or {"entry_point", "kwargs"}, which is called and gives
            a policy or an agent, and "task", what the agent is told.
        observation_space: of a seat that it plays.
        action_space: of a seat that it plays.

    Raises:
        StreamError: if it cannot be found, is no policy, or was trained in other spaces.
    """
    if opponent == RANDOM:
        return _random(action_space)
    if isinstance(opponent, str):
        found = entry_point(opponent, "the opponent")
    else:
        made = entry_point(opponent["entry_point"], "the opponent's entry point")
        try:
            found = made(**opponent.get("kwargs", {}))
        except RecollectError:
            raise
        except Exception as error:
            raise StreamError(f"the opponent {title(opponent)!r} cannot be made: {error}") from error
    if isinstance(found, Agent):
        for role, space in (("observation_space", observation_space), ("action_space", action_space)):
            if getattr(found, role) != space:
                raise StreamError(
                    f"the opponent {title(opponent)!r} was trained for the {role} {getattr(found, role)}, its seat has "
                    f"{space}: train it in the seat that it is to play"
                )
        return _frozen(found, opponent.get("task") if isinstance(opponent, dict) else None)
    if not callable(found):
        raise StreamError(f"the opponent {title(opponent)!r} is a {type(found).__name__}: policy(obs, rng) is needed")
    return found


def _random(space: Space) -> Policy:
    """Uniform over the actions that are allowed, where the observation says so in `action_mask`."""
    own = deepcopy(space)

    def draw(obs: Any, rng: np.random.Generator) -> Any:
        own.seed(int(rng.integers(2**31)))
        mask = obs.get("action_mask") if isinstance(obs, dict) else None
        return own.sample() if mask is None else own.sample(mask=np.asarray(mask, np.int8))

    return draw


def _frozen(agent: Agent, task: int | None) -> Policy:
    """A trained agent that does not learn; what it draws by itself, it draws from the episode's generator."""

    def act(obs: Any, rng: np.random.Generator) -> Any:
        agent.rng = rng
        told = None if task is None else np.array([task])
        return unstack(agent.act(stack([obs]), task=told, explore=False), 1)[0]

    return act
