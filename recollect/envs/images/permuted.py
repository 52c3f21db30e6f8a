"""PermutedImages: a fixed permutation of the pixels for every task.

Goodfellow et al. (2013, "An empirical investigation of catastrophic forgetting", arXiv 1312.6211), and Kirkpatrick et
al. (2017, arXiv 1612.00796) for permuted MNIST as it is used since.
"""

import math
from typing import Any

import numpy as np

from recollect.envs.images.guises import Guises
from recollect.errors import OptionError


class PermutedImages(Guises):
    """A set of images, its pixels in another order in every task.

    All channels of a pixel move together (ours).

    Args:
        source: a data set's name or a path (see `read_images`).
        tasks: how many. The default is that of van de Ven and Tolias (2019, arXiv 1904.07734).
        permutation_seed: of the permutations.
        identity_first: whether task 0 shows the images as they are.
        **options: those of `Guises`: scenario, rows_per_task, split_seed, batch_size, steps_per_task, schedule.

    Raises:
        OptionError: unless tasks is a whole number of at least 1.
        RecollectError: see `Guises`.
    """

    def __init__(
        self,
        source: str,
        *,
        tasks: int = 10,
        permutation_seed: int = 0,
        identity_first: bool = True,
        **options: Any,
    ) -> None:
        if isinstance(tasks, bool) or not isinstance(tasks, int | np.integer) or tasks < 1:
            raise OptionError(f"tasks must be a whole number of permutations, at least 1, got {tasks!r}")
        self.tasks = tuple(f"permutation {task}" if task or not identity_first else "identity" for task in range(tasks))
        super().__init__(source, **options)
        pixels = math.prod(self.division.x["train"].shape[1:3])
        self.orders = [
            np.random.default_rng([permutation_seed, task]).permutation(pixels)
            if task or not identity_first
            else np.arange(pixels)
            for task in range(tasks)
        ]

    def look(self, x: np.ndarray, task: int, drift: float) -> np.ndarray:
        """The images with their pixels in the order of the task: pixel i shows what was at order[i]."""
        pixels = x.reshape(len(x), len(self.orders[task]), -1)  # (n, H, W, ...) -> (n, H * W, C)
        return np.take(pixels, self.orders[task], axis=1).reshape(x.shape)
