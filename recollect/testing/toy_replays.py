"""Toy replay strategies: a retrieval memory, a generator, and a selector that works at task ends."""

from typing import Any

import numpy as np

from recollect.core import ReplayStrategy
from recollect.errors import DataError, OptionError
from recollect.rows import Rows, concat, num_rows, take


def check_count(n: Any) -> int:
    """`n` as an int.

    Raises:
        OptionError: unless it is a whole number of at least 0.
    """
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
        raise OptionError(f"sample(n): n must be a whole number of at least 0, got {n!r}")
    return int(n)


class ToyNearest(ReplayStrategy):
    """Keeps the newest rows, and gives those nearest to `like`; any of them where nothing is asked for.

    Nearness is the Euclidean distance over all float fields that memory and question share; several questions
    take turns.
    """

    def __init__(self, capacity: int, *, seed: int = 0) -> None:
        super().__init__(capacity, seed=seed)
        self.rows: Rows = {}

    def __len__(self) -> int:
        return num_rows(self.rows)

    def add(self, rows: Rows) -> None:
        """Keeps the newest `capacity` rows.

        Raises:
            DataError: if fields, dtypes or shapes differ from those of the rows before.
        """
        count = num_rows(rows)
        if not count:
            return
        form = {field: (values.dtype, values.shape[1:]) for field, values in rows.items()}
        kept = {field: (values.dtype, values.shape[1:]) for field, values in self.rows.items()}
        if kept and form != kept:
            raise DataError(f"rows changed: this memory holds {kept}, got {form}")
        joined = concat([self.rows, rows])
        self.rows = take(joined, np.arange(num_rows(joined))[-self.capacity :])

    def contents(self) -> Rows:
        """All rows."""
        return dict(self.rows)

    def sample(self, n: int, like: Rows | None = None) -> Rows:
        """Up to `n` rows without replacement, and their index."""
        n = min(check_count(n), len(self))
        if not n:
            return {}
        shared = [f for f, v in self.rows.items() if v.dtype.kind == "f" and f in (like or {})]
        index = self._nearest(n, like or {}, shared) if shared else self.rng.permutation(len(self))[:n]
        return take(self.rows, index) | {"index": index}

    def _nearest(self, n: int, like: Rows, shared: list[str]) -> np.ndarray:
        apart: Any = 0.0
        for field in shared:
            asked, kept = (v[field].reshape(num_rows(v), -1) for v in (like, self.rows))
            apart = apart + ((asked[:, None] - kept) ** 2).sum(2)  # (Q, N)
        ranks = np.argsort(apart, axis=1, kind="stable").T.ravel()  # the nearest of every question, then the second
        _, first = np.unique(ranks, return_index=True)
        return ranks[np.sort(first)][:n]


class ToyGaussian(ToyNearest):
    """Gives no row it was given: every float field is drawn from a Gaussian fitted to it, other fields from the rows.

    `update` fits; before that there is nothing to give. Generated rows have index = task = step = -1.
    """

    def __init__(self, capacity: int, *, seed: int = 0) -> None:
        super().__init__(capacity, seed=seed)
        self.fitted: dict[str, list[np.ndarray]] | None = None

    def update(self) -> dict[str, float]:
        """Fits mean and deviation of every float field."""
        floats = {field: v for field, v in self.rows.items() if v.dtype.kind == "f"}
        self.fitted = {field: [v.mean(0), v.std(0)] for field, v in floats.items()}
        spreads = [float(spread.mean()) for _, spread in self.fitted.values()]
        return {"spread": sum(spreads) / max(len(spreads), 1)}

    def sample(self, n: int, like: Rows | None = None) -> Rows:
        """`n` generated rows; none before the first `update`."""
        n = check_count(n)
        if not n or not len(self) or self.fitted is None:
            return {}
        made = take(self.rows, self.rng.integers(len(self), size=n))
        for field, (mean, spread) in self.fitted.items():
            made[field] = (mean + spread * self.rng.standard_normal(made[field].shape)).astype(made[field].dtype)
        for field in ("task", "step"):
            if field in made:
                made[field] = np.full_like(made[field], -1)
        return made | {"index": np.full(n, -1)}


class ToySelector(ReplayStrategy):
    """At a task's end keeps those of its logged steps that pay best among those the agent would take; adds nothing.

    All tasks have the same share of the capacity.
    """

    reads = ("rew", "act")
    asks = ("act_task",)
    needs_tasks = needs_data = True

    def __init__(self, capacity: int, *, seed: int = 0) -> None:
        super().__init__(capacity, seed=seed)
        self.kept: list[Rows] = []  # of each task that has ended, best first

    def __len__(self) -> int:
        return sum(map(num_rows, self.kept))

    def add(self, rows: Rows) -> None:
        """Nothing: rows are selected when their task ends.

        Raises:
            DataError: if the rows are of unequal length.
        """
        num_rows(rows)

    def end_task(self, task: int, data: Rows | None) -> None:
        """Selects."""
        if data is None:
            raise DataError("toy-selector needs the logged rows of a task when it ends, got none")
        obs = next(values for field, values in data.items() if field.split("/")[0] == "obs")
        agrees = data["act"] == self.agent.act_task(obs, task)
        best = np.lexsort((-data["rew"], ~agrees))
        self.kept.append(take(data, best) | {"task": np.full(num_rows(data), task)})
        share = self.capacity // len(self.kept)
        self.kept = [take(rows, np.arange(min(share, num_rows(rows)))) for rows in self.kept]

    def sample(self, n: int, like: Rows | None = None) -> Rows:
        """Up to `n` rows without replacement, and their index."""
        n = min(check_count(n), len(self))
        if not n:
            return {}
        index = self.rng.permutation(len(self))[:n]
        return take(concat(self.kept), index) | {"index": index}
