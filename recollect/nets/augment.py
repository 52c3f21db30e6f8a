"""Augmentation: batches of images as new random views, every row by draws of its own.

Views are computed in PyTorch over the whole batch. What is random comes out of a numpy Generator that the caller
keeps, so that it is saved with him, and a resumed run sees the same views.
"""

import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from torch.nn.functional import grid_sample, pad

from recollect.errors import OptionError, UnknownName
from recollect.nets.colour import colour_jitter, grayscale
from recollect.nets.tensors import unit

MARGIN = 4  # pixels of black around an image before it is cropped
SCALE, RATIO, TRIES = (0.2, 1.0), (3 / 4, 4 / 3), 10  # share of the area, width / height, draws before giving up


def crop(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A random place of the image's own size, in the image with 4 pixels of black around it (He et al. 2016)."""
    n, height, width, channels = x.shape
    top, left = rng.integers(0, 2 * MARGIN + 1, (2, n))
    padded = pad(x, (0, 0, MARGIN, MARGIN, MARGIN, MARGIN)).numpy()  # (N, H + 8, W + 8, C)
    windows = sliding_window_view(padded, (height, width, channels), (1, 2, 3))[:, :, :, 0]  # (N, 9, 9, H, W, C)
    return torch.from_numpy(windows[np.arange(n), top, left])  # (N, H, W, C)


def flip(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Left and right exchanged in half of the rows."""
    flipped = torch.from_numpy(rng.random(len(x)) < 0.5)
    return torch.where(flipped[:, None, None, None], x.flip(2), x)


def resized_crop(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """A random rectangle of 20 to 100 % of the area, stretched to the image's own size by bilinear interpolation."""
    n, height, width, _ = x.shape
    top, left, tall, wide = rectangles(n, height, width, rng)
    y, x_ = _places(top, tall, height), _places(left, wide, width)  # (N, H), (N, W)
    grid = torch.stack(torch.broadcast_tensors(x_[:, None, :], y[:, :, None]), 3)  # (N, H, W, 2)
    return grid_sample(unit(x).permute(0, 3, 1, 2), grid, align_corners=False).permute(0, 2, 3, 1)


def rectangles(
    n: int, height: int, width: int, rng: np.random.Generator, scale: tuple[float, float] = SCALE
) -> tuple[np.ndarray, ...]:
    """Top, left, height and width, (n,) each, in whole pixels.

    Share of the area ~ U(scale), logarithm of width / height ~ U(log 3/4, log 4/3). The first of ten draws that lies
    within the image counts; if none does, the rectangle in the middle that comes nearest to the whole image.
    """
    area = rng.uniform(*scale, (n, TRIES)) * height * width
    ratio = np.exp(rng.uniform(math.log(RATIO[0]), math.log(RATIO[1]), (n, TRIES)))
    wide, tall = np.rint(np.sqrt(area * ratio)), np.rint(np.sqrt(area / ratio))  # (n, TRIES)
    fits = (wide >= 1) & (wide <= width) & (tall >= 1) & (tall <= height)
    first, found = fits.argmax(1), fits.any(1)
    own = min(max(width / height, RATIO[0]), RATIO[1])
    wide = np.where(found, wide[np.arange(n), first], round(min(width, height * own)))
    tall = np.where(found, tall[np.arange(n), first], round(min(height, width / own)))
    place = np.where(found, rng.random((2, n)), 0.5)  # of all that there are; 0.5 is the middle
    return *np.floor(place * (np.stack([height - tall, width - wide]) + 1)), tall, wide


def _places(start: np.ndarray, length: np.ndarray, size: int) -> torch.Tensor:
    """Where `size` pixels lie that fill [start, start + length), (n, size); -1 and 1 are the image's edges."""
    pixel = start[:, None] + (np.arange(size) + 0.5) / size * length[:, None] - 0.5
    pixel = np.clip(pixel, start[:, None], (start + length - 1)[:, None])  # nothing from outside the rectangle
    return torch.from_numpy((2 * pixel + 1) / size - 1).float()


Step = Callable[[torch.Tensor, np.random.Generator], torch.Tensor]
AUGMENTATIONS: dict[str, tuple[Step, ...]] = {
    "crop": (crop,),
    "flip": (flip,),
    "crop-flip": (crop, flip),
    "resized-crop": (resized_crop,),
    "colour-jitter": (colour_jitter,),
    "grayscale": (grayscale,),
    "scr": (resized_crop, flip, colour_jitter, grayscale),
}


def chosen(names: str | Sequence[str] | None, x_shape: Sequence[int]) -> tuple[str, ...]:
    """The names of augmentations that inputs of shape `x_shape` get; () for None.

    Raises:
        UnknownName: if there is no such augmentation.
        OptionError: if inputs are no images (H, W) or (H, W, C), or colours are asked of other than 1 or 3 channels.
    """
    names = () if names is None else (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in AUGMENTATIONS:
            raise UnknownName("augmentation", str(name), AUGMENTATIONS)
        if len(x_shape) not in (2, 3):
            raise OptionError(
                f"augmentation {name!r} is for images (H, W) or (H, W, C), the stream's inputs have shape "
                f"{tuple(x_shape)}: give images, or leave augment out"
            )
        colours = {colour_jitter, grayscale} & {*AUGMENTATIONS[name]}
        if colours and len(x_shape) == 3 and x_shape[2] not in (1, 3):
            raise OptionError(
                f"augmentation {name!r} needs 1 or 3 channels, in the last axis, the stream's inputs have shape "
                f"{tuple(x_shape)}"
            )
    return names


def view(x: np.ndarray, names: Sequence[str], rng: np.random.Generator) -> np.ndarray:
    """A random view of every image, by the augmentations called `names`, one after another.

    Args:
        x: images (N, H, W) or (N, H, W, C), uint8, or floating in [0, 1].
        names: of AUGMENTATIONS.
        rng: what the draws come from; nothing is drawn for no rows.

    Returns:
        As `x`, a new array; float32 in [0, 1] after an augmentation that computes with values.
    """
    if not len(x):
        return x
    seen = torch.from_numpy(x.copy())
    seen = seen[..., None] if x.ndim == 3 else seen  # (N, H, W, C)
    for name in names:
        for step in AUGMENTATIONS[name]:
            seen = step(seen, rng)
    return seen.reshape(x.shape).numpy()
