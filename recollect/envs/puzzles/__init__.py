"""Puzzles of growing size, with a simulator that can be put into any state.

puzzle         what they share: sizes, padding, states     proc_maze      a new random maze in every episode
button_grid    press all buttons, again and again          pan_flute      shift registers that should fire together
open_grid      an empty grid with a goal in the corner     moves          steps on a grid

From "The Benefits of Model-Based Generalization in Reinforcement Learning" (Young, Ramesh, Kirsch, Schmidhuber, 2023,
arXiv 2211.02222), section 4 and the authors' code.
"""

# name, class, sizes of the tasks, summary
PUZZLES = (
    ("ProcMaze", "proc_maze:ProcMaze", [3, 4, 5], "a new random maze in every episode, of growing size"),
    ("ButtonGrid", "button_grid:ButtonGrid", [3, 4, 5], "press three buttons on a grid of growing size"),
    ("PanFlute", "pan_flute:PanFlute", [3, 4, 5], "pipes that should sound together, more and more of them"),
    ("OpenGrid", "open_grid:OpenGrid", [4, 6, 8], "walk to the corner of an empty grid of growing size"),
)
