"""RotatedImages: an angle for every task (rotated MNIST: Lopez-Paz and Ranzato, 2017, arXiv 1706.08840, section 5)."""

import math
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from scipy.sparse import csr_array

from recollect.envs.images.guises import Guises
from recollect.errors import OptionError
from recollect.rows import Rows

ANGLES = tuple(range(0, 180, 9))  # 20 tasks, 9 degrees apart: De Lange et al., 2023, arXiv 2205.13452, their code
CHUNK = 4096  # images turned at a time


class RotatedImages(Guises):
    """A set of images, turned by another angle in every task.

    Args:
        source: a data set's name or a path (see `read_images`).
        angles: one per task, in degrees, counter-clockwise; None: `ANGLES`, 0, 9, ..., 171.
        interpolation: "bilinear" or "nearest"; outside of the image there is 0.
        lived: False: tasks have logged rows. True: there are none, batches are met by reset and step, so that a
            schedule "drifting" can turn the images little by little from each angle to the next: with the stream's own
            schedule in every batch, under `run` in every episode, which is one pass over the set.
        **options: those of `Guises`: scenario, rows_per_task, split_seed, batch_size, steps_per_task, schedule.

    Raises:
        OptionError: for angles that are not different finite numbers, or another interpolation.
        RecollectError: see `Guises`.
    """

    def __init__(
        self,
        source: str,
        *,
        angles: list[float] | None = None,
        interpolation: Literal["bilinear", "nearest"] = "bilinear",
        lived: bool = False,
        **options: Any,
    ) -> None:
        if interpolation not in ("bilinear", "nearest"):
            raise OptionError(f"interpolation is 'bilinear' or 'nearest', got {interpolation!r}")
        angles = ANGLES if angles is None else angles
        if not isinstance(angles, list | tuple) or not angles or not all(map(_is_angle, angles)):
            raise OptionError(f"angles must be a list of degrees, one for each task, got {angles!r}")
        if len(set(angles)) < len(angles):
            raise OptionError(
                f"an angle stands twice in {list(angles)}: name each once, and come back to it with a schedule, such "
                "as schedule=[0, 1, 0]"
            )
        self.angles, self.bilinear, self.drifts = tuple(map(float, angles)), interpolation == "bilinear", lived
        self.tasks = tuple(f"{angle:g} degrees" for angle in angles)
        super().__init__(source, **options)

    def look(self, x: np.ndarray, task: int, drift: float) -> np.ndarray:
        """The images turned by the angle of the task, `drift` of the way to that of the next one."""
        angle, following = self.angles[task], self.angles[min(task + 1, len(self.angles) - 1)]
        return rotate(x, angle + drift * (following - angle), self.bilinear)

    def data(self, task: int, split: str = "train") -> Rows | None:
        """As of `Samples`; None for the training rows of a stream that is lived."""
        return None if self.drifts and split == "train" else super().data(task, split)


def rotate(x: np.ndarray, angle: float, bilinear: bool = True) -> np.ndarray:
    """Images x (N, H, W) or (N, H, W, C), turned counter-clockwise about their centres; same shape and dtype.

    Whole quarter turns of square images only move pixels. uint8 is rounded to the nearest number.

    Args:
        x: uint8 or float32.
        angle: in degrees.
        bilinear: between the four pixels around, of which those outside of the image are 0; else the nearest one.
    """
    height, width = x.shape[1:3]
    plan, turned = _plan(height, width, float(angle) % 360, bilinear), np.empty_like(x, subok=False)
    for start in range(0, len(x), CHUNK):
        part = x[start : start + CHUNK]
        pixels = part.reshape(len(part), height * width, -1).transpose(1, 0, 2)  # (H * W, n, C)
        mixed = plan @ pixels.reshape(height * width, -1).astype(np.float32)  # (H * W, n * C)
        if x.dtype == np.uint8:
            np.rint(mixed, out=mixed)
        turned[start : start + CHUNK] = mixed.reshape(pixels.shape).transpose(1, 0, 2).reshape(part.shape)
    return turned


@lru_cache(maxsize=32)
def _plan(height: int, width: int, angle: float, bilinear: bool) -> csr_array:
    """The share (H * W, H * W) that each pixel of the image has in each pixel of the turned one."""
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    middle = (height - 1) / 2, (width - 1) / 2
    row, column = (axis.reshape(-1) for axis in np.indices((height, width)))
    down, right = row - middle[0], column - middle[1]
    # where a pixel of the turned image comes from: turned back, that is clockwise with rows counted downwards
    from_row = np.round(middle[0] + cos * down + sin * right, 9)  # rounded, so that quarter turns are exact
    from_column = np.round(middle[1] - sin * down + cos * right, 9)
    corners = [(0, 0), (0, 1), (1, 0), (1, 1)] if bilinear else [(0, 0)]
    if not bilinear:
        from_row, from_column = np.floor(from_row + 0.5), np.floor(from_column + 0.5)
    top, left = np.floor(from_row).astype(int), np.floor(from_column).astype(int)
    shares, sources, targets = [], [], []
    for below, beside in corners:
        share = np.abs(1 - below - (from_row - top)) * np.abs(1 - beside - (from_column - left))
        source_row, source_column = top + below, left + beside
        inside = (
            (source_row >= 0) & (source_row < height) & (source_column >= 0) & (source_column < width) & (share > 0)
        )
        shares.append(share[inside])
        sources.append((source_row * width + source_column)[inside])
        targets.append(np.flatnonzero(inside))
    entries = np.concatenate(shares).astype(np.float32), (np.concatenate(targets), np.concatenate(sources))
    return csr_array(entries, shape=(height * width, height * width))


def _is_angle(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool) and math.isfinite(value)
