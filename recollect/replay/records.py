"""Records: the fields of a row side by side, in memory or in a memory-mapped file.

record_type   the dtype of rows formed as the first ones
allocate      records of that dtype
fitted        later values, checked against it
"""

import errno
import mmap
import os
import shutil
import tempfile

import numpy as np

from recollect.errors import DataError
from recollect.rows import Rows

INDEX = "index"  # the first 8 bytes of every record


def record_type(rows: Rows) -> np.dtype:
    """The index, then the fields of `rows`, widest alignment first.

    In this order there are no gaps between fields, and the fields of gathered records are aligned as torch wants
    them. The end of a record is filled up to its alignment.

    Raises:
        DataError: for a field of Python objects.
    """
    for field, values in rows.items():
        if values.dtype.hasobject:
            raise DataError(
                f"field {field!r} has dtype {values.dtype}, which cannot be stored: expected numbers, booleans or "
                "strings of fixed width. recollect.rows.pad makes an array and a mask of ragged sequences."
            )
    ordered = sorted(rows.items(), key=lambda item: -item[1].dtype.alignment)
    return np.dtype([(INDEX, np.int64), *((field, v.dtype, v.shape[1:]) for field, v in ordered)], align=True)


def allocate(capacity: int, dtype: np.dtype, directory: str | os.PathLike | None) -> np.ndarray:
    """(capacity,) records, not filled; in memory, or in a nameless file in `directory`.

    Raises:
        DataError: if memory or disk do not suffice, or the folder cannot be written.
    """
    size = capacity * dtype.itemsize
    needed = f"a replay memory of {capacity} rows of {dtype.itemsize} bytes needs {size / 1e9:.3g} GB"
    if directory is None:
        try:
            return np.empty(capacity, dtype)
        except (MemoryError, ValueError) as error:
            advice = "lower the capacity, or give the option directory, which keeps the rows on disk"
            raise DataError(f"{needed} of RAM, and there is less: {advice}") from error
    try:
        os.makedirs(directory, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory) as file:
            if shutil.disk_usage(directory).free < size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            if hasattr(os, "posix_fallocate"):  # reserves the disk now: one that fills up later kills the process
                os.posix_fallocate(file.fileno(), 0, size)
            else:
                file.truncate(size)
            return np.ndarray(capacity, dtype, buffer=mmap.mmap(file.fileno(), size))
    except (OSError, ValueError, OverflowError) as error:
        advice = "free some disk, lower the capacity, or give another directory"
        raise DataError(f"{needed} in the folder {os.fspath(directory)!r}, but: {error}. Now {advice}") from error


def fitted(field: str, values: np.ndarray, column: np.ndarray) -> np.ndarray:
    """`values` (N, ...) in the dtype of their column (capacity, ...); only strings are converted, where they fit.

    Raises:
        DataError: if dtype or shape differ from the column's, or a string is longer than its slot.
    """
    if values.shape[1:] != column.shape[1:]:
        raise DataError(
            f"field {field!r} changed shape: a row of this memory has {column.shape[1:]}, as in its first rows, got "
            f"{values.shape[1:]}. recollect.rows.pad makes ragged rows equal."
        )
    if values.dtype == column.dtype:
        return values
    if values.dtype.kind == column.dtype.kind and column.dtype.kind in "US":
        width = column.dtype.itemsize // np.dtype(f"{column.dtype.kind}1").itemsize  # characters
        longest = int(np.char.str_len(values).max(initial=0))
        if longest <= width:
            return values.astype(column.dtype)
        raise DataError(
            f"field {field!r} holds strings of up to {width} characters, as in its first rows, got one of {longest}. "
            f"Offer the first rows in a wider dtype, such as rows[{field!r}].astype('{column.dtype.kind}{longest}')."
        )
    raise DataError(
        f"field {field!r} changed dtype: this memory holds {column.dtype}, as in its first rows, got {values.dtype}. "
        f"Convert it before it is offered: rows[{field!r}].astype({column.dtype.name!r})."
    )
