"""What is raised, and what it says."""

import inspect
import pickle
import re

import pytest

from recollect import errors
from recollect.errors import MissingExtra, OptionError, RecollectError, UnknownName, require


def test_the_tree_drawn_at_the_top_is_the_real_one():
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__)
    real = [
        name for name, kind in vars(errors).items() if inspect.isclass(kind) and kind.__bases__[0] is RecollectError
    ]
    assert drawn == real
    assert "RecollectError\n    ├" in errors.__doc__


def test_they_are_also_what_python_programs_expect():
    assert issubclass(UnknownName, LookupError)
    assert issubclass(OptionError, ValueError)
    assert issubclass(MissingExtra, ImportError)


def test_an_unknown_name_says_which_ones_are_near():
    error = UnknownName("replay", "resevoir", {"reservoir", "fifo", "none"})
    assert str(error) == "replay 'resevoir' does not exist. Did you mean reservoir?"
    assert error.near == ["reservoir"]
    two = UnknownName("metric", "wc-ac", ["wc-acc", "ac"])
    assert str(two) == "metric 'wc-ac' does not exist. Did you mean wc-acc or ac?"


def test_where_nothing_is_near_it_lists_what_there_is():
    error = UnknownName("replay", "xyz", ["fifo", "none"], hint="See `recollect list`.")
    assert str(error) == "replay 'xyz' does not exist. There are: fifo, none. See `recollect list`."
    assert error.near == []
    assert str(UnknownName("claim", "xyz", [])) == "claim 'xyz' does not exist. There are: none."


def test_an_unknown_name_crosses_processes():
    error = UnknownName("replay", "resevoir", ["reservoir"], hint="Look.")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.near) == (UnknownName, str(error), ["reservoir"])


def test_a_missing_extra_names_the_pip_command():
    require("json", "recollect/Desktop-v0", "gui")  # it is there: nothing happens
    with pytest.raises(MissingExtra) as caught:
        require("no_such_module_of_anyone", "recollect/Desktop-v0", "gui")
    assert str(caught.value) == ("recollect/Desktop-v0 needs no_such_module_of_anyone: pip install 'recollect[gui]'")
