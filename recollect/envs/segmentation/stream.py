"""Segmentation: pictures with masks as a task stream, with background shift."""

from typing import Any, Literal

import numpy as np
from gymnasium.spaces import MultiDiscrete

from recollect.envs.samples import Samples
from recollect.envs.segmentation import steps
from recollect.envs.segmentation.iou import confusion, ious, mean, merged
from recollect.envs.segmentation.masked import VOID, Masked
from recollect.errors import DataError, OptionError, StreamError, UnknownName
from recollect.rows import Rows

CHUNK = 64  # pictures per predict()


class Segmentation(Samples):
    """Pictures whose every pixel is to be named, a few new classes in every task.

    x is (N, H, W, 3) uint8, y (N, H, W) uint8: 0 background, 255 void, and the classes numbered from 1 in the order in
    which the tasks bring them; `class_names` says which is which. What a task labels is a matter of the mode (see
    `recollect.envs.segmentation.steps`). All tasks draw from one set of pictures, so that in the mode "overlap" a
    picture may come again in another task, with other pixels labelled.

    **Scores.** The scores of task j are those of everything learned up to j: its test pictures show a class of the
    tasks 0 to j, all of these classes are labelled, and all others are background, in truth and in prediction.
    "miou" is the mean intersection over union of the classes of the tasks 0 to j, background included; "old" that of
    the classes of task 0, "new" of those of the tasks 1 to j (of task 0, for task 0), both without background. So the
    final mIoU is metric `last-task`, and Avg-IoU, the mean over tasks of the mIoU at their ends, is metric
    `learning-accuracy` (ElAraby, Harakeh and Paull, 2024, arXiv 2404.13148). Counts are summed over all pictures
    first; a class counts where it has a true pixel, though it be never predicted; void is not judged. A picture is
    predicted once for all tasks, and the agent is not told a task.

    As a Gymnasium environment it is like `Samples`: the action is the mask of each picture, the reward the share of
    pixels that are right (void left out), `info["target"]` the masks that were answered (all void at reset) and
    `info["score"]` the mean reward so far.

    Args:
        splits: "train" and "test" pictures.
        names: of the classes, in the order of their numbers in the masks.
        tasks: "15-1" (the first 15 classes, then one by one), a number of tasks, or the classes of each as lists of
            names or numbers.
        mode: "sequential", "disjoint" or "overlap" (the papers' usual one).
        order_seed: of the order of the classes; None: that of `names`.
        least_shift: least share, in [0, 1], of the pictures of all later tasks that must show an unlabelled object of
            an earlier task; without such pictures there is no background shift to study. Not asked for where old
            classes are labelled.
        batch_size: pictures of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        UnknownName: for an unknown mode or class.
        OptionError: for tasks that do not fit the classes, a share outside of its range.
        DataError: for splits of another size, a class without pictures, too little shift.
    """

    target = "mask"
    scores = {"miou": "max", "old": "max", "new": "max"}
    unanswered = VOID

    def __init__(
        self,
        splits: dict[str, Masked],
        names: tuple[str, ...],
        *,
        tasks: str | int | list[list[int]] | list[list[str]] = 3,
        mode: Literal["sequential", "disjoint", "overlap"] = "overlap",
        order_seed: int | None = None,
        least_shift: float = 0.2,
        batch_size: int = 12,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if mode not in steps.MODES:
            raise UnknownName("mode", str(mode), steps.MODES)
        if not 0 <= least_shift <= 1:
            raise OptionError(f"least_shift must be a share in [0, 1], got {least_shift!r}")
        shapes = {split: masked.x.shape[1:] for split, masked in splits.items()}
        if shapes["train"] != shapes["test"]:
            raise DataError(f"training pictures are {shapes['train']}, test pictures {shapes['test']}: give size=")
        groups = steps.grouped(tasks, names, order_seed)
        order = np.concatenate(groups)
        self.class_names = ("background", *(names[number - 1] for number in order))
        splits = {split: steps.renumbered(masked, order) for split, masked in splits.items()}
        sizes = [len(group) for group in groups]
        division, self.tables = steps.divided(splits, sizes, self.class_names[1:], mode)
        self.mode, self.shift = mode, steps.shift(division, splits["train"])  # (T,)
        if mode != "sequential" and len(sizes) > 1:
            self._check_shift(division.rows["train"], least_shift)
        super().__init__(division, batch_size=batch_size, steps_per_task=steps_per_task, schedule=schedule)
        classes = len(self.class_names)
        self.action_space = MultiDiscrete(np.full((self.batch_size, *shapes["train"][:2]), classes))

    def _check_shift(self, rows: tuple[np.ndarray, ...], least: float) -> None:
        """Raises DataError unless enough pictures of later tasks show unlabelled old objects."""
        found = float(np.average(self.shift[1:], weights=[len(mine) for mine in rows[1:]]))
        if found < least:
            raise DataError(
                f"only {found:.0%} of the pictures of later tasks show an unlabelled object of an earlier task, "
                f"expected at least {least:.0%}: there is next to no background shift. Take another order of classes, "
                "or accept it with least_shift=0"
            )

    def _rows(self, task: int, split: str, index: np.ndarray, drift: float = 0.0) -> Rows:
        """The pictures at `index`, as copies, with the labels that the task gives."""
        return {"x": self.division.x[split][index], "y": self.tables[split][task][self.division.y[split][index]]}

    def judge(self, action: np.ndarray, target: np.ndarray) -> float:
        """The share of pixels that are right, void left out; 1 where all is void."""
        judged = target != VOID
        return float((np.asarray(action) == target)[judged].mean()) if judged.any() else 1.0

    def measure(self, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
        """Not for masks: see `score`."""
        raise StreamError("scores of masks are counted over all pixels, not averaged over pictures: call score()")

    def score(
        self, agent: Any, tasks: list[int], *, episodes: int | None, seed: int, announce_tasks: bool = True
    ) -> dict[str, np.ndarray]:
        """Scores of the test pictures, score name -> (len(tasks),); see the class.

        Args:
            agent: its `predict` is given pictures of all tasks mixed, x alone.
            tasks: to score.
            episodes: at most so many pictures of each task; None: all.
            seed: of the order of pictures, and so of which are left out.
            announce_tasks: not used, a picture belongs to many tasks.

        Raises:
            StreamError: for predictions of another shape, or of a class that there is not.
        """
        classes, order = len(self.class_names), np.random.default_rng(seed).permutation(len(self.division.y["test"]))
        owned = np.zeros((len(tasks), len(order)), bool)  # whether a picture, in that order, is of a task's exam
        for i, task in enumerate(tasks):
            owned[i, np.flatnonzero(np.isin(order, self.division.rows["test"][task]))[:episodes]] = True
        order, owned = order[owned.any(0)], owned[:, owned.any(0)]
        counts = np.zeros((len(tasks), classes, classes), np.int64)
        for start in range(0, len(order), CHUNK):
            part = slice(start, start + CHUNK)
            y = self.division.y["test"][order[part]]
            predicted = agent.predict({"x": self.division.x["test"][order[part]]})["y"]
            self._check(predicted, y.shape, agent)
            counts += np.einsum("tn,nij->tij", owned[:, part].astype(np.int64), confusion(y, predicted, classes))
        found: dict[str, np.ndarray] = {name: np.zeros(len(tasks)) for name in self.scores}
        for i, task in enumerate(tasks):
            for name, value in self._stage(counts[i], task).items():
                found[name][i] = value
        return found

    def _stage(self, counts: np.ndarray, task: int) -> dict[str, float]:
        """The scores of what was learned up to a task, from counts (C + 1, C + 1) of all classes."""
        members = self.division.members[:, 1:]
        known = np.concatenate([[True], members[: task + 1].any(0)])  # (C + 1,)
        values = ious(merged(counts, known))
        old, later = members[0], members[1 : task + 1].any(0) if task else members[0]
        return {"miou": mean(values[known]), "old": mean(values[1:][old]), "new": mean(values[1:][later])}

    def _check(self, predicted: np.ndarray, shape: tuple[int, ...], agent: Any) -> None:
        classes = len(self.class_names)
        if np.shape(predicted) != shape or predicted.min() < 0 or predicted.max() >= classes:
            raise StreamError(
                f"{type(agent).__name__}.predict must give masks y {shape} of classes 0 to {classes - 1}, got "
                f"{np.shape(predicted)} of {np.min(predicted)} to {np.max(predicted)}"
            )
