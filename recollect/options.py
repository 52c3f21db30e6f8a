"""Options: which ones a class takes, and whether those given can be used, before anything is built.

A class takes the parameters of its `__init__`, and while that passes on `**kwargs`, those of the classes it
inherits from. What every strategy, penalty and agent is given (capacity, seed, ...) is no option.
"""

import collections.abc
import inspect
import pathlib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recollect.errors import OptionError, UnknownName

GIVEN = frozenset({"self", "stream", "replay", "penalty", "seed", "device", "capacity"})
REQUIRED = inspect.Parameter.empty


@dataclass(frozen=True)
class Option:
    """One option of a class: its name, its type as written, and its default (`REQUIRED` where it has none)."""

    name: str
    annotation: Any = Any
    default: Any = REQUIRED
    needed: bool = False  # no default, and no class in between that gives it

    @property
    def type(self) -> str:
        """Its type as people read it: `int | None`."""
        return spell(self.annotation)


def options_of(cls: type) -> dict[str, Option]:
    """The options of `cls` by name, its own first."""
    found: dict[str, Option] = {}
    outermost = True
    for owner in cls.__mro__:
        init = vars(owner).get("__init__")
        if not inspect.isfunction(init):
            continue
        parameters = inspect.signature(init).parameters.values()
        for one in parameters:
            if one.kind in (one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD) and one.name not in GIVEN | found.keys():
                needed = outermost and one.default is REQUIRED
                found[one.name] = Option(one.name, _annotation(init, one.annotation), one.default, needed)
        if not any(one.kind is one.VAR_KEYWORD for one in parameters):
            break
        outermost = False
    return found


def _annotation(init: Any, annotation: Any) -> Any:
    """The type itself, also where it is written as a string; Any where that names nothing we can find."""
    if annotation is inspect.Parameter.empty:
        return Any
    holder = types.SimpleNamespace(__annotations__={"option": annotation})
    try:
        return typing.get_type_hints(holder, init.__globals__)["option"]
    except (NameError, AttributeError, TypeError, SyntaxError):
        return Any


def check_options(what: str, cls: type, options: Mapping[str, Any]) -> dict[str, Any]:
    """The options in the form in which `cls` gets them: lists as tuples where it asks for tuples.

    Args:
        what: of what the options are, such as `replay 'fifo'`.
        cls: the class that will be constructed.
        options: name -> value.

    Raises:
        UnknownName: for an option that `cls` does not take; the message says what is near.
        OptionError: for a value of the wrong type, or an option that must be given and is not.
    """
    known = options_of(cls)
    for name in options:
        if name not in known:
            raise UnknownName(f"option of {what}:", name, known)
    for name, option in known.items():
        if option.needed and name not in options:
            raise OptionError(f"{what} needs the option {name} ({option.type})")
        if name in options and not matches(options[name], option.annotation, option.default):
            raise OptionError(f"option {name} of {what} must be {option.type}, got {options[name]!r}")
    return {name: _as_tuple(value, known[name].annotation) for name, value in options.items()}


def matches(value: Any, annotation: Any, default: Any = REQUIRED) -> bool:
    """Whether `value` is of the annotated type; True where the annotation is one that we do not check."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any or (value is None and default is None):
        return True
    if origin is typing.Annotated:
        return matches(value, inner[0])
    if origin in (typing.Union, types.UnionType):
        return any(matches(value, one) for one in inner)
    if origin is typing.Literal:
        return any(type(value) is type(one) and value == one for one in inner)
    if annotation in (None, types.NoneType):
        return value is None
    if annotation is bool:
        return isinstance(value, bool | np.bool_)
    if annotation in (int, float):
        kinds = int | np.integer if annotation is int else int | float | np.integer | np.floating
        return isinstance(value, kinds) and not isinstance(value, bool)
    if annotation is pathlib.Path:
        return isinstance(value, str | pathlib.Path)
    return _matches_many(value, origin or annotation, inner)


def _matches_many(value: Any, kind: Any, inner: tuple[Any, ...]) -> bool:
    """`matches` for sequences (lists serve tuples and the reverse), mappings and other classes."""
    if kind in (tuple, list, collections.abc.Sequence, collections.abc.Iterable, collections.abc.Collection):
        if not isinstance(value, list | tuple):
            return False
        if kind is tuple and inner and inner[-1] is not Ellipsis:
            return len(value) == len(inner) and all(map(matches, value, inner))
        return not inner or all(matches(one, inner[0]) for one in value)
    if kind in (dict, collections.abc.Mapping):
        return isinstance(value, Mapping) and (
            not inner or all(matches(k, inner[0]) and matches(v, inner[1]) for k, v in value.items())
        )
    unchecked = not isinstance(kind, type) or getattr(kind, "_is_protocol", False)
    return unchecked or isinstance(value, kind)


def _as_tuple(value: Any, annotation: Any) -> Any:
    """A list as a tuple where the annotation asks for one: options come from JSON as lists."""
    inner = typing.get_args(annotation) or (annotation,)
    wants = annotation is tuple or typing.get_origin(annotation) is tuple
    wants = wants or any(one is tuple or typing.get_origin(one) is tuple for one in inner)
    return tuple(value) if isinstance(value, list) and wants else value


def spell(annotation: Any) -> str:
    """A type as people read it: `int | None`, `"ring" or "fifo"`, `any value`."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is Any:
        return "any value"
    if origin is typing.Literal:
        return " or ".join(map(repr, inner))
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(spell, inner))
    if annotation in (None, types.NoneType):
        return "None"
    return annotation.__name__ if isinstance(annotation, type) and not inner else str(annotation).replace("typing.", "")


def plain(value: Any, what: str = "option") -> Any:
    """`value` as JSON holds it: tuples as lists, numpy numbers as numbers, paths as strings.

    Raises:
        OptionError: for anything that JSON cannot hold; a run could not be resumed with it.
    """
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, pathlib.Path):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain(one, what) for one in value]
    if isinstance(value, Mapping):
        return {str(key): plain(one, f"{what} {key}") for key, one in value.items()}
    raise OptionError(
        f"{what} must be a number, a string, a list or a dictionary, so that runs can be saved and resumed; got "
        f"{type(value).__name__}"
    )
