"""Inputs: observations of any plain space as rows of numbers, with the task's one-hot code behind them."""

import math
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, MultiBinary, MultiDiscrete, Space

from recollect.rows import Rows


class Inputs:
    """Turns the fields of an observation into inputs (N, width), float32.

    Boxes, MultiBinary and MultiDiscrete are flattened, images of uint8 scaled to [0, 1]; Discrete becomes a one-hot
    code; the leaves of a Dict stand side by side, in their order. The last `tasks` columns are the one-hot code of the
    task, all 0 for rows of no task (generated ones, -1).

    Args:
        space: of the observations; see `refusal`.
        tasks: how many tasks the code tells apart; 0: no code.
    """

    def __init__(self, space: Space, tasks: int = 0) -> None:
        self.leaves, self.tasks = list(_leaves("", space)), tasks
        self.width = sum(_width(leaf) for _, leaf in self.leaves) + tasks

    def __call__(self, rows: Rows, field: str, task: np.ndarray | None = None) -> np.ndarray:
        """Inputs (N, width) of the observations in `field` ("obs" or "obs_next"), for rows of `task` (N,)."""
        columns = [_columns(rows[field + path], leaf) for path, leaf in self.leaves]
        if self.tasks:
            columns.append((np.asarray(task)[:, None] == np.arange(self.tasks)).astype(np.float32))
        return columns[0] if len(columns) == 1 else np.concatenate(columns, 1)


def refusal(space: Space) -> str | None:
    """Why observations of `space` cannot be inputs; None if they can."""
    for path, leaf in _leaves("", space):
        if not isinstance(leaf, Box | Discrete | MultiDiscrete | MultiBinary):
            return f"it takes observations of numbers, the stream's obs{path} is {leaf}"
    return None


def _leaves(path: str, space: Space) -> Any:
    if isinstance(space, Dict):
        for key, leaf in space.items():
            yield from _leaves(f"{path}/{key}", leaf)
    else:
        yield path, space


def _width(space: Any) -> int:
    return int(space.n) if isinstance(space, Discrete) else math.prod(space.shape)


def _columns(values: np.ndarray, space: Any) -> np.ndarray:
    """One leaf as columns (N, width), float32."""
    if isinstance(space, Discrete):
        return (values[:, None] == space.start + np.arange(space.n)).astype(np.float32)
    flat = values.reshape(len(values), -1)  # (N, *leaf) -> (N, width)
    return flat.astype(np.float32) / 255 if values.dtype == np.uint8 else flat.astype(np.float32, copy=False)
