"""`--set group.key=value`: the options of every part of a run, as one flat list."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

from recollect.errors import OptionError, UnknownName

GROUPS = ("agent", "penalty", "replay", "run", "stream")
SCIENTIFIC = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+")  # YAML 1.1 takes 1e-3 for text


def parse(settings: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The settings by group, each a dictionary of values; `replay.capacity=200` is `{"replay": {"capacity": 200}}`.

    Raises:
        OptionError: for a setting that is not `group.key=value`, is given twice, or whose value is not YAML.
        UnknownName: for an unknown group.
    """
    found: dict[str, dict[str, Any]] = {group: {} for group in GROUPS}
    for setting in settings:
        place, equals, text = setting.partition("=")
        group, dot, key = place.strip().partition(".")
        if not (equals and dot and key):
            raise OptionError(f"--set takes group.key=value, such as replay.capacity=200, got {setting!r}")
        if group not in found:
            raise UnknownName("group of --set", group, GROUPS)
        if key in found[group]:
            raise OptionError(f"--set {group}.{key} is given twice: keep one of them")
        found[group][key] = value(text, place)
    return found


def value(text: str, place: str) -> Any:
    """One value, read as YAML.

    Raises:
        OptionError: if it is not YAML.
    """
    if SCIENTIFIC.fullmatch(text.strip()):
        return float(text)
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise OptionError(f"--set {place}: {text!r} cannot be read as YAML: {' '.join(str(error).split())}") from error


def known(kind: str, given: Iterable[str], options: Iterable[str]) -> None:
    """Raises UnknownName for the first of `given` that is not among `options`."""
    options = list(options)
    for name in given:
        if name not in options:
            raise UnknownName(kind, name, options)
