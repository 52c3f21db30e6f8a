"""Steps on a grid, and what is seen of it."""

import numpy as np

MOVES = np.array([[0, 0], [-1, 0], [0, -1], [1, 0], [0, 1]])  # stay, up, left, down, right: (row, column)


def moved(positions: np.ndarray, act: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Positions (N, 2) after actions (N,), clipped to grids of sizes (N,)."""
    return np.minimum(np.maximum(positions + MOVES[act], 0), sizes[:, None] - 1)


def draw_cells(size: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """`count` different cells (count, 2) of a grid."""
    cells = rng.choice(size * size, count, replace=False)
    return np.stack([cells // size, cells % size], axis=1)
