"""ButtonGrid: press all buttons of a grid, again and again."""

from typing import Any

import numpy as np

from recollect.envs.puzzles.moves import draw_cells, moved
from recollect.envs.puzzles.puzzle import Continuing
from recollect.errors import OptionError


class ButtonGrid(Continuing):
    """A grid of size g with buttons in different cells; stepping on one turns it on, or off (paper: three buttons).

    Where all are on, the step is rewarded with 1 and everything is drawn anew, all buttons off; whether they are is
    looked at before the move. A button is toggled by a move onto it, not by standing there or by walking into the
    border. Then, with probability 1 / (10 g^2), all are turned on. It never terminates. Actions: stay, up, left, down,
    right.

    Observation (g, g, 3) flattened: player, button that is on, button that is off. State: g, row, column, then row,
    column and on for each button.

    Args:
        sizes: one for each task.
        num_buttons: at most the cells of the smallest grid.
        **options: those of `Puzzle`.

    Raises:
        OptionError: for more buttons than cells, or none.
    """

    def __init__(self, sizes: list[int], *, num_buttons: int = 3, **options: Any) -> None:
        self.num_buttons = num_buttons
        super().__init__(sizes, **options)
        if type(num_buttons) is not int or not 1 <= num_buttons <= min(sizes) ** 2:
            raise OptionError(f"num_buttons must be a whole number from 1 to {min(sizes) ** 2}, got {num_buttons!r}")

    def width(self, size: int) -> int:
        """Three numbers per cell."""
        return size * size * 3

    def begin(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """The player anywhere, buttons in different cells."""
        player = rng.integers(size, size=2)
        buttons = np.concatenate([draw_cells(size, self.num_buttons, rng), np.zeros((self.num_buttons, 1))], axis=1)
        return np.concatenate([[size], player, buttons.reshape(-1)]).astype(np.int16)

    def advance(
        self, states: np.ndarray, act: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Looks, moves, toggles, perhaps turns all on, and draws anew where all were on."""
        sizes, positions, after = states[:, 0], states[:, 1:3], states.copy()
        success = states[:, 5::3].all(1)
        target = moved(positions, act, sizes)
        stepped = (target != positions).any(1)
        there = (states[:, 3::3] == target[:, :1]) & (states[:, 4::3] == target[:, 1:])  # (N, buttons)
        after[:, 1:3] = target
        after[:, 5::3] ^= stepped[:, None] & there
        after[self.rare(1 / (10.0 * sizes**2), rng), 5::3] = 1
        for i in np.flatnonzero(success):
            after[i] = self.begin(int(sizes[i]), rng)
        return after, success.astype(float), np.zeros(len(states), bool)

    def observe(self, states: np.ndarray) -> np.ndarray:
        """Player, buttons on, buttons off (N, G * G * 3)."""
        each = np.arange(len(states))
        seen = np.zeros((len(states), self.largest, self.largest, 3), np.float32)
        seen[each, states[:, 1], states[:, 2], 0] = 1
        seen[each[:, None], states[:, 3::3], states[:, 4::3], 2 - states[:, 5::3]] = 1
        return seen.reshape(len(states), -1)
