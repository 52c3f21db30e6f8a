import numpy as np
import pytest

from recollect.envs.puzzles.open_grid import OpenGrid
from recollect.envs.puzzles.pan_flute import PanFlute
from recollect.envs.puzzles.proc_maze import ProcMaze
from recollect.errors import OptionError


def test_episodes_are_cut_at_the_horizon_and_scored():
    stream = PanFlute([2], horizon=3, spontaneous=False)
    stream.reset(seed=0)
    assert [stream.step(0)[3] for _ in range(3)] == [False, False, True]
    assert stream.reset()[1]["score"] == 0.0
    assert stream.scores == {"reward": "max"}
    grid = OpenGrid([4], spontaneous=False)
    grid.reset(seed=0)
    assert [grid.step(0)[4]["score"] for _ in range(3)] == [-1.0, -2.0, -3.0]
    assert (grid.scores, grid.horizon) == ({"return": "max"}, 100)


def test_the_rare_event_is_as_rare_as_it_says():
    stream, rng = OpenGrid([4]), np.random.default_rng(0)
    happened = stream.rare(np.full(100_000, 0.03), rng)
    assert happened.mean() == pytest.approx(0.03, abs=0.002)
    assert not OpenGrid([4], spontaneous=False).rare(np.ones(9), rng).any()


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("sizes must be a list of whole numbers from 2 to 32", {"sizes": [1]}),
        ("got 4", {"sizes": 4}),
        ("got \\[\\]", {"sizes": []}),
        ("got \\[True\\]", {"sizes": [True]}),
        ("a size stands twice", {"sizes": [4, 4]}),
        ("horizon must be", {"sizes": [4], "horizon": 0}),
    ],
)
def test_refusals(words, options):
    with pytest.raises(OptionError, match=words):
        ProcMaze(**options)


def test_states_of_other_puzzles_are_refused():
    stream = OpenGrid([4, 6])
    stream.reset(seed=0)
    stream.restore(np.array([6, 5, 5]))
    assert stream.state.tolist() == [6, 5, 5]
    for wrong in ([5, 0, 0], [4, 0], np.zeros((1, 3))):
        with pytest.raises(OptionError, match=r"a state of OpenGrid is \(3,\) int16 numbers whose first .* \(4, 6\)"):
            stream.restore(wrong)
