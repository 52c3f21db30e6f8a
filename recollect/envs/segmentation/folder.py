"""SegmentationFolder: pictures and masks on disk, as a stream of tasks."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from recollect import data
from recollect.envs.images.sources import Fingerprint, fingerprint
from recollect.envs.segmentation.masked import VOID, Masked, check_masked
from recollect.envs.segmentation.stream import Segmentation
from recollect.errors import DataError, OptionError, require

require("PIL", "recollect/SegmentationFolder-v0", "images")

from PIL import Image, ImageOps  # noqa: E402  # after the sentence that says how to install it

from recollect.envs.images.folder import picture  # noqa: E402
from recollect.envs.segmentation import layouts  # noqa: E402


class SegmentationFolder(Segmentation):
    """Pictures and masks in the layout of PASCAL VOC, of Cityscapes, or side by side; which it is, is recognised.

    Side by side: `train/*.png` and `trainannot/*.png` of the same names, and `val` or `test` likewise; masks hold 0 for
    background, 255 for void, and the numbers of the classes. VOC's and Cityscapes' masks are used as they are published
    (`SegmentationClass`, `*_gtFine_labelIds.png`); Cityscapes knows no background, and what it does not judge is void.
    All pictures are read into memory once, 4 bytes a pixel, and shared by the streams of a process.

    Args:
        source: the folder, or the name of a data set that is one.
        size: pictures are scaled and cropped around their middle to (size, size), masks by their nearest pixels; None
            leaves them as they are, and they must all be alike.
        classes: names of the classes from 1 on, of masks side by side; None: their numbers.
        tasks: see `Segmentation`.
        **options: those of `Segmentation`: mode, order_seed, least_shift, batch_size, steps_per_task, schedule.

    Raises:
        MissingExtra: if Pillow is not installed.
        OptionError: for a size that is not a whole number of at least 1.
        DataError: for files that are missing, unreadable or of different sizes, and an unknown class.
        RecollectError: see `Segmentation`.
    """

    def __init__(
        self,
        *,
        source: str = "segmentation-folder",
        size: int | None = None,
        classes: list[str] | None = None,
        tasks: str | int | list[list[int]] | list[list[str]] = 3,
        **options: Any,
    ) -> None:
        place = data.path(source) if source in data.SETS else Path(source).expanduser()
        if not place.is_dir():
            raise DataError(f"{place} is no folder: {layouts.EXPECTED}")
        layout = layouts.find(place)
        if layout.names is not None and classes is not None:
            raise OptionError(f"classes= is for masks side by side; {place} has the classes {', '.join(layout.names)}")
        super().__init__(*read_masked(place, layout, size, classes), tasks=tasks, **options)


def read_masked(
    place: Path, layout: layouts.Layout, size: int | None, classes: list[str] | None = None
) -> tuple[dict[str, Masked], tuple[str, ...]]:
    """The pictures of both splits, and the names of the classes.

    Raises:
        OptionError, DataError: see `SegmentationFolder`.
    """
    if isinstance(size, bool) or not isinstance(size, int | np.integer | None) or (size is not None and size < 1):
        raise OptionError(f"size must be a whole number of pixels, at least 1, or None, got {size!r}")
    known_by, codes = fingerprint(place), tuple(layout.codes.items())
    arrays = {split: _read(tuple(pairs), codes, size, known_by) for split, pairs in layout.pairs.items()}
    names = layout.names
    if names is None:
        highest = max(int(y[y != VOID].max(initial=0)) for _, y in arrays.values())
        names = layouts.numbered(highest, classes)
    return {split: check_masked(x, y, len(names), f"{place}, {split}") for split, (x, y) in arrays.items()}, names


@lru_cache(maxsize=4)
def _read(
    pairs: tuple[tuple[Path, Path], ...], codes: tuple[tuple[int, int], ...], size: int | None, known_by: Fingerprint
) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, H, W, 3) and masks (N, H, W), uint8, in our numbers."""
    table, first = layouts.table(dict(codes)), picture(pairs[0][0], size, False).shape
    x, y = np.empty((len(pairs), *first), np.uint8), np.empty((len(pairs), *first[:2]), np.uint8)
    for row, (seen, masked) in enumerate(pairs):
        one, mask = picture(seen, size, False), _mask(masked, seen, size)
        if one.shape != first:
            raise DataError(
                f"{seen} is {one.shape}, the first picture {first}: give size=, to scale and crop all of them"
            )
        if mask.shape != first[:2]:
            raise DataError(f"{masked} is {mask.shape}, its picture {first[:2]}: a mask has one pixel for each of it")
        numbers = table[mask]
        if numbers.min() < 0:
            raise DataError(
                f"{masked} has class {mask[numbers < 0][0]}, which is unknown; known are "
                f"{sorted(dict(codes))}. Recode it"
            )
        x[row], y[row] = one, numbers
    return x, y


def _mask(path: Path, seen: Path, size: int | None) -> np.ndarray:
    """The codes (H, W) of a mask, uint8; without a size it is compared with its picture as it is."""
    try:
        with Image.open(path) as opened:
            if opened.mode not in ("P", "L"):
                raise DataError(f"{path} has mode {opened.mode}: a mask holds one class of 8 bits per pixel (L or P)")
            opened.load()
            read = opened.copy()
        with Image.open(seen) as opened:
            whole = opened.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is no mask that can be read: {error}. Replace it, or remove it") from error
    if read.size != whole:
        raise DataError(f"{path} is {read.size[::-1]}, its picture {whole[::-1]}: a mask has one pixel for each of it")
    if size is not None:
        read = ImageOps.fit(read, (size, size), Image.Resampling.NEAREST)
    return np.asarray(read)
