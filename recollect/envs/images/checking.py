"""Checking: labelled images are what streams of them rely on, or a DataError says which file is not."""

import numpy as np

from recollect.envs.division import Labelled
from recollect.errors import DataError

CHANNELS = (1, 3, 4)


def check_images(x: np.ndarray, y: np.ndarray, where: str, classes: int | None = None) -> Labelled:
    """Images and labels as labelled rows, read-only.

    Args:
        x: (N, H, W) or (N, H, W, C) uint8, C among 1, 3 and 4.
        y: (N,) or (N, 1) integers, at least 0.
        where: the file or folder, for messages.
        classes: labels lie below it; None: any do.

    Returns:
        x as it is, y (N,) int64.

    Raises:
        DataError: for anything else, an image without pixels and a set without images among them.
    """
    if x.dtype != np.uint8:
        raise DataError(
            f"{where}: images must be uint8, 0 to 255, got {x.dtype}: convert them, or give numbers of another kind "
            "to recollect.stream_from((x, y))"
        )
    if x.ndim not in (3, 4) or (x.ndim == 4 and x.shape[3] not in CHANNELS):
        raise DataError(f"{where}: images must have shape (N, H, W) or (N, H, W, 1, 3 or 4), got {x.shape}")
    if 0 in x.shape:
        raise DataError(f"{where}: there are no images, or none with pixels: shape {x.shape}. Get the file anew")
    if y.dtype.kind not in "iu" or y.size != len(y) or y.ndim not in (1, 2):
        several = " (several labels per image are not one class)" if y.ndim == 2 and y.shape[1] > 1 else ""
        raise DataError(f"{where}: labels must be integers of shape (N,) or (N, 1), got {y.dtype} {y.shape}{several}")
    if len(x) != len(y):
        raise DataError(f"{where}: {len(x)} images but {len(y)} labels. Get both files from the same source")
    y = y.reshape(-1).astype(np.int64)
    strange = np.flatnonzero((y < 0) | (y >= (np.inf if classes is None else classes)))
    if len(strange):
        expected = "at least 0" if classes is None else f"0 to {classes - 1}"
        raise DataError(f"{where}: labels must be {expected}, got {y[strange[0]]} in row {strange[0]}")
    for values in (x, y):
        values.flags.writeable = False
    return {"x": x, "y": y}


def check_splits(train: Labelled, test: Labelled, where: str) -> None:
    """Both splits have images of one shape, and the same classes.

    Raises:
        DataError: naming a class without images in one of them.
    """
    shapes = train["x"].shape[1:], test["x"].shape[1:]
    if shapes[0] != shapes[1]:
        raise DataError(f"{where}: training images are {shapes[0]}, test images {shapes[1]}: they must be alike")
    classes = set(train["y"].tolist()), set(test["y"].tolist())
    for split, empty in (("test", classes[0] - classes[1]), ("training", classes[1] - classes[0])):
        if empty:
            raise DataError(
                f"{where}: class {min(empty)} has no {split} images: every class needs some to learn and some to "
                "test. Complete the set, or leave the class out"
            )
