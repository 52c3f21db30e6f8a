"""Seeds by path, and random states taken and put back."""

import random
from itertools import product

import numpy as np
import pytest
import torch

from recollect.errors import OptionError
from recollect.randomness import check_seed, random_states, restore_random_states, seed_everything, seed_for, seeded


def test_seeds_stay_what_they_are_from_version_to_version():
    assert seed_for(0) == 2968811710
    assert seed_for(0, "episode", 1, 2, 3) == 4230142815
    assert seed_for(7, "evaluation") == 3367890406


def test_paths_that_differ_have_seeds_that_differ():
    paths = [(0, "a"), (0, "b"), (1, "a"), ("a", 0), *product(range(3), ["episode", "order"], range(3), range(5))]
    seeds = {seed_for(*path) for path in paths}
    assert len(seeds) == len(paths)
    assert all(0 <= seed < 2**32 for seed in seeds)
    assert seed_for(np.int64(0), "a") == seed_for(0, "a")


@pytest.mark.parametrize("wrong", [-1, 1.0, True, "1", None])
def test_a_seed_is_a_whole_number(wrong):
    with pytest.raises(OptionError, match=r"seed must be a whole number of at least 0 and below 2\*\*32, got"):
        check_seed(wrong)


def test_a_checked_seed_is_a_python_int():
    assert type(check_seed(np.uint8(3))) is int


def draws():
    return random.random(), random.gauss(0, 1), np.random.random(), np.random.normal(), torch.rand(2).tolist()


def test_inside_seeded_draws_are_the_seeds_and_afterwards_as_before():
    seed_everything(11)
    expected = draws()
    seed_everything(11)
    with seeded(5):
        inside = draws()
    assert draws() == expected
    with seeded(5):
        assert draws() == inside
    assert inside != expected


def test_seeded_puts_back_after_an_error():
    seed_everything(11)
    expected = draws()
    seed_everything(11)
    with pytest.raises(ZeroDivisionError), seeded(5):
        draws()
        raise ZeroDivisionError
    assert draws() == expected


def test_states_go_round_in_the_middle_of_a_pair_of_gaussians():
    seed_everything(3)
    random.gauss(0, 1)  # python and numpy keep the second of a pair
    np.random.normal()
    states = random_states()
    expected = draws()
    draws()
    restore_random_states(states | {"python": [states["python"][0], list(states["python"][1]), states["python"][2]]})
    assert draws() == expected
