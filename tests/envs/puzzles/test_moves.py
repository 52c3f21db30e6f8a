import numpy as np

from recollect.envs.puzzles.moves import draw_cells, moved


def test_moves_and_the_border():
    middle, corner = np.array([[1, 1]] * 5), np.array([[0, 2]] * 5)
    sizes, act = np.full(5, 3), np.arange(5)
    assert moved(middle, act, sizes).tolist() == [[1, 1], [0, 1], [1, 0], [2, 1], [1, 2]]
    assert moved(corner, act, sizes).tolist() == [[0, 2], [0, 2], [0, 1], [1, 2], [0, 2]]


def test_cells_differ():
    cells = draw_cells(3, 9, np.random.default_rng(0))
    assert sorted(map(tuple, cells.tolist())) == [(row, column) for row in range(3) for column in range(3)]
