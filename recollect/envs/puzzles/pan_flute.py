"""PanFlute: pipes of growing length, which should all sound at once."""

import numpy as np

from recollect.envs.puzzles.puzzle import Continuing


class PanFlute(Continuing):
    """n pipes; pipe i is a row of i + 1 cells through which a note travels (paper: n = 5).

    The reward of a step is 1 if the last cells of all pipes are on before it. Then every pipe shifts by one, its first
    cell is on where it was played, and with probability 1 / n^2 all last cells are turned on. It never terminates and
    starts with all cells off. The best policy plays from the longest pipe to the shortest. Action i plays pipe i; in a
    task with fewer pipes than the largest the actions beyond play nothing.

    Observation: the cells of pipe 0, 1, ..., n (n + 1) / 2 of them. State: n, cells.
    """

    smallest = 1

    def width(self, size: int) -> int:
        """The cells of all pipes."""
        return size * (size + 1) // 2

    def actions_of(self, size: int) -> int:
        """One per pipe."""
        return size

    def begin(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Silence."""
        return np.array([size, *[0] * self.width(self.largest)], np.int16)

    def advance(
        self, states: np.ndarray, act: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rewards, shifts, plays, and perhaps all pipes sound."""
        sizes, after = states[:, 0], states.copy()
        pipes = np.arange(self.largest)
        first = 1 + pipes * (pipes + 1) // 2  # where each pipe begins in a state
        last = first + pipes
        exists = pipes < sizes[:, None]  # (N, G)
        rew = (states[:, last] | ~exists).astype(bool).all(1)
        after[:, 2:] = states[:, 1:-1]
        after[:, first] = (pipes == np.asarray(act)[:, None]) & exists
        sounds = self.rare(1.0 / sizes.astype(float) ** 2, rng)[:, None] & exists
        after[:, last] |= sounds
        return after, rew.astype(float), np.zeros(len(states), bool)

    def observe(self, states: np.ndarray) -> np.ndarray:
        """The cells (N, G (G + 1) / 2)."""
        return states[:, 1:].astype(np.float32)
