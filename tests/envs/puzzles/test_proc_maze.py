import numpy as np
import pytest

from recollect.envs.puzzles.proc_maze import ProcMaze, carve, chance


def maze(walls, player, goal, largest=0):
    """A state of a hand-made maze."""
    size = len(walls)
    padded = np.zeros((largest or size, largest or size), np.int16)
    padded[:size, :size] = walls
    return np.concatenate([[size], player, goal, padded.reshape(-1)]).astype(np.int16)[None]


WALLS = [[0, 1, 0], [0, 0, 0], [1, 1, 0]]


def test_walls_stop_and_the_goal_ends_one_step_later():
    stream, rng = ProcMaze([3], spontaneous=False), np.random.default_rng(0)
    state, seen = maze(WALLS, (0, 0), (2, 2)), []
    for act in (4, 3, 4, 3, 4, 3, 0):  # right (wall), down, right, down (wall), right, down (goal), stay
        state, rew, ends = stream.advance(state, np.array([act]), rng)
        seen.append((*state[0, 1:3].tolist(), rew[0], ends[0]))
    assert seen == [
        (0, 0, -1, False), (1, 0, -1, False), (1, 1, -1, False), (1, 1, -1, False), (1, 2, -1, False),
        (2, 2, -1, False), (2, 2, -1, True),
    ]  # fmt: skip


def test_the_chance_of_help():
    assert chance(4) == pytest.approx(0.1 / 10)
    assert chance(5) == pytest.approx(0.1 / 17)  # 6 * 3 - 1
    assert chance(2) == pytest.approx(0.1 / 3)
    stream, rng = ProcMaze([3]), np.random.default_rng(0)
    many = np.repeat(maze(WALLS, (0, 0), (2, 2)), 50_000, axis=0)
    after, _, ends = stream.advance(many, np.full(50_000, 4), rng)
    assert (after[:, 1:3] == 2).all(1).mean() == pytest.approx(0.1 / 7, abs=0.002)  # 4 * 2 - 1
    assert not ends.any()  # who is put there sees it first


def test_observation():
    stream = ProcMaze([3, 4])
    seen = stream.observe(maze(WALLS, (1, 0), (2, 2), largest=4)).reshape(4, 4, 4)
    assert np.argwhere(seen[..., 0]).tolist() == [[1, 0]]
    assert np.argwhere(seen[..., 1]).tolist() == [[2, 2]]
    assert seen[:3, :3, 2].tolist() == WALLS
    assert seen[:3, :3, 3].tolist() == (1 - np.array(WALLS)).tolist()  # player and goal stand on open cells
    assert not seen[3].any()
    assert not seen[:, 3].any()
    assert ProcMaze([4]).observation_space.shape == (64,)


@pytest.mark.parametrize("size", [2, 3, 4, 9])
def test_mazes_are_trees_that_cannot_grow(size):
    """All open cells hang together without a circle, and no closed one has exactly one open neighbour."""
    different = set()
    for seed in range(20):
        walls = carve(size, np.random.default_rng(seed))
        different.add(walls.tobytes())
        cells = [tuple(cell) for cell in np.argwhere(~walls)]
        pairs = [(a, b) for a in cells for b in cells if b in ((a[0] + 1, a[1]), (a[0], a[1] + 1))]
        assert len(pairs) == len(cells) - 1
        reached = {cells[0]}
        for _ in cells:
            reached |= {b for pair in pairs for a, b in (pair, pair[::-1]) if a in reached}
        assert reached == set(cells)
        for row, column in np.argwhere(walls):
            around = [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)]
            assert sum(cell in reached for cell in around) != 1
    assert len(different) > 1


def test_start_and_goal_are_open_cells_drawn_independently():
    stream, same = ProcMaze([2]), []
    for seed in range(300):
        state = stream.begin(2, np.random.default_rng(seed))
        walls = state[5:].reshape(2, 2)
        assert not walls[tuple(state[1:3])]
        assert not walls[tuple(state[3:5])]
        same.append((state[1:3] == state[3:5]).all())
    assert np.mean(same) == pytest.approx(1 / 3, abs=0.08)  # a maze of size 2 has three open cells
