"""Playing: episodes of one task of a stream, lived in by any policy, as rows."""

from collections.abc import Callable
from typing import Any

import gymnasium
import numpy as np

from recollect.errors import OptionError, StreamError
from recollect.lanes import collate
from recollect.opening import task_stream
from recollect.randomness import seed_for
from recollect.rows import Rows, concat, stack
from recollect.schema import TRANSITION
from recollect.scoring import check_numbers


def play_rows(
    env: gymnasium.Env,
    policy: Callable[[Any], Any],
    task: int,
    *,
    episodes: int | None = None,
    steps: int | None = None,
    seed: int = 0,
) -> Rows:
    """Plays whole episodes of a task, the last one cut (truncated) where the steps are used up.

    Args:
        env: a TRANSITION stream.
        policy: gives an action for an observation.
        task: of all episodes.
        episodes: how many episodes at most.
        steps: how many steps at most; one of the two must be given.
        seed: of the episodes.

    Returns:
        TRANSITION rows, and `task`.

    Raises:
        OptionError: unless episodes or steps is a whole number of at least 1, and the other one or None.
        StreamError: for another kind of stream, and for NaN.
    """
    inner = task_stream(env)
    if inner.schema is not TRANSITION or inner.batched:
        raise StreamError(f"{type(inner).__name__} gives {inner.schema.name} records: only transitions can be recorded")
    check_budget(episodes, steps)
    parts: list[Rows] = []
    met = episode = 0
    while (episodes is None or episode < episodes) and (steps is None or met < steps):
        start = {"task": task, "split": "train", "drift": 0.0}
        obs, _ = env.reset(seed=seed_for(seed, "episode", task, episode), options=start)
        lived, over = [], False
        while not over:
            act = policy(obs)
            obs_next, rew, terminated, truncated, info = env.step(act)
            check_numbers(obs_next, inner, np.array([task]), "obs_next", met)
            check_numbers(rew, inner, np.array([task]), "rew", met)
            met += 1
            truncated = truncated or (not terminated and (met == steps or len(lived) + 1 == inner.horizon))
            lived.append((obs, act, rew, obs_next, terminated, truncated, info))
            obs, over = obs_next, terminated or truncated
        obs_T, act_T, rew_T, next_T, terminated_T, truncated_T, infos = zip(*lived, strict=True)
        ends = np.array(terminated_T, bool), np.array(truncated_T, bool)
        parts.append(inner.record(stack(obs_T), stack(act_T), np.array(rew_T), stack(next_T), *ends, collate(infos)))
        episode += 1
    rows = concat(parts)
    return rows | {"task": np.full(len(rows["rew"]), task)}


def check_budget(episodes: int | None, steps: int | None) -> None:
    """Raises OptionError unless at least one is a whole number of at least 1, and the other one or None."""
    for name, value in (("episodes", episodes), ("steps", steps)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1):
            raise OptionError(f"{name} must be a whole number of at least 1, got {value!r}")
    if episodes is None and steps is None:
        raise OptionError("say how long to play: episodes or steps")
