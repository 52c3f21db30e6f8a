import warnings

import numpy as np
import pytest
from pettingzoo.test import parallel_api_test, parallel_seed_test

from recollect.envs.opponents.tag import HIDER, SEEKER, Tag, chase, circle, flee, parallel_env

STAY, NORTH, EAST, SOUTH, WEST = range(5)


def game(seeker, hider, **options):
    env = parallel_env(**{"size": 5, "max_cycles": 10} | options)
    env.reset(seed=0)
    env.places = np.array([seeker, hider])
    return env


def play(env, seeker, hider):
    return env.step({SEEKER: seeker, HIDER: hider})


@pytest.mark.parametrize("options", [{}, {"size": 2}, {"max_cycles": 1}])
def test_it_is_a_parallel_environment(options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(Tag(**options), num_cycles=60)
        parallel_seed_test(lambda: Tag(**options))


def test_being_where_the_other_is_ends_it():
    env = game([0, 0], [2, 0])
    obs, rewards, terminated, truncated, _ = play(env, EAST, WEST)
    assert rewards == {SEEKER: 1.0, HIDER: -1.0}
    assert terminated == {SEEKER: True, HIDER: True}
    assert truncated == {SEEKER: False, HIDER: False}
    assert env.agents == []
    assert obs[SEEKER] == pytest.approx([0.25, 0, 0.25, 0, 0.9])


def test_changing_places_is_being_caught():
    assert play(game([1, 1], [1, 2]), NORTH, SOUTH)[2] == {SEEKER: True, HIDER: True}
    assert play(game([1, 1], [1, 2]), NORTH, NORTH)[2] == {SEEKER: False, HIDER: False}


def test_edges_stop():
    env = game([0, 4], [4, 0])
    obs, rewards, *_ = play(env, NORTH, EAST)
    assert obs[SEEKER] == pytest.approx([0, 1, 1, 0, 0.9])
    assert obs[HIDER] == pytest.approx([1, 0, 0, 1, 0.9])
    assert rewards == {SEEKER: -0.01, HIDER: 0.01}


def test_the_hider_wins_by_lasting():
    env = game([0, 0], [4, 4], max_cycles=2)
    assert play(env, STAY, STAY)[3] == {SEEKER: False, HIDER: False}
    _, rewards, terminated, truncated, _ = play(env, STAY, STAY)
    assert rewards == {SEEKER: -1.0, HIDER: 1.0}
    assert (terminated[SEEKER], truncated[SEEKER], truncated[HIDER]) == (False, True, True)


def test_the_grid_is_drawn_north_up():
    assert game([0, 0], [1, 2], size=3).render() == ".H.\n...\nS.."


def seen(own, other):
    return np.array([*own, *other, 1], np.float32)


def test_scripted_players():
    rng = np.random.default_rng(0)
    assert chase(seen([0, 0], [0.75, 0.25]), rng) == EAST
    assert flee(seen([0.5, 0.5], [0.5, 0.25]), rng) == NORTH
    assert {chase(seen([0, 0], [0.5, 0.5]), rng) for _ in range(30)} == {NORTH, EAST}
    corner = {circle(seen([x, y], [0.5, 0.5]), rng) for x, y in ((0, 0), (0, 1), (1, 1), (1, 0))}
    assert corner == {NORTH, EAST, SOUTH, WEST}
