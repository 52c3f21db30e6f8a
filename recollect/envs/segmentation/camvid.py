"""CamVid: street scenes from a car, 11 classes."""

from typing import Any

from recollect import data
from recollect.envs.segmentation.masked import VOID
from recollect.envs.segmentation.stream import Segmentation
from recollect.errors import require

require("PIL", "recollect/CamVid-v0", "images")

from recollect.envs.segmentation import layouts  # noqa: E402  # after the sentence that says how to install Pillow
from recollect.envs.segmentation.folder import read_masked  # noqa: E402

CLASSES = (
    "sky", "building", "pole", "road", "pavement", "tree", "sign", "fence", "car", "pedestrian", "bicyclist",
)  # fmt: skip
CODES = {code: code + 1 for code in range(len(CLASSES))} | {len(CLASSES): VOID}  # its own: 0 is sky, 11 is void


class CamVid(Segmentation):
    """CamVid (Brostow et al., 2008), as in SegNet's tutorial: 11 classes, none of them background.

    Its own coding, 0 for sky and 11 for void, is shifted to 1 to 11 and 255, so that 0 is background here too: what a
    task does not label. Nearly every picture shows nearly every class, so that modes other than "overlap" leave next
    to no pictures to the first task.

    Args:
        size: as for `SegmentationFolder`.
        tasks: see `Segmentation`; by default seven classes, then two by two.
        **options: those of `Segmentation`: mode, order_seed, least_shift, batch_size, steps_per_task, schedule.

    Raises:
        MissingExtra: if Pillow is not installed.
        DataError: if the data set is not there; the message says where it belongs.
        RecollectError: see `SegmentationFolder`.
    """

    def __init__(
        self, *, size: int | None = None, tasks: str | int | list[list[int]] | list[list[str]] = "7-2", **options: Any
    ) -> None:
        place = data.path("camvid")
        layout = layouts.Layout(layouts.beside(place), CLASSES, CODES)
        super().__init__(*read_masked(place, layout, size), tasks=tasks, **options)
