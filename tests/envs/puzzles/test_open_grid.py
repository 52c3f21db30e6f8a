import numpy as np
import pytest

from recollect.envs.puzzles.open_grid import OpenGrid


def test_the_goal_ends_the_episode_one_step_after_it_is_reached():
    stream, rng = OpenGrid([3], spontaneous=False), np.random.default_rng(0)
    state = np.array([[3, 1, 2]], np.int16)
    state, rew, ends = stream.advance(state, np.array([3]), rng)  # down, onto the goal
    assert (state.tolist(), rew.tolist(), ends.tolist()) == ([[3, 2, 2]], [-1.0], [False])
    state, rew, ends = stream.advance(state, np.array([1]), rng)  # the move is made all the same
    assert (state.tolist(), rew.tolist(), ends.tolist()) == ([[3, 1, 2]], [-1.0], [True])


def test_the_player_is_put_on_the_goal_with_a_tenth_over_the_size():
    stream, rng = OpenGrid([5]), np.random.default_rng(0)
    after, _, ends = stream.advance(np.tile(np.array([5, 1, 1], np.int16), (50_000, 1)), np.zeros(50_000, int), rng)
    assert (after[:, 1:] == 4).all(1).mean() == pytest.approx(0.02, abs=0.002)
    assert not ends.any()


def test_observation():
    stream = OpenGrid([3, 4])
    assert np.flatnonzero(stream.observe(np.array([[3, 2, 1]], np.int16))[0]).tolist() == [2 * 4 + 1]
    starts = {tuple(stream.begin(3, np.random.default_rng(seed))[1:].tolist()) for seed in range(99)}
    assert len(starts) == 9
