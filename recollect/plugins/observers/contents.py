"""What the memory holds over time: rows by task, by class and by age, and a few pictures where rows are pictures.

{"step": 92, "task": 1, "ended": true, "rows": 200, "capacity": 200, "tasks": {"0": 104, "1": 96},
 "classes": {"0": 50, "1": 54, "2": 49, "3": 47}, "age": [0.0, 22.0, 47.0, 69.0, 91.0], "pictures": null}
"""

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.plugins.observers.appended import AppendedFile

if TYPE_CHECKING:
    from recollect.loop import Run
    from recollect.rows import Rows

PICTURES, PIXELS = 24, 32  # of a record; the longest side of each, larger ones are averaged down
SMALLEST = 8  # pixels along a side: anything smaller is taken for a table
CHANNELS = (1, 3)


class Contents:
    """Writes contents.jsonl into the run's folder: what `agent.replay.contents()` shows, at evaluations.

    A line is written before the first step, at every task end, and at no more than `records` evaluations in between,
    spread over the run. It counts the stored rows by `task` (-1: generated; null: hidden) and by `y` (null unless y
    is one whole number per row), and gives quantiles 0, 1/4, 1/2, 3/4 and 1 of their age in steps (null without
    `step`). Strategies that cannot show their rows give their number only. Nothing is drawn, so that the run is the
    same with and without.

    Pictures are rows whose `x` or `obs` has the shape (H, W), (H, W, C) or (C, H, W) with 1 or 3 channels, or is flat
    with k * k values in [0, 1] or uint8; k, H and W at least 8. At task ends, and at no more than `galleries` of them,
    up to 24 are kept, spread over tasks and classes: {"shape": [n, h, w, c], "data": base64 of zlib of uint8, "task",
    "y"}.

    Args:
        records: lines between task ends, at most.
        galleries: lines with pictures, at most.
    """

    def __init__(self, records: int = 100, galleries: int = 20) -> None:
        self.records, self.galleries = records, galleries
        self.recorded, self.shown = -1, -1  # how much of the run had passed at the last line, in 1/records, 1/galleries
        self.file = AppendedFile("contents.jsonl", "contents")

    def recollect_run_start(self, run: "Run") -> None:
        """Opens the file, or continues it."""
        self.file.begin(run.directory)

    def recollect_evaluated(self, run: "Run", task: int, step: int) -> None:
        """Looks into the memory, if it is time to."""
        ended, now = bool(run.history.ended[-1]), int(run.progress * self.records)
        if not ended and now <= self.recorded:
            return
        self.recorded = max(now, self.recorded)
        replay = run.agent.replay
        rows = replay.contents()
        gallery = int(run.progress * self.galleries)
        line: dict[str, Any] = {
            "step": step, "task": task, "ended": ended, "rows": len(replay), "capacity": replay.capacity,
            "tasks": counted(rows.get("task")), "classes": counted(rows.get("y")), "age": ages(rows.get("step"), step),
            "pictures": None,
        }  # fmt: skip
        if ended and gallery > self.shown:
            self.shown, line["pictures"] = gallery, pictures(rows)
        self.file.append(json.dumps(line).encode() + b"\n")

    def state_dict(self) -> dict[str, Any]:
        """When it last looked, and the length of the file."""
        return {"recorded": self.recorded, "shown": self.shown, "file": self.file.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.recorded, self.shown = int(state["recorded"]), int(state["shown"])
        self.file.load_state_dict(state["file"])


def counted(values: np.ndarray | None) -> dict[str, int] | None:
    """How often each whole number occurs among (N,); None for anything else."""
    if values is None or values.ndim != 1 or values.dtype.kind not in "iu":
        return None
    kinds, counts = np.unique(values, return_counts=True)
    return {str(kind): int(count) for kind, count in zip(kinds, counts, strict=True)}


def ages(met: np.ndarray | None, step: int) -> list[float] | None:
    """Quantiles of how many steps ago rows were met, generated ones (step -1) left out; None without any."""
    if met is None or met.ndim != 1 or not (met >= 0).any():
        return None
    return np.quantile(step - met[met >= 0], [0, 0.25, 0.5, 0.75, 1]).tolist()


def pictures(rows: "Rows") -> dict[str, Any] | None:
    """A few rows as small pictures, ordered by task, class and age; None where they are none."""
    found = [as_pictures(rows[field]) for field in rows if field.split("/")[0] in ("x", "obs")]
    images = next((one for one in found if one is not None), None)
    if images is None or "mask" in rows:  # (N, T, ...) with a mask is a sequence
        return None
    keys = {field: rows[field] for field in ("task", "y", "step") if field in rows and rows[field].ndim == 1}
    order = np.lexsort(list(keys.values())[::-1]) if keys else np.arange(len(images))
    chosen = order[np.linspace(0, len(order) - 1, min(PICTURES, len(order))).round().astype(int)]
    small = shrunk(images[chosen])  # (n, h, w, c)
    labels = {field: keys[field][chosen].tolist() if field in keys else None for field in ("task", "y")}
    return {"shape": list(small.shape), "data": base64.b64encode(zlib.compress(small.tobytes())).decode(), **labels}


def as_pictures(values: np.ndarray) -> np.ndarray | None:
    """(N, H, W, C) views, or None where rows have no shape of pictures."""
    shape = values.shape[1:]
    if values.dtype.kind not in "fb" and values.dtype != np.uint8:
        return None
    side = round(shape[0] ** 0.5) if len(shape) == 1 else 0
    if side >= SMALLEST and side * side == shape[0]:
        in_range = values.dtype.kind != "f" or (values.min(initial=0) >= 0 and values.max(initial=0) <= 1)
        return values.reshape(-1, side, side, 1) if in_range else None
    if len(shape) == 2 and min(shape) >= SMALLEST:
        return values[..., None]
    if len(shape) == 3 and shape[2] in CHANNELS and min(shape[:2]) >= SMALLEST:
        return values
    if len(shape) == 3 and shape[0] in CHANNELS and min(shape[1:]) >= SMALLEST:
        return np.moveaxis(values, 1, 3)
    return None


def shrunk(images: np.ndarray) -> np.ndarray:
    """(n, H, W, C) as uint8 of at most PIXELS along a side; floats outside [0, 1] are stretched to what there is."""
    factor = -(-max(images.shape[1:3]) // PIXELS)
    n, h, w, c = len(images), images.shape[1] // factor, images.shape[2] // factor, images.shape[3]
    blocks = images[:, : h * factor, : w * factor].reshape(n, h, factor, w, factor, c).astype(np.float64)
    means = np.nan_to_num(blocks.mean((2, 4)), posinf=1.0, neginf=0.0)  # (n, h, w, c)
    if images.dtype == np.uint8:
        return means.round().astype(np.uint8)
    low, high = min(means.min(initial=0), 0.0), max(means.max(initial=0), 1.0)
    return ((means - low) / (high - low) * 255).round().astype(np.uint8)
