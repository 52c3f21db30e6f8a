"""From what an experiment's YAML file says to its runs.

streams x (arms | agents x replays x penalties) x sweep x seeds
"""

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from recollect.errors import OptionError, UnknownName
from recollect.experiments.spec import RunSpec
from recollect.randomness import check_seed

KEYS = (
    *("stream", "streams", "arms", "agents", "replays", "penalties", "capacity", "device", "sweep", "seeds", "run"),
    *("name", "metrics", "tuning"),
)
ARM_GROUPS = ("options", "replay_options", "penalty_options", "run", "sweep", "search")  # keys with values, in an arm
ARM = ("name", "agent", "replay", "capacity", "penalty", *ARM_GROUPS)
GROUPS = {"agent": "options", "replay": "replay_options", "penalty": "penalty_options", "run": "run"}
SWEPT = (*GROUPS, "stream")


class Loader(yaml.SafeLoader):
    """YAML in which 1e-3 is a number, and a key may stand only once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping; a key that is given twice is an error."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := [key for key in keys if keys.count(key) > 1]:
            raise yaml.constructor.ConstructorError(None, None, f"{twice[0]!r} is given twice", node.start_mark)
        return super().construct_mapping(node, deep)


SCIENTIFIC = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$")  # YAML 1.1 takes 1e-3 for text
Loader.add_implicit_resolver("tag:yaml.org,2002:float", SCIENTIFIC, [*"-+.0123456789"])


def read_yaml(path: Path) -> dict[str, Any]:
    """What a file says, as a dictionary whose keys are those of an experiment.

    Raises:
        OptionError: if the file cannot be read, or is no YAML mapping.
        UnknownName: for a key that no experiment has.
    """
    try:
        found = Loader(path.read_text(encoding="utf-8")).get_single_data()
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"cannot read the experiment {path}: {getattr(error, 'strerror', None) or error}") from error
    except yaml.YAMLError as error:
        raise OptionError(f"{path} cannot be read as YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise OptionError(f"{path} must hold keys such as stream, arms and seeds, got {found!r:.60}")
    known("key of an experiment:", found, KEYS)
    return found


def known(what: str, given: Mapping[Any, Any], keys: tuple[str, ...]) -> None:
    """Raises UnknownName for the first key of `given` that is not among `keys`."""
    for key in given:
        if key not in keys:
            raise UnknownName(what, str(key), keys)


@dataclass(frozen=True)
class Planned:
    """An arm on a stream, without a seed.

    Attributes:
        arm: its name.
        spec: the run.
        search: options that only this arm searches when it is tuned.
    """

    arm: str
    spec: RunSpec
    search: dict[str, Any]


def plan(given: Mapping[str, Any]) -> list[Planned]:
    """All arms, sweeps included, on all streams, stream after stream.

    Raises:
        OptionError, UnknownName: for what is missing, misspelt, of the wrong type, or given twice.
    """
    common = {"capacity": given.get("capacity", 1000), "device": given.get("device", "auto")}
    run, sweep = mapping(given, "run"), mapping(given, "sweep")
    found = []
    for stream in streams_of(given):
        for arm in arms_of(given):
            name, its_sweep, search = arm.pop("name"), sweep | arm.pop("sweep", {}), arm.pop("search", {})
            spec = RunSpec.from_json({**common, **stream, **arm, "run": {**run, **arm.get("run", {})}})
            found += [Planned(f"{name}{suffix}", swept, search) for suffix, swept in variants(spec, its_sweep)]
    return found


def cells_of(given: Mapping[str, Any]) -> list[tuple[str, RunSpec]]:
    """Every run as (arm, spec): what `plan` gives, with every seed; errors as there."""
    seeds = seeds_of(given)
    return [(one.arm, replace(one.spec, seed=seed)) for one in plan(given) for seed in seeds]


def streams_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The streams, each as keys of a run."""
    if ("stream" in given) == ("streams" in given):
        raise OptionError("an experiment names a stream, or several as streams: one of the two")
    named = [given["stream"]] if "stream" in given else sequence(given, "streams")
    found = []
    for one in named:
        entry = {"id": one} if isinstance(one, str) else one
        if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
            raise OptionError(f"a stream is an id or {{id: ..., options: {{...}}}}, got {one!r}")
        known("key of a stream:", entry, ("id", "options"))
        found.append({"stream": entry["id"], "stream_options": mapping(entry, "options")})
    return found


def arms_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The arms that are listed, then those of the product, each as a name, a sweep and keys of a run."""
    found = []
    for arm in sequence(given, "arms") if "arms" in given else []:
        if not isinstance(arm, dict):
            raise OptionError(f"an arm is such as {{name: ..., agent: ..., replay: ...}}, got {arm!r}")
        known("key of an arm:", arm, ARM)
        parts = (arm.get("agent"), arm.get("replay"), arm.get("penalty"))
        name = " ".join(part for part in parts if isinstance(part, str)) if arm.get("name") is None else arm["name"]
        found.append({**arm, "name": name, **{key: mapping(arm, key) for key in ARM_GROUPS if key in arm}})
    if "agents" in given:
        found += product(given)
    elif found:
        known("key of an experiment with arms but without agents:", given, tuple({*KEYS} - {"replays", "penalties"}))
    if not found:
        raise OptionError("an experiment needs arms, or agents (with replays and penalties): it has neither")
    return found


def product(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Agents x replays x penalties; an arm is named by what is not the same in all of them."""
    axes = []
    for key, plural in (("agent", "agents"), ("replay", "replays"), ("penalty", "penalties")):
        axes.append([part(key, one) for one in (sequence(given, plural) if plural in given else [None])])
    telling = [len(axis) > 1 for axis in axes]
    if not any(telling):
        telling[0] = True
    for parts in itertools.product(*axes):
        labels = [label for (label, _), tells in zip(parts, telling, strict=True) if tells and label]
        yield {"name": " ".join(labels) or "no penalty"} | {k: v for _, keys in parts for k, v in keys.items()}


def part(kind: str, entry: Any) -> tuple[str, dict[str, Any]]:
    """The label of one entry of agents, replays or penalties, and its keys of a run."""
    if entry is None or (kind == "penalty" and entry == "none"):
        return "", {}
    named = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(named, dict) or not isinstance(named.get("name"), str):
        raise OptionError(f"a {kind} is a name or {{name: ..., options: {{...}}}}, got {entry!r}")
    known(f"key of a {kind}:", named, ("name", "as", "options", *(["capacity"] if kind == "replay" else [])))
    keys = {kind: named["name"], GROUPS[kind]: mapping(named, "options")}
    if "capacity" in named:
        keys["capacity"] = named["capacity"]
    return str(named.get("as", named["name"])), keys


def variants(spec: RunSpec, sweep: Mapping[str, Any]) -> Iterator[tuple[str, RunSpec]]:
    """The spec with every combination of the values of a sweep, and what it adds to the arm's name."""
    for values in itertools.product(*(sequence(sweep, path) for path in sweep)):
        swept, suffix = spec, ""
        for path, value in zip(sweep, values, strict=True):
            swept = changed(swept, path, value)
            group, _, key = str(path).partition(".")
            suffix += f" {key}={value}" if group != "stream" else ""  # another stream is another column
        yield suffix, swept


def changed(spec: RunSpec, path: str, value: Any) -> RunSpec:
    """The spec with another value of one option, at a path as of `--set`: `agent.lr`, `replay.capacity`.

    Raises:
        OptionError, UnknownName: for a path that is not group.key, or an unknown group.
    """
    group, dot, key = str(path).partition(".")
    if not dot:
        raise OptionError(f"an option is named group.key, such as agent.lr, got {path!r}")
    if group not in SWEPT:
        raise UnknownName("group of options:", group, SWEPT)
    if path == "replay.capacity":
        return replace(spec, capacity=value)
    place = GROUPS.get(group, "stream_options")
    return replace(spec, **{place: {**getattr(spec, place), key: value}})


def seeds_of(given: Mapping[str, Any]) -> list[int]:
    """The seeds: those listed, or 0 to n - 1 for a number n."""
    seeds = given.get("seeds", 1)
    if isinstance(seeds, int) and not isinstance(seeds, bool) and seeds > 0:
        return list(range(seeds))
    if not isinstance(seeds, list) or not seeds:
        raise OptionError(f"seeds must be a list of seeds, or how many there are to be, got {seeds!r}")
    return [check_seed(seed) for seed in seeds]


def mapping(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    """`given[key]` as a dictionary, {} if it is not there."""
    value = {} if given.get(key) is None else given[key]
    if not isinstance(value, dict):
        raise OptionError(f"{key} must be keys with values, got {value!r}")
    return value


def sequence(given: Mapping[str, Any], key: str) -> list[Any]:
    """`given[key]` as a list that is not empty."""
    value = given[key]
    if not isinstance(value, list) or not value:
        raise OptionError(f"{key} must be a list of at least one, got {value!r}")
    return value
