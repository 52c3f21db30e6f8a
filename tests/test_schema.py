"""Which rows serve whom."""

import pytest

from recollect.schema import QUERY, SAMPLE, SCHEMAS, TEXT, TRAJECTORY, TRANSITION, explain, missing, serves


def test_the_five():
    assert SCHEMAS == {
        "TRANSITION": TRANSITION,
        "TRAJECTORY": TRAJECTORY,
        "SAMPLE": SAMPLE,
        "QUERY": QUERY,
        "TEXT": TEXT,
    }
    assert {s.name for s in SCHEMAS.values() if s.unit == "episode"} == {"TRAJECTORY"}
    assert TRANSITION.fields == {"obs", "act", "rew", "terminated", "truncated", "obs_next"}
    assert TRAJECTORY.fields == {"obs", "act", "rew", "mask", "ret", "goal", "group"}
    assert (SAMPLE.fields, QUERY.fields, TEXT.fields) == ({"x", "y"}, {"x", "y", "cost"}, {"x", "y", "mask"})


def test_missing_fields_and_prefixes():
    assert missing(["y", "obs", "act"], ["obs/elements", "obs/action_mask", "act"]) == ["y"]
    assert missing(["obs/elements"], ["obs"]) == ["obs/elements"]
    assert missing(["obs"], ["obs_next"]) == ["obs"]  # a prefix ends with its slash
    assert missing(["x", "a"], []) == ["a", "x"]
    assert missing([], ["x"]) == []


@pytest.mark.parametrize(
    ("stream", "agent", "horizon", "does"),
    [
        (TRANSITION, TRANSITION, None, True),
        (TRANSITION, TRAJECTORY, 10, True),
        (TRANSITION, TRAJECTORY, None, False),
        (TRAJECTORY, TRAJECTORY, None, False),
        (TRAJECTORY, TRAJECTORY, 10, True),
        (TRAJECTORY, TRANSITION, 10, False),
        (SAMPLE, SAMPLE, None, True),
        (SAMPLE, TRAJECTORY, 10, False),
        (SAMPLE, QUERY, None, False),
        (TEXT, SAMPLE, None, False),
    ],
)
def test_who_serves_whom(stream, agent, horizon, does):
    assert serves(stream, agent, horizon) is does


def test_explain():
    assert explain(SAMPLE) == "SAMPLE: one row is a step with x, y"
    assert explain(TRAJECTORY) == "TRAJECTORY: one row is an episode with act, goal, group, mask, obs, ret, rew"
