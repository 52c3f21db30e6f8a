import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

import gymnasium
import numpy as np
import pytest

import recollect
from recollect.errors import OptionError, UnknownName
from recollect.options import REQUIRED, check_options, matches, options_of, plain, spell


class Part(Protocol):
    def go(self): ...


class Root:
    def __init__(self, stream, replay, *, seed=0, device="auto", width: int, depth: int = 2, rate: float = 0.1):
        pass


class Middle(Root):
    def __init__(self, stream, replay, *, rate: "float | None" = None, **options):
        super().__init__(stream, replay, width=3, **options)


class Leaf(Middle):
    """Has no constructor of its own."""


class Closed(Root):
    def __init__(self, capacity, *, mode: Literal["a", "b"] = "a", hidden: tuple[int, ...] = (4,), must: int):
        super().__init__(None, None, width=1)


def test_options_of_walk_up_while_keywords_are_passed_on():
    found = options_of(Leaf)
    assert list(found) == ["rate", "width", "depth"]  # its own first, no stream, replay, seed, device
    assert (found["rate"].type, found["rate"].default) == ("float | None", None)  # the nearest class wins
    assert (found["depth"].type, found["depth"].default) == ("int", 2)
    assert found["width"].default is REQUIRED


def test_options_of_end_where_a_constructor_takes_no_more():
    assert list(options_of(Closed)) == ["mode", "hidden", "must"]


def test_class_without_constructor_has_none():
    assert options_of(type("Plain", (), {})) == {}


def test_unknown_option_says_of_what_and_what_is_near():
    with pytest.raises(UnknownName, match=r"option of replay 'x': 'dept' does not exist. Did you mean depth\?"):
        check_options("replay 'x'", Leaf, {"dept": 3})
    with pytest.raises(UnknownName, match="'seed' does not exist"):
        check_options("replay 'x'", Leaf, {"seed": 3})


def test_wrong_type_says_what_is_expected_and_got():
    with pytest.raises(OptionError, match="option depth of replay 'x' must be int, got 'deep'"):
        check_options("replay 'x'", Leaf, {"depth": "deep"})
    with pytest.raises(OptionError, match="option mode of replay 'x' must be 'a' or 'b', got 'c'"):
        check_options("replay 'x'", Closed, {"mode": "c", "must": 1})


def test_required_options_are_demanded_of_the_outermost_constructor_only():
    with pytest.raises(OptionError, match=r"agent 'x' needs the option must \(int\)"):
        check_options("agent 'x'", Closed, {})
    assert check_options("agent 'x'", Leaf, {}) == {}  # Middle gives width


def test_lists_become_tuples_where_tuples_are_asked_for():
    assert check_options("agent 'x'", Closed, {"hidden": [1, 2], "must": 1}) == {"hidden": (1, 2), "must": 1}


def test_annotation_that_names_nothing_is_not_checked():
    class Odd:
        def __init__(self, a: "NotImported" = 1, b: "int" = 1):  # noqa: F821
            pass

    assert check_options("agent 'x'", Odd, {"a": object}) == {"a": object}
    with pytest.raises(OptionError, match="option b"):
        check_options("agent 'x'", Odd, {"b": "1"})


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (1, int), (np.int64(1), int), (1, float), (1.5, float), (np.float32(1), float), (True, bool), ("a", str),
        (None, int | None), (None, None), ("a", Literal["a", 1]), (1, Literal["a", 1]),
        ([1, 2], tuple[int, ...]), ((1, 2), tuple[int, int]), ((1, 2), list[int]), ((1, "a"), tuple[int, str]),
        ([], list), ((), tuple), ([1.0, 2], Sequence[float]), ({"a": 1}, dict[str, int]), ({"a": 1}, Mapping[str, Any]),
        ("file", pathlib.Path), (object(), Any), ("x", str | Part), (object(), Part), ([[1]], list[list[int]]),
        ("auto", int | Literal["auto"]),
    ],
)  # fmt: skip
def test_values_that_match(value, annotation):
    assert matches(value, annotation)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (True, int), (1.0, int), ("1", int), (False, float), ("1", float), (1, bool), (None, int), (1, str), (1, None),
        ("c", Literal["a", 1]), (True, Literal["a", 1]), ("ab", list), ("ab", tuple[str, ...]), ([1, "a"], list[int]),
        ((1, 2, 3), tuple[int, int]), (3, tuple[int, ...]), ({"a": "b"}, dict[str, int]), ([], dict), (1, pathlib.Path),
        ("other", int | Literal["auto"]), ({1, 2}, Sequence[int]),
    ],
)  # fmt: skip
def test_values_that_do_not(value, annotation):
    assert not matches(value, annotation)


def test_none_is_taken_where_it_is_the_default():
    assert matches(None, int, default=None)


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        (int, "int"), (int | None, "int | None"), (str | None, "str | None"), (Any, "any value"),
        (Literal["a", "b"], "'a' or 'b'"), (tuple[int, ...], "tuple[int, ...]"), (None, "None"),
    ],
)  # fmt: skip
def test_types_as_people_read_them(annotation, words):
    assert spell(annotation) == words


def test_plain_is_what_json_holds():
    given = {"a": (1, np.int64(2)), "b": np.float64(0.5), "c": pathlib.Path("x"), "d": None, "e": [True, {"f": "g"}]}
    assert plain(given) == {"a": [1, 2], "b": 0.5, "c": "x", "d": None, "e": [True, {"f": "g"}]}
    assert json.loads(json.dumps(plain(given))) == plain(given)


def test_plain_refuses_what_json_cannot_hold():
    with pytest.raises(OptionError, match=r"option a must be a number, a string, .* got function"):
        plain({"a": lambda: 0})


@pytest.mark.parametrize("wrong", [{"replay": 3}, {"replay_options": 3}, {"penalty_options": [1]}])
def test_parts_of_the_wrong_type(wrong):
    with pytest.raises(OptionError, match=f"{min(wrong)} must be a"):
        recollect.make_agent("er", gymnasium.make("recollect/SplitDigits-v0"), **wrong)
