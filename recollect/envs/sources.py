"""Sources: labelled data of any kind as checked arrays.

What is read: a tuple (x, y) of arrays; a Hugging Face dataset (known by its `features` and `column_names`); a
map-style dataset of pairs, such as any torch Dataset (known by `__getitem__` and `__len__`). Datasets are read into
memory once, item by item, so that random augmentations are frozen as they fell.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from recollect.envs.division import Labelled
from recollect.errors import DataError, OptionError, UnknownName


def read(source: Any, *, x: str | None = None, y: str | None = None, task: Any = None, name: str = "train") -> Labelled:
    """Labelled data as x (N, *x) float32 or uint8, y (N,) integers and, where given, task (N,).

    Args:
        source: see the top of this file.
        x: column of a Hugging Face dataset; the one beside y when None.
        y: likewise; the only ClassLabel column, or "label", when None.
        task: a task id for each row (N,), integers or strings; a column name in a Hugging Face dataset.
        name: of the split, for messages.

    Raises:
        DataError: for unequal lengths, no rows, ragged or object arrays, labels that are not integers, NaN or
            infinite numbers (the row is named), items that are not pairs, a dataset that can only be iterated.
        UnknownName: for a column that does not exist.
        OptionError: for columns named where there are none, or none named where it is unclear which.
    """
    if isinstance(source, Mapping):
        raise DataError(f"this is a dictionary ({', '.join(map(str, source))}): pass one split, and another as test=")
    if hasattr(source, "features") and hasattr(source, "column_names"):
        columns = _huggingface(source, x, y, task)
    else:
        if x is not None or y is not None or isinstance(task, str):
            raise OptionError(f"x=, y= and task= name columns of a Hugging Face dataset, got {type(source).__name__}")
        columns = _arrays(source, name) if isinstance(source, tuple) else _pairs(source, name)
        if task is not None:
            columns["task"] = task
    return check({field: _array(values, f"{name} {field}") for field, values in columns.items()}, name)


def check(rows: Labelled, name: str) -> Labelled:
    """`rows` with x as float32 or uint8 and y as int64, if they are what labelled rows must be."""
    x, y = rows["x"], rows["y"]
    counts = {field: len(values) if values.ndim else 0 for field, values in rows.items()}
    if len(set(counts.values())) > 1:
        raise DataError(f"the {name} rows have unequal lengths: {counts}. Every row needs one entry in each")
    if not counts["x"]:
        raise DataError(f"the {name} source has no rows")
    if x.ndim < 2:
        raise DataError(f"{name} x must have shape (rows, features, ...), got {x.shape}: x[:, None] makes one feature")
    if x.dtype.kind not in "biuf":
        raise DataError(f"{name} x must hold numbers, got dtype {x.dtype}")
    if y.ndim != 1 or y.dtype.kind not in "biu":
        raise DataError(
            f"{name} labels must be integers of shape (rows,), got {y.dtype} {y.shape}: for names or floats use "
            "numpy.unique(y, return_inverse=True)[1]"
        )
    if "task" in rows and (rows["task"].ndim != 1 or rows["task"].dtype.kind not in "biuUS"):
        raise DataError(f"task ids must be integers or strings of shape (rows,), got {rows['task'].dtype}")
    if x.dtype != np.uint8:
        with np.errstate(over="ignore"):  # what does not fit float32 becomes infinite, and is reported as that
            x = np.asarray(x, np.float32)
        finite = np.isfinite(x).reshape(len(x), -1).all(1)  # (N,)
        if not finite.all():
            row = int(np.argmin(finite))
            what = "NaN" if np.isnan(x[row]).any() else "infinite, or beyond float32,"
            raise DataError(f"{name} x is {what} in row {row}: clean the data first, or leave that row out")
    return rows | {"x": x, "y": y.astype(np.int64)}


def _array(values: Any, what: str) -> np.ndarray:
    """`values` as an array; torch tensors on any device, lists and data frames too."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    try:
        array = np.asarray(values)
    except (ValueError, TypeError) as error:
        raise DataError(f"{what} cannot be an array of numbers of one shape: {error}") from error
    if array.dtype == object:
        raise DataError(f"{what} has dtype object: give numbers, all rows of one shape")
    return array


def _arrays(source: tuple, name: str) -> dict[str, Any]:
    if len(source) not in (2, 3):
        raise DataError(f"the {name} source must be (x, y), or (x, y, task), got a tuple of {len(source)}")
    return dict(zip(("x", "y", "task"), source, strict=False))


def _pairs(source: Any, name: str) -> dict[str, Any]:
    """Every item of a map-style dataset."""
    if not (hasattr(source, "__getitem__") and hasattr(source, "__len__")) or isinstance(source, str):
        raise DataError(
            f"cannot read samples from {type(source).__name__}: give (x, y) arrays, a dataset with __getitem__ and "
            "__len__ whose items are pairs, a Hugging Face dataset, or a list of Gymnasium envs"
        )
    xs, ys = [], []
    for row in range(len(source)):
        item = source[row]
        if not isinstance(item, tuple | list) or len(item) != 2:
            what = f"{type(item).__name__} of {len(item)}" if isinstance(item, tuple | list) else type(item).__name__
            raise DataError(
                f"item {row} of {type(source).__name__} is a {what}: items must be pairs (x, y); arrays come as a "
                "tuple (x, y)"
            )
        xs.append(_array(item[0], f"x of item {row}"))
        ys.append(_array(item[1], f"y of item {row}"))
    return {"x": xs, "y": ys}


def _huggingface(source: Any, x: str | None, y: str | None, task: Any) -> dict[str, Any]:
    """The chosen columns of a Hugging Face dataset."""
    if not hasattr(source, "__len__"):
        raise DataError("a streaming dataset cannot be divided into tasks: load it without streaming=True")
    columns = list(source.column_names)
    for column in (x, y, task if isinstance(task, str) else None):
        if column is not None and column not in columns:
            raise UnknownName("column", column, columns)
    if y is None:
        classes = [column for column in columns if type(source.features[column]).__name__ == "ClassLabel"]
        y = classes[0] if len(classes) == 1 else "label"
    if x is None:
        others = [column for column in columns if column not in (y, task if isinstance(task, str) else None)]
        x = others[0] if len(others) == 1 else None
    if x is None or y not in columns:
        raise OptionError(f"say which columns to use, x='...', y='...': there are {', '.join(columns)}")
    wanted = [x, y, task] if isinstance(task, str) else [x, y]
    table = source.select_columns(wanted).with_format("numpy")[:]
    found = {"x": table[x], "y": table[y]}
    if task is not None:
        found["task"] = table[task] if isinstance(task, str) else task
    return found
