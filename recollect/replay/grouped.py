"""Keeps that share the capacity among groups of rows: classes, tasks, or classes within tasks."""

from heapq import heapify, heappop, heappush, heapreplace
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.errors import DataError
from recollect.rows import Rows
from recollect.schema import SEPARATOR
from recollect.state import Stateful

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay

Label = tuple[int, ...]


def labels_of(rows: Rows, fields: tuple[str, ...]) -> np.ndarray:
    """The label of each row's group, (N, len(fields)) int64, by the values of `fields`.

    Of a sequence target (`recollect.schema`), tokens (N, L) with a SEPARATOR behind the first one, that is the class.

    Raises:
        DataError: for a field that is missing, or is not one whole number per row (a mask, a measurement).
    """
    columns = []
    for field in fields:
        if field not in rows:
            raise DataError(f"rows are grouped by {field!r}, got rows with {', '.join(rows)}: group otherwise")
        values = rows[field]
        if values.ndim == 2 and values.shape[1] > 1 and (values[:, 1] == SEPARATOR).all():
            values = values[:, 0]  # (N, L) -> (N,)
        if values.ndim != 1 or values.dtype.kind not in "iub":
            raise DataError(
                f"rows are grouped by {field!r}, which must be one whole number per row, got {rows[field].dtype} "
                f"{rows[field].shape}: keep rows by another rule, such as reservoir"
            )
        columns.append(values)
    return np.stack(columns, 1).astype(np.int64)


def quota(capacity: int, group: int, groups: int) -> int:
    """The share of group number `group` of `groups`, which differ by at most 1 and never grow with `groups`.

    With fewer slots than groups the first ones have one slot each, and the later ones none.
    """
    return max(-(-(capacity - group) // groups), 0)


class Share:
    """The slots of one group: a heap of (key, slot), or a list; no `__dict__`, so that evaluation's guard skips it."""

    __slots__ = ("heap",)

    def __init__(self, heap: list[Any]) -> None:
        self.heap = heap


class Balanced(Stateful):
    """Every group met so far has the same share of the capacity, and in it a uniform sample of its rows.

    The adaptive quota of Chaudhry et al. 2019 (arXiv:1902.10486) and Avalanche's class-balanced buffer: capacity //
    groups, the remainder to the first groups. A row draws a key ~ U(0, 1), and a group keeps its rows with the largest
    keys, which is a uniform sample of all its rows, and stays one when the share shrinks to a new quota. Other than
    in Avalanche a group shrinks row by row, as soon as another one needs the slot and not before, so that the memory
    is always as full as it can be. One key is drawn per row: the same seed keeps the same rows however they are split.

    Args:
        fields: whose values make a group.
    """

    def __init__(self, fields: tuple[str, ...] = ("y",)) -> None:
        self.fields = fields
        self.numbers: dict[Label, int] = {}  # label -> group number, in the order in which they were met
        self.shares: list[Share] = []  # by group number
        self.filled = 0

    def keys(self, count: int, memory: "StoredReplay") -> list[float]:
        """One key per new row; the lowest of a group is evicted first."""
        return memory.rng.random(count).tolist()

    def slots(self, rows: Rows, count: int, memory: "StoredReplay") -> np.ndarray:
        """A free slot; else one of a group beyond its quota; else the lowest key's of its own group, if it is lower."""
        labels, keys = labels_of(rows, self.fields).tolist(), self.keys(count, memory)
        pairs = zip(map(tuple, labels), keys, strict=True)
        return np.array([self._place(label, key, memory.capacity) for label, key in pairs])

    def _place(self, label: Label, key: float, capacity: int) -> int:
        if label not in self.numbers:
            self.numbers[label] = len(self.shares)
            self.shares.append(Share([]))
        number, groups = self.numbers[label], len(self.shares)
        heap = self.shares[number].heap
        if self.filled < capacity:
            slot, self.filled = self.filled, self.filled + 1
        elif len(heap) < quota(capacity, number, groups):
            beyond = [len(share.heap) - quota(capacity, g, groups) for g, share in enumerate(self.shares)]
            slot = heappop(self.shares[beyond.index(max(beyond))].heap)[1]
        elif heap and key > heap[0][0]:
            return heapreplace(heap, (key, heap[0][1]))[1]
        else:
            return -1
        heappush(heap, (key, slot))
        return slot

    def state_dict(self) -> dict[str, Any]:
        """Labels by group number, and group and key of every slot."""
        keys, groups = np.zeros(self.filled), np.zeros(self.filled, np.int64)
        for number, share in enumerate(self.shares):
            for key, slot in share.heap:
                keys[slot], groups[slot] = key, number
        return {"labels": np.array(list(self.numbers), np.int64), "keys": keys, "groups": groups}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Rebuilds the groups."""
        self.numbers = {tuple(label): number for number, label in enumerate(state["labels"].tolist())}
        self.shares, self.filled = [Share([]) for _ in self.numbers], len(state["keys"])
        for slot, (key, number) in enumerate(zip(state["keys"].tolist(), state["groups"].tolist(), strict=True)):
            self.shares[number].heap.append((key, slot))
        for share in self.shares:
            heapify(share.heap)


class Rings(Balanced):
    """Every group met so far has the same share of the capacity, and in it its newest rows, first in, first out.

    The ring buffer of Lopez-Paz & Ranzato 2017 (arXiv:1706.08840) and Chaudhry et al. 2019. They divide the capacity by
    a number of groups known in advance; here by the groups met so far, as `Balanced` does.
    """

    def keys(self, count: int, memory: "StoredReplay") -> list[float]:
        """Arrival numbers: the oldest is the lowest."""
        return list(map(float, range(memory.offered, memory.offered + count)))


class Greedy(Stateful):
    """GDumb's greedy balancer (Prabhu, Torr & Dokania 2020, "GDumb", ECCV, algorithm 1).

    A row is kept if its group is not in memory, or has fewer rows than k = capacity // groups in memory, in which the
    row's own group does not count while it is new; a full memory then evicts a random row of the largest group, the
    one met first where several are.

    Args:
        fields: whose values make a group.
    """

    def __init__(self, fields: tuple[str, ...] = ("y",)) -> None:
        self.fields = fields
        self.shares: dict[Label, Share] = {}  # label -> its slots, in the order in which labels were met
        self.filled = 0

    def slots(self, rows: Rows, count: int, memory: "StoredReplay") -> np.ndarray:
        """Row by row; -1 for those that their group does not need."""
        return np.array([self._place(label, memory) for label in map(tuple, labels_of(rows, self.fields).tolist())])

    def _place(self, label: Label, memory: "StoredReplay") -> int:
        mine = self.shares.setdefault(label, Share([])).heap
        present = sum(bool(share.heap) for share in self.shares.values())
        return -1 if mine and len(mine) >= memory.capacity // present else self._take(mine, memory)

    def _take(self, mine: list[int], memory: "StoredReplay") -> int:
        """A free slot, or that of a random row of the largest group, for a row of the group with the slots `mine`."""
        if self.filled < memory.capacity:
            slot, self.filled = self.filled, self.filled + 1
        else:
            largest = max((share.heap for share in self.shares.values()), key=len)
            slot = largest.pop(int(memory.rng.random() * len(largest)))
        mine.append(slot)
        return slot

    def state_dict(self) -> dict[str, Any]:
        """Labels, and the slots of each, in order."""
        every = [slot for share in self.shares.values() for slot in share.heap]
        counts = [len(share.heap) for share in self.shares.values()]
        return {"labels": np.array(list(self.shares), np.int64), "slots": np.array(every, np.int64), "counts": counts}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Rebuilds the groups."""
        slots, ends = state["slots"].tolist(), np.cumsum(state["counts"], dtype=int).tolist()
        starts, labels = [0, *ends[:-1]], map(tuple, state["labels"].tolist())
        spans = zip(labels, starts, ends, strict=False)
        self.shares, self.filled = {label: Share(slots[start:end]) for label, start, end in spans}, len(slots)


class Balancoir(Greedy):
    """Balanced reservoir sampling (Buzzega, Boschini, Porrello & Calderara 2020, arXiv:2010.05595, "BRS").

    A row is kept as often as a reservoir keeps it, with probability capacity / offered, but takes the slot of a random
    row of the largest group, the one met first where several are. A row is always kept if its group has fewer rows in
    memory than the median of the groups there, as in published code.

    Args:
        fields: whose values make a group.
    """

    def slots(self, rows: Rows, count: int, memory: "StoredReplay") -> np.ndarray:
        """Free slots while there are any; then row by row, -1 for those that are not kept."""
        labels = map(tuple, labels_of(rows, self.fields).tolist())
        return np.array([self._place(label, memory, memory.offered + i) for i, label in enumerate(labels)])

    def _place(self, label: Label, memory: "StoredReplay", arrival: int = 0) -> int:
        mine = self.shares.setdefault(label, Share([])).heap
        if self.filled == memory.capacity:
            chosen = memory.rng.random() * (arrival + 1) < memory.capacity
            counts = [len(share.heap) for share in self.shares.values() if share.heap]
            if not chosen and len(mine) >= np.median(counts):
                return -1
        return self._take(mine, memory)
