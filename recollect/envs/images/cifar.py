"""CIFAR-10 and CIFAR-100 (Krizhevsky, 2009, "Learning multiple layers of features from tiny images"), binary version.

A record is one label byte (CIFAR-10) or a coarse and a fine one (CIFAR-100), then 3 x 32 x 32 bytes: the red, the green
and the blue plane. The Python version is made of pickles, which can run code when they are read: it is refused.
"""

from pathlib import Path
from typing import Literal

import numpy as np

from recollect.envs.division import Labelled
from recollect.envs.images.checking import check_images, check_splits
from recollect.errors import DataError

BATCHES = tuple(f"data_batch_{i}.bin" for i in range(1, 6))
PIXELS = 3 * 32 * 32
NESTED = ("cifar-10-batches-bin", "cifar-100-binary", "cifar-10-batches-py", "cifar-100-python")
PICKLES = ("data_batch_1", "batches.meta", "meta")
KINDS = {"coarse": (0, 20), "fine": (1, 100)}  # place in a CIFAR-100 record, number of classes


def is_cifar(folder: Path) -> bool:
    """Whether `folder`, or the folder in it that the archive holds, has CIFAR's files, in whatever version."""
    inner = _inner(folder)
    names = (BATCHES[0], "test_batch.bin", "train.bin", "test.bin", *PICKLES)
    return inner != folder or any((inner / name).is_file() for name in names)


def read_cifar(folder: Path, labels: Literal["fine", "coarse"] = "fine") -> tuple[Labelled, Labelled]:
    """Training and test images, x (N, 32, 32, 3) uint8, y (N,) int64.

    Args:
        folder: with data_batch_1.bin to data_batch_5.bin and test_batch.bin, or with train.bin and test.bin, or with
            the folder of these that the archive holds.
        labels: of CIFAR-100: "fine", 100 classes, or "coarse", 20.

    Raises:
        DataError: for the pickled version, for files that are missing, truncated or of other content.
    """
    folder = _inner(folder)
    if (folder / "train.bin").is_file():
        at, classes = KINDS[labels]
        parts = [[folder / "train.bin"], [folder / "test.bin"]]
        splits = [_records(files, 2, at, classes) for files in parts]
    else:
        _refuse_pickles(folder)
        parts = [[folder / name for name in BATCHES], [folder / "test_batch.bin"]]
        splits = [_records(files, 1, 0, 10) for files in parts]
    check_splits(*splits, str(folder))
    return splits[0], splits[1]


def _inner(folder: Path) -> Path:
    return next((folder / name for name in NESTED if (folder / name).is_dir()), folder)


def _refuse_pickles(folder: Path) -> None:
    if any((folder / name).is_file() for name in PICKLES) and not (folder / BATCHES[0]).is_file():
        raise DataError(
            f"{folder} holds CIFAR's Python version, which is pickled, and Recollect never unpickles, because a pickle "
            "can run code: take the binary version, cifar-10-binary.tar.gz or cifar-100-binary.tar.gz from "
            "www.cs.toronto.edu/~kriz/cifar.html (`recollect data fetch cifar10` or `cifar100`)"
        )


def _records(files: list[Path], label_bytes: int, at: int, classes: int) -> Labelled:
    """The images of equally long `files`, with the label byte `at`."""
    for i, path in enumerate(files):
        records = _read(path, label_bytes + PIXELS)
        if i == 0:
            first = len(records)
            x, y = np.empty((len(files), first, 32, 32, 3), np.uint8), np.empty((len(files), first), np.uint8)
        if len(records) != first:
            raise DataError(
                f"{path}: {len(records)} images, but {files[0].name} has {first}: one of them is truncated. Unpack the "
                "archive anew"
            )
        strange = np.flatnonzero(records[:, at] >= classes)
        if len(strange):
            raise DataError(
                f"{path}: labels must be 0 to {classes - 1}, got {records[strange[0], at]} in record {strange[0]}: "
                "it is damaged or of another set. Unpack the archive anew"
            )
        y[i] = records[:, at]
        x[i] = records[:, label_bytes:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)  # (n, C, H, W) -> (n, H, W, C)
    return check_images(x.reshape(-1, 32, 32, 3), y.reshape(-1), str(files[0].parent), classes)


def _read(path: Path, length: int) -> np.ndarray:
    """The records of one file, (n, length) uint8."""
    try:
        content = np.fromfile(path, np.uint8)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error}. CIFAR's binary version has it: unpack it anew") from error
    if not len(content) or len(content) % length:
        raise DataError(
            f"{path}: expected whole records of {length} bytes, got {len(content)} bytes, {len(content) % length} "
            "too many: it is truncated or another file. Unpack the archive anew"
        )
    return content.reshape(-1, length)
