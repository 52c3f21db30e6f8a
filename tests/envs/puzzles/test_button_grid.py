import numpy as np
import pytest

from recollect.envs.puzzles.button_grid import ButtonGrid
from recollect.errors import OptionError


def grid(player, *buttons, size=3):
    return np.array([[size, *player, *[number for button in buttons for number in button]]], np.int16)


def test_the_order_of_a_step():
    stream, rng, seen = ButtonGrid([3], num_buttons=2, spontaneous=False), np.random.default_rng(0), []
    state = grid((0, 0), (0, 1, 0), (0, 2, 0))
    for act in (4, 0, 4, 4):  # onto the first, stay on it, onto the second, against the border
        state, rew, ends = stream.advance(state, np.array([act]), rng)
        seen.append((state[0, 5::3].tolist(), rew[0], ends[0]))
    # on; not toggled by standing; all on, unrewarded as yet; rewarded, and drawn anew with all off
    assert seen == [([1, 0], 0, False), ([1, 0], 0, False), ([1, 1], 0, False), ([0, 0], 1, False)]
    state, *_ = stream.advance(grid((0, 0), (0, 1, 1), (0, 2, 0)), np.array([4]), rng)
    assert state[0, 5::3].tolist() == [0, 0]  # a second visit turns a button off
    state, *_ = stream.advance(grid((0, 0), (0, 0, 0), (0, 2, 0)), np.array([1]), rng)
    assert state[0, 5::3].tolist() == [0, 0]  # the border: not moved, so not toggled


def test_all_turn_on_by_themselves_now_and_then():
    stream, rng = ButtonGrid([3]), np.random.default_rng(0)
    many = np.repeat(grid((0, 0), (0, 1, 0), (0, 2, 0), (1, 1, 0)), 50_000, axis=0)
    after, rew, _ = stream.advance(many, np.zeros(50_000, int), rng)
    assert after[:, 5::3].all(1).mean() == pytest.approx(1 / 90, abs=0.002)
    assert not rew.any()


def test_observation():
    stream = ButtonGrid([3, 4], num_buttons=2)
    seen = stream.observe(grid((1, 1), (0, 2, 1), (1, 1, 0))).reshape(4, 4, 3)
    assert np.argwhere(seen).tolist() == [[0, 2, 1], [1, 1, 0], [1, 1, 2]]


def test_buttons_lie_apart():
    stream = ButtonGrid([3], num_buttons=9)
    state = stream.begin(3, np.random.default_rng(0))
    assert len(set(zip(state[3::3].tolist(), state[4::3].tolist(), strict=True))) == 9
    assert not state[5::3].any()
    for number in (0, 10, 1.5, True):
        with pytest.raises(OptionError, match="num_buttons must be a whole number from 1 to 9"):
            ButtonGrid([3], num_buttons=number)
