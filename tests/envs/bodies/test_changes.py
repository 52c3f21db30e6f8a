import pytest

from recollect.envs.bodies.changes import Friction, Gravity, Mass
from recollect.errors import OptionError


def test_values_given_stay_as_they_are():
    assert Gravity("Hopper", 0).choose([2, 0.0], None) == (2, 0.0)


def test_values_are_drawn_from_the_pool_each_once():
    chosen = Mass("Hopper", 3).choose(None, 11)
    assert sorted(chosen) == [0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5]
    assert chosen == Mass("Hopper", 3).choose(None, 11) != Mass("Hopper", 4).choose(None, 11)
    assert len(Mass("Hopper", 3).choose(None, None)) == 5


@pytest.mark.parametrize(
    ("change", "values", "num_tasks", "words"),
    [
        (Gravity, [1.0, -1.0], None, r"values of gravity must be a list of factors of gravity, at least 0, .* got \[1"),
        (Mass, [0.0], None, "factors of mass, at least 0.01"),
        (Friction, [float("nan")], None, "values of friction"),
        (Gravity, ["1"], None, "values of gravity"),
        (Gravity, [True], None, "values of gravity"),
        (Gravity, 1.0, None, "values of gravity"),
        (Gravity, [], None, "values of gravity"),
        (Gravity, [1.0, 0.5, 1.0], None, "a value stands twice"),
        (Gravity, [1.0], 3, "give it or values, not both"),
        (Gravity, None, 12, "num_tasks must be a whole number from 1 to 11, got 12"),
        (Gravity, None, 0, "from 1 to 11, got 0"),
        (Gravity, None, 2.5, "got 2.5"),
    ],
)
def test_refused_values(change, values, num_tasks, words):
    with pytest.raises(OptionError, match=words):
        change("Hopper", 0).choose(values, num_tasks)


def test_a_pendulum_has_no_friction():
    with pytest.raises(OptionError, match="not of InvertedPendulum"):
        Friction("InvertedPendulum", 0)


def test_points_are_the_values_and_rewards_gymnasiums():
    assert Gravity("Hopper", 0).point(0.5, None).tolist() == [0.5]
    assert not Gravity.rewards
