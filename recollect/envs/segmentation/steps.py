"""Steps: which classes each task brings, which pictures it has, and what of their masks it labels.

The three modes are those of Cermelli et al. (2020, "Modeling the background", arXiv 2002.00718) and of Michieli and
Zanuttigh (2019, arXiv 1907.13372), as ElAraby, Harakeh and Paull (2024, arXiv 2404.13148) name them.
"""

import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from recollect.envs.division import Division, groups, title
from recollect.envs.segmentation.masked import BACKGROUND, VOID, Masked
from recollect.errors import DataError, OptionError, UnknownName

MODES = {
    "sequential": "classes of this and earlier tasks are labelled; pictures with later ones are left out",
    "disjoint": "classes of this task alone are labelled; pictures with later ones are left out",
    "overlap": "classes of this task alone are labelled; all others are background",
}


def grouped(tasks: Any, names: tuple[str, ...], order_seed: int | None) -> list[np.ndarray]:
    """The numbers of the classes of each task, 1 to C.

    Args:
        tasks: "15-1" (the first 15, then one by one), a number of tasks, or lists of classes by name or number.
        names: of the classes, without the background.
        order_seed: of the order of the classes; None: that of `names`.

    Raises:
        OptionError: where the classes do not come out even, stand twice or are left out.
        UnknownName: for the name of a class that there is not.
    """
    labels = np.arange(1, len(names) + 1)
    if isinstance(tasks, str):
        if not re.fullmatch(r"[1-9]\d*-[1-9]\d*", tasks):
            raise OptionError(f"tasks as a text is such as '15-1', 15 classes, then one by one, got {tasks!r}")
        first, each = map(int, tasks.split("-"))
        if first > len(names) or (len(names) - first) % each:
            raise OptionError(f"tasks={tasks!r} does not come out even with {len(names)} classes")
        order = labels if order_seed is None else np.random.default_rng(order_seed).permutation(labels)
        return [order[:first], *(order[start : start + each] for start in range(first, len(names), each))]
    if isinstance(tasks, list | tuple):
        lists = (list, tuple)
        tasks = [[_numbered(one, names) for one in some] if isinstance(some, lists) else some for some in tasks]
    return groups(tasks, labels, order_seed)


def _numbered(one: Any, names: tuple[str, ...]) -> Any:
    if isinstance(one, str) and one not in names:
        raise UnknownName("class", one, names)
    return names.index(one) + 1 if isinstance(one, str) else one


def renumbered(masked: Masked, order: np.ndarray) -> Masked:
    """Classes numbered in the order in which tasks bring them, so that those of a task are neighbours.

    Args:
        masked: with classes 1 to C.
        order: (C,), the class that becomes number 1, 2, ...
    """
    if np.array_equal(order, np.arange(1, len(order) + 1)):
        return masked
    table = np.full(VOID + 1, VOID, np.uint8)
    table[BACKGROUND], table[order] = BACKGROUND, np.arange(1, len(order) + 1)
    y = table[masked.y]
    y.flags.writeable = False
    return replace(masked, y=y, shows=masked.shows[:, [BACKGROUND, *order]])


def divided(
    splits: dict[str, Masked], sizes: list[int], names: tuple[str, ...], mode: str
) -> tuple[Division, dict[str, np.ndarray]]:
    """Pictures by task, and what their masks show: split -> (T, 256) uint8, the label that stands for each class.

    Args:
        splits: "train" and "test", classes numbered in the order of the tasks.
        sizes: how many classes each task brings.
        names: of the classes, in that order.
        mode: of the training pictures. Test pictures of a task show a class of it or of an earlier one, and all of
            these are labelled.

    Raises:
        DataError: for a class that no picture of its task shows.
    """
    ends = np.cumsum([1, *sizes])  # (T + 1,) the first class of each task, and C + 1
    classes, rows, tables = ends[-1], {}, {}
    for split, masked in splits.items():
        rows[split], tables[split] = [], np.full((len(sizes), VOID + 1), BACKGROUND, np.uint8)
        tables[split][:, VOID] = VOID
        for task, (start, end) in enumerate(pairwise(ends)):
            met = split == "test" or mode == "sequential"  # classes of earlier tasks are labelled
            labelled = np.arange(1 if met else start, end)
            tables[split][task, labelled] = labelled
            chosen = masked.shows[:, (1 if split == "test" else start) : end].any(1)
            if split == "train" and mode != "overlap":
                chosen &= ~masked.shows[:, end:].any(1)
            _check(masked.shows[chosen, start:end], names[start - 1 : end - 1], split, mode)
            rows[split].append(np.flatnonzero(chosen))
    number = np.arange(classes)
    members = (number >= ends[:-1, None]) & (number < ends[1:, None]) | (number == BACKGROUND)  # (T, C + 1)
    titles = tuple(title(names[start - 1 : end - 1]) for start, end in pairwise(ends))
    x, y = ({split: getattr(masked, field) for split, masked in splits.items()} for field in "xy")
    ranks = np.where(members, members.cumsum(1) - 1, -1)
    return Division(titles, x, y, {split: tuple(found) for split, found in rows.items()}, members, ranks), tables


def _check(shown: np.ndarray, names: tuple[str, ...], split: str, mode: str) -> None:
    missing = [name for name, there in zip(names, shown.any(0), strict=True) if not there]
    if missing:
        left = "" if split == "test" or mode == "overlap" else f" without later classes, which mode {mode!r} leaves out"
        raise DataError(
            f"class {missing[0]!r} has no {split} picture{left}: every class needs some to learn and some to test. "
            "Complete the set, leave the class out, or take another order or mode"
        )


def shift(division: Division, masked: Masked) -> np.ndarray:
    """The share (T,) of training pictures of each task that show a class of an earlier task; 0 for the first."""
    firsts = [int(np.flatnonzero(members)[1]) for members in division.members]
    owned = zip(division.rows["train"], firsts, strict=True)
    return np.array([masked.shows[rows, 1:first].any(1).mean() for rows, first in owned])
