"""Opening streams: from whatever `run` was given to as many fresh copies as it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from recollect.core import TaskStream
from recollect.errors import OptionError, StreamError, UnknownName
from recollect.options import check_options
from recollect.registry import registry

Source = str | EnvSpec | gymnasium.Env | Callable[[], gymnasium.Env]


@dataclass(frozen=True)
class Opener:
    """How to make fresh copies of a stream.

    Attributes:
        make: makes one, wrapped as its spec says.
        name: for messages and files.
        spec: JSON from which the stream can be made again in another process, or None.
        make_vector: makes the stream's native vector env with this many lanes, where it offers one.
    """

    make: Callable[[], gymnasium.Env]
    name: str
    spec: str | None
    make_vector: Callable[[int], gymnasium.vector.VectorEnv] | None = None


def opener(source: Source) -> Opener:
    """The opener of an env id, an EnvSpec, a made env (its spec), or a callable that makes the env.

    Raises:
        UnknownName: for an id that nobody registered.
        StreamError: for an env without a spec, and for anything else.
    """
    if isinstance(source, gymnasium.Env):
        if source.spec is None:
            raise StreamError(
                f"{type(source.unwrapped).__name__} has no spec, so no further copies of it can be made: "
                "pass a callable that makes it, such as `lambda: MyStream()`, or an id registered with Gymnasium"
            )
        source = source.spec
    if isinstance(source, str):
        if source not in gymnasium.registry:
            raise UnknownName("stream", source, [known for known in gymnasium.registry if "/" in known])
        source = gymnasium.spec(source)
    if isinstance(source, EnvSpec):
        return _from_spec(source)
    if callable(source):
        return Opener(source, getattr(source, "__name__", type(source).__name__), None)
    raise StreamError(f"a stream is an env id, an EnvSpec, an env or a callable, got {type(source).__name__}")


def _from_spec(spec: EnvSpec) -> Opener:
    vector = None
    if spec.vector_entry_point is not None and not spec.additional_wrappers:

        def vector(lanes: int) -> gymnasium.vector.VectorEnv:
            return gymnasium.make_vec(spec, num_envs=lanes, vectorization_mode="vector_entry_point")

    return Opener(lambda: gymnasium.make(spec), spec.id, _json(spec), vector)


def _json(spec: EnvSpec) -> str | None:
    try:
        return spec.to_json()
    except (TypeError, ValueError):  # a callable entry point, or options that are not plain data
        return None


def make_stream(name: str, options: dict[str, Any]) -> gymnasium.Env:
    """A stream by its id, its options checked first; `module:id` imports a module before, as in Gymnasium.

    Raises:
        UnknownName: for an id or an option that does not exist.
        OptionError: for an option whose value cannot be used.
    """
    if not isinstance(name, str) or ":" not in name:
        target = registry.resolve("stream", name)
        if isinstance(target, type):
            preset = registry.entry("stream", name).options.get("kwargs", {})
            check_options(f"stream {name!r}", target, preset | options)
    try:
        return gymnasium.make(name, **options)
    except ModuleNotFoundError as error:
        raise OptionError(f"stream {name!r} cannot be made: {error}") from error


def task_stream(env: gymnasium.Env) -> Any:
    """The TaskStream inside `env`.

    Raises:
        StreamError: if there is none.
    """
    inner = env.unwrapped
    if not isinstance(inner, TaskStream):
        raise StreamError(
            f"{env.spec.id if env.spec else type(inner).__name__} is a Gymnasium env but not a task stream: "
            "make it one with recollect.stream_from([env, ...])"
        )
    return inner
