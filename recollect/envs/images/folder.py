"""ImageFolder: pictures in a folder per class, as a stream of tasks."""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from recollect import data
from recollect.envs.division import Labelled, divide, numbered, title
from recollect.envs.images.checking import check_images
from recollect.envs.images.sources import Fingerprint, fingerprint
from recollect.envs.samples import Samples
from recollect.errors import DataError, OptionError, require

require("PIL", "recollect/ImageFolder-v0", "images")

from PIL import Image, ImageOps  # noqa: E402  # after the sentence that says how to install it

SUFFIXES = {".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"}
DEEP = ("I", "F")  # modes of more than 8 bits per channel begin so; Pillow would clip them


class ImageFolder(Samples):
    """Pictures in folders, `train/<class>/*.png` and `test/<class>/*.png`, or `<class>/*.png`, a few classes per task.

    Classes are numbered in the order of their names, and tasks are named after them. All pictures are read into memory
    once, as uint8, and shared by the streams of a process.

    Args:
        source: the folder, or the name of a data set that is one.
        size: pictures are scaled and cropped around their middle to (size, size); None leaves them as they are, and
            they must all be alike.
        grayscale: (N, H, W) instead of (N, H, W, 3).
        tasks: how many tasks, or the classes of each as a list of lists, by name or number.
        scenario: "class", "domain" or "task" (see `Samples`).
        order_seed: of the order of the classes; None for that of their names.
        split_seed: of the stratified fifth that is tested, where there is no folder `test` (or `val`).
        batch_size: images of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        MissingExtra: if Pillow is not installed.
        OptionError: for a size that is not a whole number of at least 1.
        DataError: for a picture that cannot be read or has another shape, a class without pictures.
        RecollectError: see `divide` and `Samples`.
    """

    def __init__(
        self,
        source: str,
        *,
        size: int | None = None,
        grayscale: bool = False,
        tasks: int | list[list[int]] | list[list[str]] = 5,
        scenario: Literal["class", "domain", "task"] = "class",
        order_seed: int | None = None,
        split_seed: int = 0,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if isinstance(size, bool) or not isinstance(size, int | np.integer | None) or (size is not None and size < 1):
            raise OptionError(f"size must be a whole number of pixels, at least 1, or None, got {size!r}")
        place = data.path(source) if source in data.SETS else Path(source).expanduser()
        classes, train, test = read_folder(place, size, grayscale)
        if isinstance(tasks, list | tuple):
            tasks = [[numbered(one, classes) for one in group] for group in tasks]
        division = divide(train, test, tasks=tasks, order_seed=order_seed, split_seed=split_seed)
        groups = [np.argsort(ranks)[(ranks < 0).sum() :] for ranks in division.ranks]  # numbers of the task's classes
        names = tuple(title([classes[number] for number in group]) for group in groups)
        super().__init__(
            replace(division, names=names),
            scenario=scenario,
            batch_size=batch_size,
            steps_per_task=steps_per_task,
            schedule=schedule,
        )


def read_folder(
    place: Path, size: int | None = None, grayscale: bool = False
) -> tuple[tuple[str, ...], Labelled, Labelled | None]:
    """The names of the classes, training images and test images (None without a folder for them).

    Raises:
        DataError: see `ImageFolder`.
    """
    if not place.is_dir():
        raise DataError(f"{place} is no folder: give one with a folder of pictures per class")
    return _read(place, size, grayscale, fingerprint(place))


@lru_cache(maxsize=4)
def _read(
    place: Path, size: int | None, grayscale: bool, known_by: Fingerprint
) -> tuple[tuple[str, ...], Labelled, Labelled | None]:
    train, test = place, None
    if (place / "train").is_dir():
        train = place / "train"
        test = next((place / name for name in ("test", "val") if (place / name).is_dir()), None)
    splits = {folder: _pictures(folder) for folder in (train, test) if folder is not None}
    classes = tuple(splits[train])
    if test is not None and tuple(splits[test]) != classes:
        strange = sorted(set(classes) ^ set(splits[test]))
        raise DataError(f"{train} and {test} must have the same classes; only one of them has {', '.join(strange)}")
    shape: list[tuple[int, ...]] = []
    read = [_labelled(folder, found, size, grayscale, shape) for folder, found in splits.items()]
    return classes, read[0], read[1] if test is not None else None


def _pictures(folder: Path) -> dict[str, list[Path]]:
    """Class -> its pictures, both in the order of their names."""
    classes = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    found = {one.name: sorted(path for path in one.rglob("*") if path.suffix.lower() in SUFFIXES) for one in classes}
    empty = [name for name, pictures in found.items() if not pictures]
    if empty or not found:
        got = f"none in {', '.join(empty)}" if empty else "no folders"
        raise DataError(
            f"{folder}: expected a folder per class with pictures ({', '.join(sorted(SUFFIXES))}), got {got}: "
            "add pictures, or remove the folder"
        )
    return found


def _labelled(
    folder: Path, found: dict[str, list[Path]], size: int | None, grayscale: bool, shape: list[tuple[int, ...]]
) -> Labelled:
    """The pictures of a split, of one `shape`, which the very first of them decides."""
    paths = [path for pictures in found.values() for path in pictures]
    y = np.repeat(np.arange(len(found)), [len(pictures) for pictures in found.values()])
    for row, path in enumerate(paths):
        one = picture(path, size, grayscale)
        shape[:] = shape or [one.shape]
        if row == 0:
            x = np.empty((len(paths), *shape[0]), np.uint8)
        if one.shape != shape[0]:
            raise DataError(
                f"{path} is {one.shape}, the first picture {shape[0]}: give size=, to scale and crop all of them"
            )
        x[row] = one
    return check_images(x, y, str(folder))


def picture(path: Path, size: int | None, grayscale: bool) -> np.ndarray:
    """One picture, (H, W) or (H, W, 3) uint8, scaled and cropped to (size, size) if there is a size.

    Raises:
        DataError: for what is no picture of 8 bits per channel.
    """
    try:
        with Image.open(path) as opened:
            if opened.mode.startswith(DEEP):
                raise DataError(f"{path} has more than 8 bits per channel (mode {opened.mode}): convert it to 8 bits")
            read = opened.convert("L" if grayscale else "RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is no picture that can be read: {error}. Replace it, or remove it") from error
    if size is not None:
        read = ImageOps.fit(read, (size, size), Image.Resampling.BILINEAR)
    return np.asarray(read)
