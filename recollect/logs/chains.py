"""Chains: which transitions follow one another, so that loose rows become episodes again.

A memory holds transitions of several lanes, in the order of its slots, and perhaps not all of them.
"""

from collections import defaultdict

import numpy as np

from recollect.rows import Rows, num_rows


def chains(rows: Rows) -> list[np.ndarray]:
    """The rows of each episode, or piece of one, in order: index arrays that together hold every row once.

    Row b follows row a if a did not end, both are of one task, b's `obs` is a's `obs_next`, and b was met one step
    later. Rows without `step` (logged ones) follow one another only where they are neighbours.

    Args:
        rows: TRANSITION rows.

    Returns:
        One (T,) array per chain, by the step and place of its first row.
    """
    count = num_rows(rows)
    step = rows.get("step", np.full(count, -1))
    order = np.argsort(step, kind="stable")
    ended = rows["terminated"] | rows["truncated"]
    task = rows.get("task", np.zeros(count, np.int64))
    follower = _neighbours(rows, order, ended, task, step)
    taken = np.zeros(count, bool)
    taken[follower[follower >= 0]] = True
    _match(rows, np.flatnonzero((follower < 0) & ~ended & (step >= 0)), np.flatnonzero(~taken), task, step, follower)
    taken[follower[follower >= 0]] = True
    found = []
    for first in order[~taken[order]]:
        chain, row = [], first
        while row >= 0:
            chain.append(row)
            row = follower[row]
        found.append(np.array(chain))
    return found


def _pairs(rows: Rows) -> list[tuple[np.ndarray, np.ndarray]]:
    """(obs_next, obs) of every leaf."""
    return [(rows["obs_next" + field[3:]], v) for field, v in rows.items() if field.split("/")[0] == "obs"]


def _neighbours(rows: Rows, order: np.ndarray, ended: np.ndarray, task: np.ndarray, step: np.ndarray) -> np.ndarray:
    """The follower of each row (N,) where it is the next one in `order`, else -1."""
    before, after = order[:-1], order[1:]
    fits = ~ended[before] & (task[before] == task[after])
    fits &= (step[after] == step[before] + 1) | (step[before] < 0)
    for obs_next, obs in _pairs(rows):
        same = obs_next[before] == obs[after]  # (N - 1, *obs)
        fits &= same.reshape(len(before), -1).all(1)
    follower = np.full(len(order), -1)
    follower[before[fits]] = after[fits]
    return follower


def _match(
    rows: Rows, waiting: np.ndarray, free: np.ndarray, task: np.ndarray, step: np.ndarray, follower: np.ndarray
) -> None:
    """Finds, for rows that `waiting` holds, followers among `free` rows, by what was seen, and enters them."""
    pairs = _pairs(rows)

    def seen(row: int, side: int) -> tuple[bytes, ...]:
        return tuple(np.asarray(pair[side][row]).tobytes() for pair in pairs)

    places: dict[tuple[int, int, int], list[int]] = defaultdict(list)
    for row in free if len(waiting) else ():
        places[step[row], task[row], hash(seen(row, 1))].append(row)
    for row in waiting:
        candidates = places[step[row] + 1, task[row], hash(seen(row, 0))]
        match = next((one for one in candidates if seen(one, 1) == seen(row, 0)), None)
        if match is not None:
            candidates.remove(match)
            follower[row] = match
