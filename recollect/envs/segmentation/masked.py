"""Masked: pictures with a class for every pixel, checked once, whatever they were read from."""

from dataclasses import dataclass

import numpy as np

from recollect.errors import DataError

BACKGROUND, VOID = 0, 255


@dataclass(frozen=True)
class Masked:
    """Pictures and masks of a split, read-only.

    Attributes:
        x: (N, H, W, 3) uint8.
        y: (N, H, W) uint8: 0 background, 1 to C the classes, 255 void, which is neither learned nor judged.
        shows: (N, C + 1) bool, whether a picture has a pixel of each class.
    """

    x: np.ndarray
    y: np.ndarray
    shows: np.ndarray


def check_masked(x: np.ndarray, y: np.ndarray, classes: int, where: str) -> Masked:
    """Pictures and masks that streams can rely on.

    Args:
        x: (N, H, W, 3) uint8.
        y: (N, H, W) uint8.
        classes: C, how many there are without background; at most 254.
        where: the file or folder, for messages.

    Raises:
        DataError: for other shapes or dtypes, no pictures, and a mask with a class above C, by its row.
    """
    if not 1 <= classes < VOID:
        raise DataError(f"{where}: there must be 1 to {VOID - 1} classes beside the background, got {classes}")
    if x.dtype != np.uint8 or y.dtype != np.uint8 or x.ndim != 4 or x.shape[3] != 3 or y.shape != x.shape[:3]:
        raise DataError(
            f"{where}: expected uint8 pictures (N, H, W, 3) and uint8 masks (N, H, W) of the same height and width, "
            f"got {x.dtype} {x.shape} and {y.dtype} {y.shape}"
        )
    if not x.size:
        raise DataError(f"{where}: there are no pictures, or none with pixels: shape {x.shape}")
    shows = np.zeros((len(y), classes + 1), bool)
    for row, mask in enumerate(y):
        found = np.flatnonzero(np.bincount(mask.reshape(-1), minlength=VOID + 1)[:VOID])
        if found.size and found[-1] > classes:
            raise DataError(
                f"{where}: the mask of row {row} has class {found[-1]}, which is unknown: classes are 1 to {classes}, "
                f"{BACKGROUND} is background and {VOID} void. Recode the mask, or name the class"
            )
        shows[row, found] = True
    for values in (x, y, shows):
        values.flags.writeable = False
    return Masked(x, y, shows)
