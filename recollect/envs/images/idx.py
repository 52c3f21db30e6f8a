"""Idx files, in which MNIST (LeCun et al., 1998), Fashion-MNIST, KMNIST and EMNIST come, gzipped or not.

A file is 0, 0, the type of the numbers (8: unsigned byte), the number of dimensions, each dimension as a big-endian
int32, and the numbers. Plain files are mapped into memory, gzipped ones are read.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from recollect.envs.division import Labelled
from recollect.envs.images.checking import check_images, check_splits
from recollect.errors import DataError

UNSIGNED_BYTE = 8
DEFLATE_LIMIT = 1032  # gzip never shrinks data by more; a header that promises more than that is damaged
AGAIN = "Get the file anew"


def read_idx(path: Path) -> np.ndarray:
    """The numbers of an idx file, uint8, in the shape that it states.

    Raises:
        DataError: for another kind of file, and for one that is shorter or longer than it says.
    """
    packed = path.suffix == ".gz"
    try:
        size = path.stat().st_size
        with gzip.open(path) if packed else path.open("rb") as file:
            start = file.read(4)
            if len(start) < 4 or start[:2] != b"\0\0" or start[2] != UNSIGNED_BYTE or not start[3]:
                raise DataError(
                    f"{path}: an idx file of bytes starts with 0, 0, {UNSIGNED_BYTE} and a number of dimensions, "
                    f"this one with {list(start)}. {AGAIN}"
                )
            header = file.read(4 * start[3])
            if len(header) < 4 * start[3]:
                raise DataError(f"{path}: truncated in the header. {AGAIN}")
            shape = struct.unpack(f">{start[3]}I", header)
            count, offset = math.prod(shape), 4 + len(header)
            most = DEFLATE_LIMIT * size if packed else size - offset
            numbers = file.read(count + 1) if packed and count <= most else b""
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {error}. {AGAIN}") from error
    found = len(numbers) if packed else most
    if found != count:
        got = "more" if found > count else str(found)
        raise DataError(f"{path}: its header {shape} asks for {count} bytes, there are {got}. {AGAIN}")
    if not count:
        raise DataError(f"{path}: there is nothing in it, shape {shape}. {AGAIN}")
    if packed:
        return np.frombuffer(numbers, np.uint8).reshape(shape)
    return np.memmap(path, np.uint8, "r", offset, shape)


def read_idx_folder(folder: Path, classes: int | None = None) -> tuple[Labelled, Labelled]:
    """Training and test images of a folder with train-images, train-labels, t10k-images and t10k-labels files.

    Args:
        folder: with files such as train-images-idx3-ubyte.gz; "test" in a name serves for "t10k".
        classes: labels lie below it; None: any do.

    Raises:
        DataError: for a file that is missing, damaged, or does not go with its fellow.
    """
    splits = []
    for names in (("train",), ("t10k", "test")):
        images, labels = (_find(folder, names, kind) for kind in ("images", "labels"))
        splits.append(check_images(read_idx(images), read_idx(labels), f"{images} and {labels.name}", classes))
    check_splits(*splits, str(folder))
    return splits[0], splits[1]


def _find(folder: Path, names: tuple[str, ...], kind: str) -> Path:
    """The file of one split and kind; of a file and its gzipped twin the plain one."""
    files = [path for path in sorted(folder.iterdir(), reverse=True) if "ubyte" in path.name and kind in path.name]
    found = {path.name.removesuffix(".gz"): path for path in files if any(name in path.name for name in names)}
    if len(found) != 1:
        got = ", ".join(sorted(found)) or "none"
        dimensions = 3 if kind == "images" else 1
        raise DataError(
            f"{folder}: expected one file such as {names[0]}-{kind}-idx{dimensions}-ubyte, gzipped or not, got {got}"
        )
    return next(iter(found.values()))
