"""Views of pictures with masks: both are cut alike; and views that move no pixel, for comparing pixel by pixel."""

import numpy as np
import torch
from torch.nn.functional import grid_sample

from recollect.nets.augment import rectangles
from recollect.nets.tensors import unit

AREA = (0.5, 2.0)  # share of the picture that is cut out, BACS (arXiv 2404.13148, the authors' code)


def cut(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A random rectangle of every picture at its own size, mirrored in half of the cases; the mask likewise.

    The area is a share ~ U(0.5, 2) of the picture's, the logarithm of width / height ~ U(log 3/4, log 4/3); of ten
    draws the first that lies within the picture counts, else as much as fits. Pictures are interpolated bilinearly,
    masks by the nearest pixel.

    Args:
        x: (N, H, W, 3) uint8, or floating in [0, 1].
        y: (N, H, W) integers below 256.
        rng: of the draws.

    Returns:
        x (N, H, W, 3) float32 in [0, 1], y (N, H, W) of its dtype.
    """
    n, height, width = y.shape
    top, left, tall, wide = rectangles(n, height, width, rng, AREA)
    mirrored = np.where(rng.random(n) < 0.5, -1, 1)
    down = _places(top, tall, height)  # (N, H)
    right = np.where(mirrored[:, None] < 0, _places(left, wide, width)[:, ::-1], _places(left, wide, width))  # (N, W)
    grid = np.stack(np.broadcast_arrays(right[:, None, :], down[:, :, None]), 3)  # (N, H, W, 2)
    places = torch.from_numpy(grid.astype(np.float32))
    pictures = unit(torch.from_numpy(x.copy())).permute(0, 3, 1, 2)
    masks = torch.from_numpy(y.astype(np.float32))[:, None]
    seen = grid_sample(pictures, places, align_corners=False, padding_mode="border").permute(0, 2, 3, 1)
    labels = grid_sample(masks, places, mode="nearest", align_corners=False, padding_mode="border")[:, 0]
    return seen.contiguous().numpy(), labels.numpy().astype(y.dtype)


def _places(start: np.ndarray, length: np.ndarray, size: int) -> np.ndarray:
    """Where `size` pixels lie that fill [start, start + length), (n, size); -1 and 1 are the picture's edges."""
    pixel = start[:, None] + (np.arange(size) + 0.5) / size * length[:, None]
    return 2 * pixel / size - 1


def stretch(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Half of the pictures with every channel stretched to [0, 1], (N, H, W, 3) float32; no pixel moves.

    Args:
        x: (N, H, W, 3) uint8, or floating in [0, 1].
        rng: of the draws.
    """
    seen = unit(torch.from_numpy(x.copy())).numpy()
    low, high = seen.min((1, 2), keepdims=True), seen.max((1, 2), keepdims=True)  # (N, 1, 1, 3)
    flat = high == low
    stretched = np.where(flat, seen, (seen - low) / np.where(flat, 1, high - low))
    return np.where(rng.random(len(x))[:, None, None, None] < 0.5, stretched, seen).astype(np.float32)
