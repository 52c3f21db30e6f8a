import pytest

from recollect.cli.flags import GROUPS, known, parse, value
from recollect.errors import OptionError, UnknownName


def test_settings_are_sorted_into_groups():
    found = parse(["replay.capacity=200", "agent.lr=1e-3", "agent.hidden=[10, 5]", "run.announce_tasks=false"])
    assert found == {
        "agent": {"lr": 0.001, "hidden": [10, 5]},
        "penalty": {},
        "replay": {"capacity": 200},
        "run": {"announce_tasks": False},
        "stream": {},
    }


def test_no_settings_are_empty_groups():
    assert parse([]) == {group: {} for group in GROUPS}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1e-3", 0.001),
        ("-2.5E+4", -25000.0),
        ("1", 1),
        ("0.5", 0.5),
        ("null", None),
        ("domain", "domain"),
        ("a=b", "a=b"),
        ("e-3", "e-3"),
        ('"1e-3"', "1e-3"),
        ("[[0, 1], [2]]", [[0, 1], [2]]),
        ("{kind: cyclic, cycles: 2}", {"kind": "cyclic", "cycles": 2}),
    ],
)
def test_values_are_yaml(text, expected):
    found = value(text, "agent.x")
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("setting", ["replay.capacity", "capacity=3", ".capacity=3", "replay.=3", "=", ""])
def test_what_is_no_setting_is_refused(setting):
    with pytest.raises((OptionError, UnknownName)):
        parse([setting])


def test_an_unknown_group_is_named_with_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean replay"):
        parse(["reply.capacity=3"])


def test_a_setting_given_twice_is_refused():
    with pytest.raises(OptionError, match=r"agent\.lr is given twice"):
        parse(["agent.lr=1", "agent.lr=2"])


def test_what_is_not_yaml_is_refused_in_one_line():
    with pytest.raises(OptionError, match=r"replay\.capacity: '\[1' cannot be read") as caught:
        parse(["replay.capacity=[1"])
    assert "\n" not in str(caught.value)


def test_objects_are_never_constructed():
    with pytest.raises(OptionError, match="cannot be read"):
        parse(["agent.x=!!python/object/apply:os.getcwd []"])


def test_known_names_pass_and_others_do_not():
    known("keyword of run:", ["passes"], ["passes", "seed"])
    with pytest.raises(UnknownName, match="keyword of run: 'pases' does not exist. Did you mean passes"):
        known("keyword of run:", ["passes", "pases"], ["passes", "seed"])
