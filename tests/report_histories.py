"""Histories made by hand, and records of memories, that nobody had to train for."""

import base64
import zlib

import numpy as np

from recollect.history import History

SCORES = {"accuracy": "max"}


def history(tasks=3, per=10, seed=0, scores=None, schedule=None, level=0.9):
    """Tasks of `per` steps, evaluated at every step; old tasks fall by half at a switch, and come back."""
    scores, rng = scores or SCORES, np.random.default_rng(seed)
    made = History([f"task {i}" for i in range(tasks)], scores)
    order = list(range(tasks)) if schedule is None else schedule
    step, met = 0, []
    for position, task in [(-1, -1), *enumerate(order)]:
        for at in range(per if position >= 0 else 1):
            step += position >= 0
            met = met if task < 0 or task in met else [*met, task]
            values = np.full(tasks, 0.1)
            values[met] = level - (0.4 if at == 0 and position > 0 else 0.0) + 0.01 * rng.standard_normal(len(met))
            given = {name: values if way == "max" else 3 * (1 - values) for name, way in scores.items()}
            made.append(
                given, step=step, rows=8 * step, env_steps=0, updates=step, position=position, task=task,
                ended=position >= 0 and at == per - 1,
            )  # fmt: skip
    return made


def lines(memory=20, tasks=3, per=10, pictures=None):
    """What the observer `contents` writes of a memory that fills up and is shared among tasks."""
    return [
        {
            "step": step, "task": max((step - 1) // per, -1 if step == 0 else 0), "ended": step % per == 0 and step > 0,
            "rows": min(step, memory), "capacity": memory,
            "tasks": {str(task): min(step, memory) // tasks for task in range(tasks)} if step else None,
            "classes": {"0": min(step, memory)} if step else None,
            "age": [0.0, step / 4, step / 2, 3 * step / 4, float(step)] if step else None,
            "pictures": pictures if step % per == 0 and step else None,
        }
        for step in range(0, tasks * per + 1, 5)
    ]  # fmt: skip


def packed(pictures):
    """Pictures (n, h, w, c) uint8 as that observer writes them."""
    data = base64.b64encode(zlib.compress(pictures.tobytes())).decode()
    return {"shape": list(pictures.shape), "data": data, "task": None, "y": None}
