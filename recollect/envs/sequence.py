"""Sequence: Gymnasium environments, one after another, as a task stream.

Usable without `recollect.run`: `gym.make("recollect/Sequence-v0", envs=[...], steps_per_task=10_000)` walks the
tasks by itself, and any Gymnasium agent can live in it.
"""

import copy
import json
from collections.abc import Callable
from collections.abc import Sequence as SequenceOf
from functools import cache
from typing import Any, Literal

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.spaces import Box, Space

from recollect.core import TaskStream
from recollect.errors import OptionError, StreamError, UnknownName

Item = str | dict[str, Any] | EnvSpec | Callable[[], gymnasium.Env]


class Sequence(TaskStream):
    """Environments of the same spaces, each a task; boundaries truncate, and the next reset is in the next task.

    An environment is made when its task first comes, and kept. It is reset with the stream's seed; one that is met
    without a seed for the first time since the stream was seeded gets a seed drawn from the stream's generator.
    Infos are the stream's own (the environments' differ between tasks, and between reset and step).

    Args:
        envs: ids, `{"id": ..., "kwargs": {...}}`, EnvSpecs, or callables that make an environment.
        names: of the tasks; ids and options when None.
        score: "return" (sum of rewards), or "success": 1 once `info["success"]` was true in the episode.
        render_mode: of the environments (callables decide for themselves).
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.

    Raises:
        StreamError: for no environments, one that cannot be made, and spaces that differ.
        OptionError: for something that is not an environment, and a wrong number of names.
        UnknownName: for an unknown score.
    """

    metadata = {"render_modes": ["human", "rgb_array", "ansi"]}

    def __init__(
        self,
        envs: SequenceOf[Item],
        *,
        names: SequenceOf[str] | None = None,
        score: Literal["return", "success"] = "return",
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if isinstance(envs, str | dict) or not len(envs):
            raise StreamError(f"envs must be a list of at least one environment, got {envs!r}")
        if score not in ("return", "success"):
            raise UnknownName("score", str(score), ("return", "success"))
        self.items = [_checked(item) for item in envs]
        titles = _titles(self.items)
        if names is not None and (isinstance(names, str) or not len(names) == len(set(names)) == len(titles)):
            raise OptionError(f"names must be {len(titles)} different names, one for each env, got {names!r}")
        self.tasks = titles if names is None else tuple(names)
        self.scores, self.success, self.render_mode = {score: "max"}, score == "success", render_mode
        about = [_about(item, name) for item, name in zip(self.items, titles, strict=True)]
        self.observation_space, self.action_space = _agree(self.tasks, about)
        self.metadata = dict(about[0]["metadata"])
        limits = [one["limit"] for one in about]
        self.horizon = None if None in limits else max(limits)
        self.deterministic = not any(one["nondeterministic"] for one in about)
        self.made: dict[int, gymnasium.Env] = {}  # by task
        self.seeded: set[int] = set()  # tasks whose env has been seeded since the stream was
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    @property
    def env(self) -> gymnasium.Env:
        """The environment of the current task."""
        if self.task not in self.made:
            self.made[self.task] = _make(self.items[self.task], self.tasks[self.task], self.render_mode)
        return self.made[self.task]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict]:
        """Begins an episode in the environment of the task that is due."""
        super().reset(seed=seed)
        self.choose(options)
        if seed is not None:
            self.seeded.clear()
        elif self.task not in self.seeded:
            seed = int(self.np_random.integers(2**31))
        self.seeded.add(self.task)
        self.current, self.total = self.env, 0.0
        obs, _ = self.current.reset(seed=seed)
        return _copied(obs), self.info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        """Steps the environment; truncates at the end of the task's budget."""
        obs, rew, terminated, truncated, inner = self.current.step(action)
        rew, boundary = float(rew), self.count()
        self.total = max(self.total, self._succeeded(inner)) if self.success else self.total + rew
        info = self.info(score=self.total, boundary=boundary)
        return _copied(obs), rew, bool(terminated), bool(truncated) or boundary, info

    def _succeeded(self, info: dict[str, Any]) -> float:
        if "success" not in info:
            raise StreamError(
                f"score='success' reads info['success'], which {self.tasks[self.task]!r} does not give; "
                f"it gives {sorted(info)}. Use score='return'"
            )
        return float(info["success"])

    def render(self) -> Any:
        """What the current environment renders."""
        return self.env.render()

    def close(self) -> None:
        """Closes every environment that was made."""
        while self.made:
            self.made.popitem()[1].close()


def _checked(item: Any) -> Item:
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


def _titles(items: list[Item]) -> tuple[str, ...]:
    """Different names for the items: ` #2` is added to the second of the same name."""
    plain, titles = [_title(item, number) for number, item in enumerate(items)], []
    for number, title in enumerate(plain):
        count = plain[:number].count(title)
        titles.append(f"{title} #{count + 1}" if count else title)
    return tuple(titles)


def _make(item: Item, name: str, render_mode: str | None) -> gymnasium.Env:
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


def _about(item: Item, name: str) -> dict[str, Any]:
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
    env = _make(item, name, None)
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


def _agree(tasks: tuple[str, ...], about: list[dict[str, Any]]) -> tuple[Space, Space]:
    """The spaces of all tasks. Boxes of observations may differ in their bounds: the widest are taken."""
    obs, act = about[0]["obs"], about[0]["act"]
    for name, one in zip(tasks[1:], about[1:], strict=True):
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


def _copied(obs: Any) -> Any:
    """An observation that the environment cannot change any more."""
    return obs.copy() if isinstance(obs, np.ndarray) else copy.deepcopy(obs)
