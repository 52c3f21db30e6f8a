"""ProcMaze: a new random maze in every episode."""

import math

import numpy as np

from recollect.envs.puzzles.moves import MOVES, moved
from recollect.envs.puzzles.puzzle import Puzzle

GOAL, WALLS = slice(3, 5), 5  # places in a state


class ProcMaze(Puzzle):
    """A maze of size g; start and goal are open cells, which may be the same (paper: g = 4).

    Every step costs 1, the last included; it is the one taken on the goal: whether the player stands there is looked at
    before the move. Walls stop a move. After it the player is put on the goal with probability 0.1 / ((g + 1) ceil(g /
    2) - (g mod 2)), 0.01 for g = 4. The best return is -(shortest path + 1). Actions: stay, up, left, down, right.

    Observation (g, g, 4) flattened: player, goal, wall, open. State: g, row, column, row and column of the goal, walls
    (G, G) of the largest size G.
    """

    def width(self, size: int) -> int:
        """Four numbers per cell."""
        return size * size * 4

    def begin(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """A maze, and two of its open cells, drawn independently."""
        walls = carve(size, rng)
        cells = np.argwhere(~walls)
        start, goal = cells[rng.integers(len(cells), size=2)]
        padded = np.zeros((self.largest, self.largest), np.int16)
        padded[:size, :size] = walls
        return np.concatenate([[size], start, goal, padded.reshape(-1)]).astype(np.int16)

    def advance(
        self, states: np.ndarray, act: np.ndarray, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Looks, moves unless there is a wall, and perhaps is put on the goal."""
        sizes, positions, goals, after = states[:, 0], states[:, 1:3], states[:, GOAL], states.copy()
        terminated = (positions == goals).all(1)
        target = moved(positions, act, sizes)
        cell = WALLS + target[:, 0] * self.largest + target[:, 1]
        blocked = states[np.arange(len(states)), cell] > 0
        helped = self.rare(CHANCES[sizes], rng)
        target = np.where(blocked[:, None], positions, target)
        after[:, 1:3] = np.where(helped[:, None], goals, target)
        return after, np.full(len(states), -1.0), terminated

    def observe(self, states: np.ndarray) -> np.ndarray:
        """Player, goal, wall and open (N, G * G * 4); all 0 beyond the maze."""
        count, each = len(states), np.arange(len(states))
        seen = np.zeros((count, self.largest, self.largest, 4), np.float32)
        inside = np.arange(self.largest) < states[:, :1]  # (N, G)
        walls = states[:, WALLS:].reshape(count, self.largest, self.largest)
        seen[each, states[:, 1], states[:, 2], 0] = 1
        seen[each, states[:, 3], states[:, 4], 1] = 1
        seen[..., 2] = walls
        seen[..., 3] = (inside[:, :, None] & inside[:, None, :]) & (walls == 0)
        return seen.reshape(count, -1)


def chance(size: int) -> float:
    """A tenth of one over the steps that the worst maze of this size takes."""
    return 0.1 / ((size + 1) * math.ceil(size / 2) - size % 2)


CHANCES = np.array([0.0, 0.0, *(chance(size) for size in range(2, 33))])  # by size


def carve(size: int, rng: np.random.Generator) -> np.ndarray:
    """Walls (size, size) bool of a maze by randomised depth-first search.

    From the last opened cell a neighbour is opened that is closed and has exactly one open neighbour, one of them at
    random; where there is none the search goes back.
    """
    is_open = np.zeros((size + 2, size + 2), bool)  # with a margin
    stack = [tuple(rng.integers(size, size=2) + 1)]
    is_open[stack[0]] = True
    while stack:
        row, column = stack[-1]
        ways = [(row + down, column + right) for down, right in MOVES[1:]]
        ways = [way for way in ways if _can_open(is_open, *way)]
        if ways:
            stack.append(ways[rng.integers(len(ways))])
            is_open[stack[-1]] = True
        else:
            stack.pop()
    return ~is_open[1:-1, 1:-1]


def _can_open(is_open: np.ndarray, row: int, column: int) -> bool:
    size = len(is_open) - 2
    if not (1 <= row <= size and 1 <= column <= size) or is_open[row, column]:
        return False
    around = is_open[row - 1, column], is_open[row + 1, column], is_open[row, column - 1], is_open[row, column + 1]
    return sum(map(int, around)) == 1
