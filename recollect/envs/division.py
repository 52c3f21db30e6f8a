"""Division: which rows of labelled arrays belong to which task and split, and how labels are numbered.

Tasks come from groups of classes ("0-1", "2-3", ...), or from a column that says of each row which task it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recollect.errors import DataError, OptionError, UnknownName


@dataclass(frozen=True)
class Division:
    """Labelled arrays, divided into tasks. `x` and `y` may be shared by both splits.

    Attributes:
        names: of the tasks, T of them.
        x: split -> (N, *x) float32 or uint8.
        y: split -> (N,) int64, an index into the sorted distinct labels.
        rows: split -> for each task the numbers of its rows.
        members: (T, C) bool, whether a class occurs in a task.
        ranks: (T, C) int64, the label of a class within a task; -1 where it does not occur.
    """

    names: tuple[str, ...]
    x: dict[str, np.ndarray]
    y: dict[str, np.ndarray]
    rows: dict[str, tuple[np.ndarray, ...]]
    members: np.ndarray
    ranks: np.ndarray


Labelled = dict[str, np.ndarray]  # x (N, *x), y (N,) and, with a task column, task (N,)


def divide(
    train: Labelled,
    test: Labelled | None = None,
    *,
    tasks: int | Sequence[Sequence[int]] = 5,
    test_fraction: float = 0.2,
    names: Sequence[str] | None = None,
    order_seed: int | None = None,
    split_seed: int = 0,
) -> Division:
    """Divides labelled arrays into tasks and into what is learned and what is tested.

    Args:
        train: x, y and, optionally, task; checked (see `recollect.envs.sources`).
        test: likewise; None sets aside `test_fraction` of every class of every task.
        tasks: how many groups of classes, as even as possible, or the groups; not used with a task column.
        test_fraction: in (0, 1).
        names: of the tasks; their classes, or what the task column holds, when None.
        order_seed: of the order of the classes; None for ascending labels.
        split_seed: of the rows set aside.

    Raises:
        OptionError: for fewer classes than tasks, a class in two groups or in none, a wrong number of names.
        DataError: for test rows of another shape; for a task, or a class of a test set, without rows; for a class that
            cannot be divided.
    """
    if not 0 < test_fraction < 1:
        raise OptionError(f"test_fraction must lie in (0, 1), got {test_fraction!r}")
    if test is not None and test["x"].shape[1:] != train["x"].shape[1:]:
        raise DataError(
            f"the test rows have x of shape {test['x'].shape[1:]}, the train rows of {train['x'].shape[1:]}: they must "
            "be alike, prepare both in the same way"
        )
    labels = np.unique(train["y"])
    found = {"train": train} if test is None else {"train": train, "test": test}
    y = {split: _numbered(data["y"], labels, "label", split) for split, data in found.items()}
    if "task" in train:
        ids = np.unique(train["task"])
        owner = {split: _numbered(data["task"], ids, "task", split) for split, data in found.items()}
        members = np.zeros((len(ids), len(labels)), bool)  # (T, C)
        members[owner["train"], y["train"]] = True
        ranks = np.where(members, members.cumsum(1) - 1, -1)
        titles = tuple(str(task) for task in ids)
    else:
        chosen = groups(tasks, labels, order_seed)
        ranks = np.full((len(chosen), len(labels)), -1)
        for task, group in enumerate(chosen):
            ranks[task, np.searchsorted(labels, group)] = np.arange(len(group))
        members = ranks >= 0
        owner = {split: members.argmax(0)[number] for split, number in y.items()}
        titles = tuple(title(group) for group in chosen)
    rows = {split: tuple(np.flatnonzero(owner[split] == task) for task in range(len(titles))) for split in found}
    if test is None:
        rows = _set_aside(rows["train"], y["train"], labels, test_fraction, split_seed)
    elif not members[owner["test"], y["test"]].all():
        row = int(np.argmin(members[owner["test"], y["test"]]))
        raise DataError(f"test row {row} has label {test['y'][row]} in a task whose training rows do not have it")
    titles = _names(names, titles)
    _check(rows, titles)
    sources = {"train": "train", "test": "train" if test is None else "test"}
    return Division(
        titles,
        {split: found[source]["x"] for split, source in sources.items()},
        {split: y[source] for split, source in sources.items()},
        rows,
        members,
        ranks.astype(np.int64),
    )


def groups(tasks: Any, labels: np.ndarray, order_seed: int | None) -> list[np.ndarray]:
    """The classes of each task, T arrays of labels.

    Args:
        tasks: how many, as even as possible, or the labels of each.
        labels: all of them, ascending.
        order_seed: of their order; None for ascending.

    Raises:
        OptionError: for fewer classes than tasks, a class in two groups or in none, an unknown one.
    """
    if isinstance(tasks, int | np.integer) and not isinstance(tasks, bool):
        if not 1 <= tasks <= len(labels):
            raise OptionError(f"tasks must lie in 1 to {len(labels)}, the number of classes, got {tasks}")
        order = labels if order_seed is None else np.random.default_rng(order_seed).permutation(labels)
        return np.array_split(order, tasks)
    if order_seed is not None:
        raise OptionError(
            "order_seed shuffles the classes over a number of tasks; with tasks=[[...], ...] leave it out"
        )
    if not isinstance(tasks, list | tuple) or not all(isinstance(group, list | tuple | np.ndarray) for group in tasks):
        raise OptionError(f"tasks must be a number of tasks or a list of lists of classes, got {tasks!r}")
    found, seen = [np.asarray(group) for group in tasks], set()
    for group in found:
        if not len(group):
            raise OptionError(f"tasks holds a task without classes: {tasks!r}")
        for label in group.tolist():
            if label not in labels:
                raise OptionError(f"tasks names class {label!r}, which no row has; there are {labels.tolist()[:30]}")
            if label in seen:
                raise OptionError(
                    f"class {label!r} stands twice in tasks: for shared classes give task=, an id per row"
                )
            seen.add(label)
    left_out = sorted(set(labels.tolist()) - seen)
    if left_out:
        raise OptionError(f"tasks leaves out the classes {left_out[:30]}: add them, or their rows are never met")
    return found


def title(group: np.ndarray) -> str:
    """Such as `0-1`; `0-1-...-19` for many classes."""
    parts = [str(label) for label in group]
    return "-".join(parts if len(parts) <= 4 else [*parts[:2], "...", parts[-1]])


def numbered(one: Any, classes: tuple[str, ...]) -> Any:
    """The number of a class that is given by name; anything else as it is.

    Raises:
        UnknownName: for a name that is none of `classes`.
    """
    if isinstance(one, str) and one not in classes:
        raise UnknownName("class", one, classes)
    return classes.index(one) if isinstance(one, str) else one


def _names(names: Sequence[str] | None, titles: tuple[str, ...]) -> tuple[str, ...]:
    if names is None:
        return titles
    if isinstance(names, str) or len(names) != len(titles) or len(set(names)) != len(names):
        raise OptionError(f"names must be {len(titles)} different names, one for each task, got {names!r}")
    return tuple(str(name) for name in names)


def _numbered(values: np.ndarray, known: np.ndarray, kind: str, split: str) -> np.ndarray:
    """Each of `values` as an index into `known`, which is sorted: (N,) int64."""
    index = np.searchsorted(known, values).clip(max=len(known) - 1)
    strange = np.flatnonzero(known[index] != values)
    if len(strange):
        row = strange[0]
        raise DataError(f"the {split} rows have {kind} {values[row].item()!r} (row {row}), which no training row has")
    return index.astype(np.int64)


def _set_aside(
    owned: tuple[np.ndarray, ...], y: np.ndarray, labels: np.ndarray, fraction: float, seed: int
) -> dict[str, tuple[np.ndarray, ...]]:
    """The same share of every class of every task for the test split, at least one row of each."""
    rng = np.random.default_rng(seed)
    split: dict[str, list[np.ndarray]] = {"train": [], "test": []}
    for task, rows in enumerate(owned):
        parts: dict[str, list[np.ndarray]] = {"train": [], "test": []}
        for number in np.unique(y[rows]):
            mine = rng.permutation(rows[y[rows] == number])
            count = min(max(round(fraction * len(mine)), 1), len(mine) - 1)
            if count < 1:
                raise DataError(
                    f"class {labels[number]} of task {task} has a single row (row {mine[0]}), which cannot be both "
                    "learned and tested: give test=(x, y), or more rows"
                )
            parts["test"].append(mine[:count])
            parts["train"].append(mine[count:])
        for name, chosen in parts.items():
            split[name].append(np.sort(np.concatenate(chosen)) if chosen else rows)
    return {name: tuple(chosen) for name, chosen in split.items()}


def _check(rows: dict[str, tuple[np.ndarray, ...]], names: tuple[str, ...]) -> None:
    for split, owned in rows.items():
        for name, mine in zip(names, owned, strict=True):
            if not len(mine):
                raise DataError(f"task {name!r} has no {split} rows: every task needs some to learn and some to test")
