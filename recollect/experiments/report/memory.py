"""What memories held over time, as the observer `contents` wrote it into the folders of runs."""

import base64
import json
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from recollect.experiments.report.panel import Arm

FILE = "contents.jsonl"
STRIPS = 12  # of pictures, at most


@dataclass(frozen=True)
class Held:
    """What the memory of an arm held, means over its runs; R records.

    Attributes:
        steps: (R,).
        counts: "tasks" and "classes" -> {task or class: (R,) rows}; a kind that nobody could tell is absent.
        ages: (R, 5) quantiles 0, 1/4, 1/2, 3/4 and 1 of the age in steps, NaN where nothing is held.
        pictures: of the first run: step, task just trained, and the pictures (n, h, w, c) uint8.
    """

    steps: np.ndarray
    counts: dict[str, dict[int, np.ndarray]]
    ages: np.ndarray
    pictures: list[tuple[int, int, np.ndarray]]


def held(arm: Arm) -> Held | None:
    """What the arm's memory held, or None where nothing was written, or no rows were ever shown."""
    files = [found for run in arm.runs if (found := read(run.directory))]
    if not files:
        return None
    steps = sorted(set.intersection(*({line["step"] for line in lines} for lines in files)))
    lines = [[{line["step"]: line for line in one}[step] for step in steps] for one in files]  # run -> (R,)
    counts = {}
    for kind in ("tasks", "classes"):
        names = sorted({int(name) for one in lines for line in one for name in line[kind] or {}})
        if names:
            table = [[[(line[kind] or {}).get(str(name), 0) for line in one] for name in names] for one in lines]
            counts[kind] = dict(zip(names, np.mean(table, axis=0), strict=True))  # (runs, names, R) -> (names, R)
    nothing = [np.nan] * 5
    ages = np.mean([[line["age"] or nothing for line in one] for one in lines], axis=0).reshape(-1, 5)
    if not counts and np.isnan(ages).all():
        return None
    return Held(np.array(steps), counts, ages, strips(files[0]))


def read(directory: Path) -> list[dict[str, Any]]:
    """The records of a run, as far as they can be read; [] without a file."""
    try:
        lines = (directory / FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    found = []
    for line in lines:
        try:
            record = json.loads(line)
            found.append({key: record[key] for key in ("step", "task", "tasks", "classes", "age", "pictures")})
        except (ValueError, KeyError, TypeError):
            break  # what follows a damaged line cannot be trusted
    return found


def strips(records: list[dict[str, Any]]) -> list[tuple[int, int, np.ndarray]]:
    """The pictures of at most `STRIPS` records, spread over the run; damaged ones are left out."""
    found = []
    for record in records:
        try:
            shape = record["pictures"]["shape"]
            data = zlib.decompress(base64.b64decode(record["pictures"]["data"]))
            found.append((record["step"], record["task"], np.frombuffer(data, np.uint8).reshape(shape)))
        except (TypeError, KeyError, ValueError, zlib.error):
            continue
    return [found[i] for i in np.unique(np.linspace(0, len(found) - 1, STRIPS).round().astype(int))] if found else []


def montage(pictures: np.ndarray) -> np.ndarray:
    """(n, h, w, c) side by side with a pixel of space: (h, n (w + 1) - 1, 3)."""
    colour = np.broadcast_to(pictures, (*pictures.shape[:3], 3)) if pictures.shape[3] == 1 else pictures[..., :3]
    spaced = np.pad(colour, ((0, 0), (0, 0), (0, 1), (0, 0)), constant_values=128)  # (n, h, w + 1, 3)
    return np.concatenate(list(spaced), axis=1)[:, :-1]
