"""OpenGrid: walk to the far corner of an empty grid."""

import numpy as np

from recollect.envs.puzzles.moves import moved
from recollect.envs.puzzles.puzzle import Puzzle


class OpenGrid(Puzzle):
    """An empty grid of size g with a goal at (g - 1, g - 1), and a start anywhere.

    Every step costs 1, the last included; it is the one taken on the goal: whether the player stands there is looked at
    before the move. After the move the player is put on the goal with probability 0.1 / g. Actions: stay, up, left,
    down, right. Observation (g, g) flattened: where the player is. State: g, row, column.
    """

    def width(self, size: int) -> int:
        """One number per cell."""
        return size * size

    def begin(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Anywhere."""
        return np.array([size, *rng.integers(size, size=2)], np.int16)

    def advance(
        self, states: np.ndarray, act: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Looks, moves, and perhaps is put on the goal."""
        sizes, positions, after = states[:, 0], states[:, 1:3], states.copy()
        goal = (sizes - 1)[:, None]
        terminated = (positions == goal).all(1)
        helped = self.rare(0.1 / sizes, rng)[:, None]
        after[:, 1:3] = np.where(helped, goal, moved(positions, act, sizes))
        return after, np.full(len(states), -1.0), terminated

    def observe(self, states: np.ndarray) -> np.ndarray:
        """The player (N, G * G)."""
        seen = np.zeros((len(states), self.largest, self.largest), np.float32)
        seen[np.arange(len(states)), states[:, 1], states[:, 2]] = 1
        return seen.reshape(len(states), -1)
