"""SplitImages: the classes of a set of images, a few new ones in every task."""

from typing import Any, Literal

from recollect.envs.division import divide
from recollect.envs.images.sources import read_images
from recollect.envs.samples import Samples


class SplitImages(Samples):
    """A set of images, class-, domain- or task-incremental: the labels in ascending order over the tasks.

    Split MNIST is that of Zenke, Poole and Ganguli (2017, arXiv 1703.04200, section 4.1), in the scenarios of van de
    Ven and Tolias (2019, arXiv 1904.07734). Images of uint8 stay uint8; networks scale them.

    Args:
        source: a data set's name or a path (see `read_images`).
        tasks: how many tasks, or the labels of each as a list of lists.
        scenario: "class", "domain" or "task" (see `Samples`).
        labels: of CIFAR-100: "fine" (100 classes) or "coarse" (20).
        order_seed: of the order of the classes; None for ascending.
        split_seed: of the stratified fifth that is tested, where the set has no test images of its own.
        batch_size: images of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        RecollectError: see `read_images`, `divide` and `Samples`.
    """

    def __init__(
        self,
        source: str,
        *,
        tasks: int | list[list[int]] = 5,
        scenario: Literal["class", "domain", "task"] = "class",
        labels: Literal["fine", "coarse"] = "fine",
        order_seed: int | None = None,
        split_seed: int = 0,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        train, test = read_images(source, labels)
        division = divide(train, test, tasks=tasks, order_seed=order_seed, split_seed=split_seed)
        super().__init__(
            division, scenario=scenario, batch_size=batch_size, steps_per_task=steps_per_task, schedule=schedule
        )
