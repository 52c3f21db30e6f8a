"""SplitDigits: scikit-learn's handwritten digits, a few new ones in every task.

1,797 images of 8 x 8 pixels, from the "Optical Recognition of Handwritten Digits" set (Alpaydin and Kaynak, 1998,
UCI Machine Learning Repository), bundled with scikit-learn. Splitting a set's classes over tasks follows Split MNIST
(Zenke, Poole and Ganguli, 2017, arXiv 1703.04200, section 4.1).
"""

from functools import cache
from typing import Any, Literal

import numpy as np
from sklearn.datasets import load_digits

from recollect.envs.division import Labelled, divide
from recollect.envs.samples import Samples


@cache
def digits() -> Labelled:
    """The images x (1797, 64) float32 in [0, 1] and their digits y (1797,) int64, read-only."""
    pixels, y = load_digits(return_X_y=True)
    rows = {"x": (pixels / 16).astype(np.float32), "y": y.astype(np.int64)}
    for values in rows.values():
        values.flags.writeable = False
    return rows


class SplitDigits(Samples):
    """Handwritten digits, class-, domain- or task-incremental: 0-1, 2-3, 4-5, 6-7, 8-9 unless told otherwise.

    Args:
        tasks: how many tasks, or the digits of each as a list of lists.
        scenario: "class", "domain" or "task" (see `Samples`).
        order_seed: of the order of the digits; None for ascending.
        split_seed: of the stratified fifth that is tested.
        batch_size: images of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.
    """

    def __init__(
        self,
        *,
        tasks: int | list[list[int]] = 5,
        scenario: Literal["class", "domain", "task"] = "class",
        order_seed: int | None = None,
        split_seed: int = 0,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        division = divide(digits(), tasks=tasks, order_seed=order_seed, split_seed=split_seed)
        super().__init__(
            division, scenario=scenario, batch_size=batch_size, steps_per_task=steps_per_task, schedule=schedule
        )
