"""How a stream scores an agent by default: lived streams play test episodes, batched ones examine test rows.

Called by `TaskStream.score` under the guard of `recollect.evaluation`; use `recollect.evaluate` instead.
"""

import math
from typing import Any

import numpy as np

from recollect.errors import SchemaError, StreamError
from recollect.randomness import seed_for
from recollect.rows import Rows, concat, length_of, num_rows, stack, take, unstack

CHUNK = 256  # rows per predict(); tasks are mixed in every chunk, so that batch statistics betray no task


def play(stream: Any, agent: Any, tasks: list[int], episodes: int | None, seed: int, announce: bool) -> dict[str, Any]:
    """Mean final `info["score"]` of `episodes` test episodes of each task: {primary score: (len(tasks),)}."""
    env, result = stream.outermost, np.zeros(len(tasks))
    for i, task in enumerate(tasks):
        for episode in range(episodes or 1):
            start = {"task": task, "split": "test", "drift": 0.0}
            obs, info = env.reset(seed=seed_for(seed, task, episode), options=start)
            over, length = False, 0
            while not over:
                batch = stack([obs])
                check_numbers(batch, stream, np.array([task]), "obs", length)
                act = agent.act(batch, task=np.array([task]) if announce else None, explore=False)
                check_count(act, 1, agent)
                obs, _, terminated, truncated, info = env.step(unstack(act, 1)[0])
                length += 1
                over = terminated or truncated or length == stream.horizon
            result[i] += info["score"] / (episodes or 1)
    return {next(iter(stream.scores)): result}


def examine(
    stream: Any, agent: Any, tasks: list[int], cap: int | None, seed: int, announce: bool
) -> dict[str, np.ndarray]:
    """Mean of `stream.measure` over the test rows of each task: {score: (len(tasks),)}."""
    rows, owner = exam(stream, tuple(tasks), cap, seed)
    shown = {field: v for field, v in rows.items() if field != "y" or stream.target == "tokens"}
    if not announce:
        shown.pop("task", None)
    sums: dict[str, np.ndarray] = {name: np.zeros(len(tasks)) for name in stream.scores}
    for start in range(0, num_rows(rows), CHUNK):
        part = slice(start, start + CHUNK)
        predicted = agent.predict({field: v[part] for field, v in shown.items()})
        found = stream.measure({field: v[part] for field, v in rows.items()}, predicted)
        for name in sums:
            got = np.shape(found[name]) if name in found else f"only {sorted(found)}"
            if got != (len(owner[part]),):
                raise StreamError(
                    f"{type(stream).__name__}.measure must give {name!r}, one number for each of the "
                    f"{len(owner[part])} rows, got {got}: declare the scores it gives, or override measure()"
                )
            sums[name] += np.bincount(owner[part], weights=found[name], minlength=len(tasks))
    counts = np.bincount(owner, minlength=len(tasks))
    return {name: total / counts for name, total in sums.items()}


def exam(stream: Any, tasks: tuple[int, ...], cap: int | None, seed: int) -> tuple[Rows, np.ndarray]:
    """The test rows of `tasks`, at most `cap` of each, mixed, and for each row which of `tasks` it is of (N,).

    The last exam is kept on the stream, so that evaluating at every step gathers the rows once.
    """
    key = (tasks, cap, seed)
    if getattr(stream, "last_exam", (None,))[0] != key:
        rng, parts, owner = np.random.default_rng(seed), [], []
        for i, task in enumerate(tasks):
            data = stream.data(task, "test")
            if data is None or not num_rows(data):
                raise StreamError(f"{type(stream).__name__} has no test rows for task {task} ({stream.tasks[task]})")
            index = rng.permutation(num_rows(data))[:cap]
            parts.append(take(data, np.sort(index)) | {"task": np.full(len(index), task)})
            owner.append(np.full(len(index), i))
        order = rng.permutation(sum(map(len, owner)))
        stream.last_exam = (key, take(concat(parts), order), np.concatenate(owner)[order])
    return stream.last_exam[1], stream.last_exam[2]


def measure(stream: Any, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
    """Accuracy for class targets; next-token accuracy and loss in nats for tokens, over unmasked positions."""
    if stream.target == "class":
        return {"accuracy": (predicted["y"] == rows["y"]).astype(float)}
    if stream.target == "tokens":
        mask = rows["mask"]
        length = np.maximum(mask.sum(1), 1)
        right = ((predicted["y"] == rows["y"]) & mask).sum(1) / length
        found = {"accuracy": right, "loss": -(predicted["logp"] * mask).sum(1) / length}
        return {name: found[name] for name in stream.scores if name in found}
    raise StreamError(f"{type(stream).__name__} must override measure() or score() for target {stream.target!r}")


def check_numbers(values: Any, stream: Any, task: np.ndarray, field: str, step: int) -> None:
    """Refuses NaN.

    Raises:
        StreamError: naming field, stream, env step, and the tasks of the lanes.
    """
    if isinstance(values, dict):
        for key, leaf in values.items():
            check_numbers(leaf, stream, task, f"{field}/{key}", step)
        return
    flat = np.asarray(values).reshape(-1)
    if flat.dtype.kind == "f" and math.isnan(flat @ flat):  # one pass; infinities give infinity
        names = ", ".join(sorted({stream.tasks[t] for t in task}))
        raise StreamError(
            f"NaN in {field} of {type(stream).__name__} after {step} env steps, task {names}: nothing was stored"
        )


def check_count(act: Any, count: int, agent: Any) -> None:
    """Refuses actions that are not one for each observation.

    Raises:
        SchemaError: naming the agent.
    """
    batched = isinstance(act, dict | list | tuple) or np.ndim(act) > 0
    if not batched or length_of(act) != count:
        got = f"{length_of(act)} actions" if batched else f"the single value {act!r}"
        raise SchemaError(f"{type(agent).__name__}.act was given {count} observations and gave {got}")
