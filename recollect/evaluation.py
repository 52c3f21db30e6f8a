"""Evaluation under one guard: whatever an agent does while it is scored, the run goes on as if it had not been."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from types import FunctionType, MethodType, ModuleType
from typing import Any

import gymnasium
import numpy as np

from recollect.core import Agent
from recollect.errors import OptionError, StreamError
from recollect.opening import Source, opener, task_stream
from recollect.randomness import check_seed, random_states, restore_random_states, seed_everything
from recollect.state import is_torch_generator


def evaluate(
    stream: Source,
    agent: Agent,
    tasks: Sequence[int] | None = None,
    *,
    episodes: int | None = 10,
    seed: int = 0,
    announce_tasks: bool = True,
) -> dict[str, np.ndarray]:
    """Scores `agent` on the test split of `tasks`, and leaves agent, memory and random states untouched.

    Args:
        stream: an env, or anything `run` takes; an env is stepped, so do not pass one you are in the middle of.
        agent: any agent that fits the stream.
        tasks: indices into the stream's tasks; None for all.
        episodes: test episodes of each task; in batched streams test rows of each task. None: every test row
            of a batched stream, one episode of a lived one.
        seed: of the test episodes, or of the subset of rows; the same seed is the same test.
        announce_tasks: whether the agent is told which task it is tested on.

    Returns:
        Score name -> (len(tasks),) float64.

    Raises:
        OptionError: for a task that does not exist, or a bad seed.
        StreamError: if the stream returns other scores than it declares.
    """
    if not isinstance(stream, gymnasium.Env):
        with closing(opener(stream).make()) as made:
            return evaluate(made, agent, tasks, episodes=episodes, seed=seed, announce_tasks=announce_tasks)
    env, inner = stream, task_stream(stream)
    inner.outermost = env
    chosen = list(range(len(inner.tasks))) if tasks is None else [int(task) for task in tasks]
    if wrong := [task for task in chosen if not 0 <= task < len(inner.tasks)]:
        raise OptionError(f"there is no task {wrong[0]}: the stream has tasks 0 to {len(inner.tasks) - 1}")
    with untouched(agent):
        seed_everything(check_seed(seed))
        found = inner.score(agent, chosen, episodes=episodes, seed=seed, announce_tasks=announce_tasks)
    scores = {name: np.asarray(values, float) for name, values in found.items()}
    for name in inner.scores:
        if name not in scores or scores[name].shape != (len(chosen),):
            got = f"shape {scores[name].shape}" if name in scores else f"only {sorted(scores)}"
            raise StreamError(
                f"{type(inner).__name__}.score must return {name!r} with shape ({len(chosen)},), got {got}"
            )
    return {name: scores[name] for name in inner.scores}


@contextmanager
def untouched(agent: Agent) -> Iterator[None]:
    """Inside, networks are in eval mode; afterwards modes and every random state are what they were."""
    generators, networks = _inside(agent)
    states = random_states()
    drawn = [g.bit_generator.state if isinstance(g, np.random.Generator) else g.get_state() for g in generators]
    modes = [(module, module.training) for network in networks for module in network.modules()]
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for generator, state in zip(generators, drawn, strict=True):
            if isinstance(generator, np.random.Generator):
                generator.bit_generator.state = state
            else:
                generator.set_state(state)
        restore_random_states(states)


CLOSED = (type, FunctionType, MethodType, ModuleType, np.ndarray, gymnasium.Env, gymnasium.Space, str, bytes)
OPAQUE = frozenset({"torch", "numpy"})  # packages whose objects hold no generator of ours


def _inside(root: object) -> tuple[list[Any], list[Any]]:
    """Every generator and every network reachable from `root` through attributes, lists and dictionaries."""
    generators: list[Any] = []
    networks: list[Any] = []
    seen: set[int] = set()
    waiting: list[Any] = [root]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, CLOSED):
            continue
        seen.add(id(thing))
        if isinstance(thing, np.random.Generator) or is_torch_generator(thing):
            generators.append(thing)
        elif hasattr(thing, "named_modules"):
            networks.append(thing)
            held = [value for module in thing.modules() for value in vars(module).values()]
            waiting.extend(
                value for value in held if isinstance(value, np.random.Generator) or is_torch_generator(value)
            )
        elif isinstance(thing, dict):
            waiting.extend(thing.values())
        elif isinstance(thing, list | tuple | set):
            waiting.extend(_objects(thing))
        elif hasattr(thing, "__dict__") and type(thing).__module__.split(".")[0] not in OPAQUE:
            waiting.extend(vars(thing).values())
    return generators, networks


def _objects(container: Iterable[Any]) -> list[Any]:
    return [item for item in container if not isinstance(item, int | float)]
