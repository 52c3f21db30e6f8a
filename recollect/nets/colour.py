"""Colours of images (N, H, W, C), channels last, as random views change them; C is 1 or 3.

Values are in [0, 1] afterwards. The operations are those of PIL's ImageEnhance, with hues in HSV.
"""

import numpy as np
import torch

from recollect.nets.tensors import unit

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue in a gray: ITU-R BT.601
STRENGTH, HUE, JITTERED, GRAYED = 0.4, 0.1, 0.8, 0.2  # SCR's, which are SimCLR's at strength 0.5


def gray(x: torch.Tensor) -> torch.Tensor:
    """The brightness (N, H, W, 1)."""
    return x if x.shape[3] == 1 else (x * x.new_tensor(LUMA)).sum(3, keepdim=True)


def grayscale(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Colours taken away, in every row with probability 0.2."""
    x = unit(x)
    return torch.where(_yes(GRAYED, len(x), rng), gray(x), x)


def colour_jitter(x: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Brightness, contrast and saturation times U(0.6, 1.4), hue turned by U(-0.1, 0.1), with probability 0.8.

    Every row has its own factors; the order of the four is drawn for the batch, as published code does. Images of one
    channel have neither saturation nor hue.
    """
    x = unit(x)
    jittered, yes = x, _yes(JITTERED, len(x), rng)
    factors = rng.uniform(1 - STRENGTH, 1 + STRENGTH, (3, len(x), 1, 1, 1))
    turns = _float(rng.uniform(-HUE, HUE, (len(x), 1, 1)))
    brightness, contrast, saturation = map(_float, factors)  # (N, 1, 1, 1) each
    for which in rng.permutation(4):
        if which == 0:
            jittered = (jittered * brightness).clamp(0, 1)
        elif which == 1:
            jittered = _blend(jittered, gray(jittered).mean((1, 2), keepdim=True), contrast)
        elif which == 2:
            jittered = _blend(jittered, gray(jittered), saturation)
        elif x.shape[3] == 3:
            jittered = turned(jittered, turns)
    return torch.where(yes, jittered, x)


def turned(x: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    """RGB images (N, H, W, 3) whose hues are moved on by `turns` (N, 1, 1), 1 being the full circle of HSV."""
    value, chroma = x.amax(3), x.amax(3) - x.amin(3)  # (N, H, W)
    red, green, blue = x.unbind(3)
    safe = chroma.clamp(min=1e-8)
    hue = torch.where(value == green, 2 + (blue - red) / safe, 4 + (red - green) / safe)
    hue = torch.where(value == red, (green - blue) / safe, hue) + 6 * turns  # in sixths of the circle
    k = (hue[..., None] + hue.new_tensor([5.0, 3.0, 1.0])) % 6  # (N, H, W, 3)
    return value[..., None] - chroma[..., None] * torch.minimum(k, 4 - k).clamp(0, 1)


def _blend(x: torch.Tensor, other: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    return (other + factor * (x - other)).clamp(0, 1)


def _yes(probability: float, n: int, rng: np.random.Generator) -> torch.Tensor:
    return torch.from_numpy(rng.random((n, 1, 1, 1)) < probability)


def _float(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array).float()
