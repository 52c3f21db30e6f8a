"""The npz layout of MedMNIST v2 (Yang et al., 2023, Scientific Data 10:41, arXiv 2110.14795).

train_images, train_labels, test_images, test_labels, and often val_images and val_labels, which are not used here.
"""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from recollect.envs.division import Labelled
from recollect.envs.images.checking import check_images, check_splits
from recollect.errors import DataError

FIELDS = ("train_images", "train_labels", "test_images", "test_labels")


def read_npz(path: Path) -> tuple[Labelled, Labelled]:
    """Training and test images, x (N, H, W) or (N, H, W, C) uint8, y (N,) int64.

    Raises:
        DataError: for a damaged file, a missing array, pickled objects, several labels per image, volumes.
    """
    try:
        with zipfile.ZipFile(path):  # np.load would also read other files, and leave a broken one open
            pass
        with np.load(path, allow_pickle=False) as found:
            names = found.files
            arrays = {name: found[name] for name in FIELDS if name in names}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read as an npz file of arrays: {error}. Get the file anew") from error
    lacking = [name for name in FIELDS if name not in arrays]
    if lacking:
        raise DataError(f"{path}: expected the arrays {', '.join(FIELDS)}, got {', '.join(names) or 'none'}")
    splits = [
        check_images(arrays[f"{split}_images"], arrays[f"{split}_labels"], f"{path}, {split}_images and {split}_labels")
        for split in ("train", "test")
    ]
    check_splits(*splits, str(path))
    return splits[0], splits[1]
