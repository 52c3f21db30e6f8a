"""Comparing states and rows to the bit, and sending a state through a checkpoint on disk."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recollect import checkpoint
from recollect.rows import Rows, take


def frozen(tree: Any) -> Any:
    """A copy of a tree of plain values that nobody else holds; tensors become arrays."""
    if isinstance(tree, Mapping):
        return {key: frozen(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [frozen(value) for value in tree]
    if hasattr(tree, "detach"):
        return tree.detach().cpu().clone().numpy()
    return np.array(tree) if isinstance(tree, np.ndarray) else tree


def difference(one: Any, other: Any, path: str = "state") -> str:
    """Where two trees differ, as `state.values.debt: 0.5 and 0.0`; "" where they do not. NaN equals NaN."""
    one, other = frozen(one), frozen(other)
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return f"{path}: {sorted(map(str, one))} and {sorted(map(str, other))}"
        parts = (difference(one[key], other[key], f"{path}.{key}") for key in one)
    elif isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return f"{path}: {len(one)} and {len(other)} entries"
        parts = (difference(a, b, f"{path}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True)))
    else:
        a, b = np.asarray(one), np.asarray(other)
        numbers = a.dtype.kind == b.dtype.kind == "f"
        same = a.dtype == b.dtype and np.array_equal(a, b, equal_nan=numbers)
        return "" if same else f"{path}: {_short(one)} and {_short(other)}"
    return next(filter(None, parts), "")


def _short(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) and value.size > 4 else f"{value!r:.60}"


def through_checkpoint(state: Any) -> Any:
    """The state as a checkpoint on disk gives it back.

    Raises:
        CheckpointError: if it holds what a checkpoint cannot hold.
    """
    with tempfile.TemporaryDirectory() as folder:
        checkpoint.write(Path(folder), "checkpoint-0", state)
        return checkpoint.read(Path(folder))


def shares_memory(one: Any, other: Any) -> bool:
    """Whether any array in one tree shares memory with any in another."""
    return any(np.shares_memory(a, b) for a in _arrays(one) for b in _arrays(other))


def _arrays(tree: Any) -> list[np.ndarray]:
    if isinstance(tree, Mapping):
        return [array for value in tree.values() for array in _arrays(value)]
    if isinstance(tree, list | tuple):
        return [array for value in tree for array in _arrays(value)]
    return [tree] if isinstance(tree, np.ndarray) else []


def find_row(row: Rows, among: Rows, fields: list[str]) -> int:
    """The first row of `among` that equals `row`, one row, in all `fields`, dtypes included; -1 if there is none."""
    same = np.ones(len(among[fields[0]]), bool)
    for field in fields:
        kept, found = among[field], row[field]
        if kept.dtype != found.dtype or kept.shape[1:] != found.shape[1:]:
            return -1
        equal = kept == found
        if kept.dtype.kind == "f":
            equal |= np.isnan(kept) & np.isnan(found)
        same &= equal.reshape(len(kept), -1).all(1)
    return int(same.argmax()) if same.any() else -1


def each_row(rows: Rows) -> list[Rows]:
    """Every row by itself, as a copy."""
    return [take(rows, np.array([i])) for i in range(len(next(iter(rows.values()), ())))]
