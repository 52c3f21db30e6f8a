"""Scenes: overlapping textured shapes on a textured ground, drawn from a seed, with a mask of every pixel."""

from functools import lru_cache
from typing import Any, Literal

import numpy as np

from recollect.envs.segmentation.masked import Masked, check_masked
from recollect.envs.segmentation.stream import Segmentation
from recollect.errors import OptionError

SHAPES = ("square", "disc", "triangle", "cross", "ring")
COLOURS = np.array([(200, 80, 70), (80, 170, 90), (80, 110, 200), (200, 180, 70), (160, 90, 190)], np.float32)
JITTER = 35.0  # of a shape's colour, standard deviation, in steps of 255
MOST = 3  # shapes in a picture


class Scenes(Segmentation):
    """One to three shapes on noise, each a class; later ones lie over earlier ones.

    Ours, to study BACS (ElAraby, Harakeh and Paull, 2024, arXiv 2404.13148) in the small: a colour says something
    of its class, but is jittered, so that form counts too. Pictures are drawn once per process and seed, and shared.

    Args:
        size: height and width in pixels, at least 16.
        train: training pictures of all tasks together, at least 1.
        test: test pictures of all tasks together, at least 1.
        data_seed: of the pictures.
        tasks: see `Segmentation`; by default square, disc and triangle, then the cross, then the ring.
        **options: those of `Segmentation`: mode, order_seed, least_shift, batch_size, steps_per_task, schedule.

    Raises:
        OptionError: for a number out of its range.
        RecollectError: see `Segmentation`.
    """

    def __init__(
        self,
        *,
        size: int = 32,
        train: int = 480,
        test: int = 150,
        data_seed: int = 0,
        tasks: str | int | list[list[int]] | list[list[str]] = "3-1",
        mode: Literal["sequential", "disjoint", "overlap"] = "overlap",
        **options: Any,
    ) -> None:
        for option, value, least in (("size", size, 16), ("train", train, 1), ("test", test, 1)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise OptionError(f"{option} must be a whole number of at least {least}, got {value!r}")
        splits = {"train": scenes(train, size, data_seed, 0), "test": scenes(test, size, data_seed, 1)}
        super().__init__(splits, SHAPES, tasks=tasks, mode=mode, **options)


@lru_cache(maxsize=8)
def scenes(count: int, size: int, seed: int, part: int) -> Masked:
    """`count` pictures (size, size, 3) with masks; another `part` of one seed has other pictures."""
    rng = np.random.default_rng([seed, part])
    x, y = np.empty((count, size, size, 3), np.uint8), np.zeros((count, size, size), np.uint8)
    for row in range(count):
        picture = _texture(rng, size, rng.uniform(60, 160, 3), 25.0)
        for _ in range(rng.integers(1, MOST + 1)):
            number = int(rng.integers(len(SHAPES)))
            inside = _inside(SHAPES[number], rng, size)
            colour = COLOURS[number] + rng.normal(0, JITTER, 3)
            picture[inside] = _texture(rng, size, colour, 12.0)[inside]
            y[row][inside] = number + 1
        x[row] = np.clip(picture, 0, 255)
    return check_masked(x, y, len(SHAPES), "scenes")


def _texture(rng: np.random.Generator, size: int, colour: np.ndarray, strength: float) -> np.ndarray:
    """A colour with coarse and fine noise: (size, size, 3)."""
    coarse = rng.normal(0, strength, (-(-size // 4), -(-size // 4), 3)).repeat(4, 0).repeat(4, 1)[:size, :size]
    return colour + coarse + rng.normal(0, strength / 2, (size, size, 3))


def _inside(shape: str, rng: np.random.Generator, size: int) -> np.ndarray:
    """The pixels (size, size) of a shape of random place, size and angle; its middle lies in the picture."""
    radius, angle = rng.uniform(0.14, 0.28) * size, rng.uniform(0, 2 * np.pi)
    middle = rng.uniform(0.15 * size, 0.85 * size, 2)
    down, right = (np.indices((size, size)) - middle[:, None, None]) / radius
    u, v = np.cos(angle) * right + np.sin(angle) * down, np.cos(angle) * down - np.sin(angle) * right
    far = np.hypot(u, v)
    if shape == "square":
        return np.maximum(abs(u), abs(v)) < 0.85
    if shape == "triangle":  # equilateral, its corners at distance 1
        return np.max([v, -v / 2 + np.sqrt(0.75) * u, -v / 2 - np.sqrt(0.75) * u], axis=0) < 0.55
    if shape == "cross":
        return (np.minimum(abs(u), abs(v)) < 0.32) & (np.maximum(abs(u), abs(v)) < 1)
    return far < 0.9 if shape == "disc" else (far < 1) & (far > 0.5)
