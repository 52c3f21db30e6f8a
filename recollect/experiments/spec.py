"""RunSpec: everything that decides one run, as plain JSON that is checked before anything runs."""

import inspect
import json
import typing
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import gymnasium

import recollect
from recollect.compose import check_stream
from recollect.core import Agent
from recollect.errors import CheckpointError, OptionError, RecollectError, UnknownName
from recollect.folder import HISTORY, SPEC, Folder
from recollect.history import History
from recollect.opening import make_stream, opener, task_stream
from recollect.options import matches, plain, spell
from recollect.registry import agent_spec, registry
from recollect.settings import Settings

OWN = ("stream", "agent", "seed", "directory", "plugins")  # keywords of recollect.run with a place of their own
KEYWORDS = tuple(name for name in inspect.signature(recollect.run).parameters if name not in OWN)


@dataclass(frozen=True)
class RunSpec:
    """One run: what learns what, with which options, for how long, from which seed.

    Attributes:
        stream: id of the stream.
        agent: name of the agent.
        replay: name of the replay strategy; None is the agent's own.
        capacity: of the memory, in rows (episodes for TRAJECTORY).
        penalty: name of a penalty, or None.
        stream_options: of the stream, for `gymnasium.make`.
        options: of the agent.
        replay_options: of the strategy.
        penalty_options: of the penalty.
        run: keywords of `recollect.run`, but for stream, agent, seed, directory and plugins.
        seed: of the run and of the agent alike.
        device: "auto", "cpu", "cuda", ...

    Raises:
        OptionError: for a value of the wrong type, naming it.
    """

    stream: str
    agent: str
    replay: str | None = None
    capacity: int = 1000
    penalty: str | None = None
    stream_options: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    replay_options: dict[str, Any] = field(default_factory=dict)
    penalty_options: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        for name, annotation in typing.get_type_hints(RunSpec).items():
            value = getattr(self, name)
            if not matches(value, annotation):
                raise OptionError(f"{name} of a run must be {spell(annotation)}, got {value!r}")
            object.__setattr__(self, name, plain(value, name))
        if self.capacity < 1:
            raise OptionError(f"capacity of a run must be at least 1, got {self.capacity}")

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> "RunSpec":
        """The spec that `as_json` gave; keys may be left out where there are defaults.

        Raises:
            UnknownName: for a key that no run has; the message says what is near.
            OptionError: if stream or agent are missing, or for a value of the wrong type.
        """
        known = [one.name for one in fields(cls)]
        for key in given:
            if key not in known:
                raise UnknownName("key of a run:", str(key), known)
        if lacking := [key for key in ("stream", "agent") if key not in given]:
            raise OptionError(f"a run needs {' and '.join(lacking)}, got only {', '.join(given) or 'nothing'}")
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """All of it, as plain data."""
        return asdict(self)

    def settings(self) -> Settings:
        """The keywords of `recollect.run`, checked.

        Raises:
            UnknownName, OptionError: for a keyword that does not exist, or a value that it cannot have.
        """
        for name in self.run:
            if name not in KEYWORDS:
                raise UnknownName("keyword of run:", name, KEYWORDS)
        return Settings(**self.run, seed=self.seed)

    def check(self) -> str | None:
        """Why this cannot run, as a sentence: names, options, keywords, fit; None if it can. No network is built."""
        try:
            settings = self.settings()
            for kind, name in (("agent", self.agent), ("replay", self.replay), ("penalty", self.penalty)):
                if name is not None:
                    registry.entry(kind, name)
            with closing(make_stream(self.stream, self.stream_options)) as stream:
                check_stream(stream)
                planned = agent_spec(stream=stream, **self._given())
                names = {kind: planned["name" if kind == "agent" else kind] for kind in ("agent", "replay", "penalty")}
                parts = {kind: name and registry.resolve(kind, name) for kind, name in names.items()}
                settings.check_hidden(**parts)
                settings.walk(task_stream(stream), parts["agent"])
        except (RecollectError, gymnasium.error.Error) as error:
            return " ".join(str(error).split())
        return None

    def build(self) -> tuple[gymnasium.Env, Agent]:
        """The stream, to be closed, and the agent.

        Raises:
            RecollectError: as of `recollect.make_agent`.
        """
        stream = make_stream(self.stream, self.stream_options)
        try:
            return stream, recollect.make_agent(stream=stream, **self._given())
        except BaseException:
            stream.close()
            raise

    def execute(self, directory: str | Path, plugins: Sequence[str | object] = ()) -> History:
        """Runs in `directory`, or goes on with what lies there; a run that is finished is only read.

        Raises:
            CheckpointError: if the folder holds the run of another spec, or is damaged.
            RecollectError: whatever keeps it from running.
        """
        folder, settings = Folder(Path(directory)), self.settings()
        if not (folder.path / SPEC).exists():
            stream, agent = self.build()
            with closing(stream):
                return recollect.run(stream, agent, **self.run, seed=self.seed, directory=directory, plugins=plugins)
        with closing(make_stream(self.stream, self.stream_options)) as stream:
            mine = {"settings": settings.as_json(), "agent": agent_spec(stream=stream, **self._given())}
            found = folder.spec()
            other = differences({key: found[key] for key in mine}, mine)
            other += differences(_made(found["stream"]), _made(opener(stream).spec), "stream")
            if other:
                raise CheckpointError(f"{folder.path} holds another run: {'; '.join(other[:3])}. Choose another folder")
            if folder.complete:
                return History.load(folder.path / HISTORY)
            return recollect.resume(directory, stream=stream, plugins=plugins)

    def _given(self) -> dict[str, Any]:
        """The arguments of `make_agent` but for the stream."""
        taken = ("replay", "capacity", "penalty", "replay_options", "penalty_options", "seed", "device")
        if clash := {"name", *taken} & self.options.keys():
            raise OptionError(
                f"{min(clash)} is no option of agent {self.agent!r}: it has a place of its own in the spec"
            )
        return {"name": self.agent, **{name: getattr(self, name) for name in taken}, **self.options}


def _made(spec: str | None) -> dict[str, Any]:
    """Which stream a spec makes, with which options."""
    found = {} if spec is None else json.loads(spec)
    return {key: found.get(key) for key in ("id", "kwargs")}


def differences(there: Any, here: Any, place: str = "") -> list[str]:
    """What differs between two trees of plain data, as `options.lr is 0.1 there and 0.2 here`."""
    if isinstance(there, dict) and isinstance(here, dict):
        keys = [*there, *(key for key in here if key not in there)]
        return [
            line
            for key in keys
            for line in differences(there.get(key), here.get(key), f"{place}.{key}" if place else str(key))
        ]
    return [] if there == here else [f"{place} is {there!r:.60} there and {here!r:.60} here"]
