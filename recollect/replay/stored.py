"""Strategies made of small parts over one store.

keep     which slot a new row takes
draw     which rows come back
n_step   how rows are joined before they are kept, if they are
"""

import os
from importlib import import_module
from typing import Any

import numpy as np

from recollect.core import Agent, ReplayStrategy
from recollect.errors import DataError, OptionError, SchemaError, UnknownName
from recollect.replay.draw import DRAWS, Draw
from recollect.replay.keep import KEEPS, Keep
from recollect.replay.n_step import NStep
from recollect.replay.store import Store
from recollect.rows import Rows


class StoredReplay(ReplayStrategy):
    """Stores rows as they are; `keep` and `draw` decide which.

    The field "index" of a sample, int64, names a stored row for good: it is `arrival * capacity + slot`, where
    arrival counts the rows offered before it. `find` gives its slot, or -1 once it has been overwritten. Rows that
    are offered with an "index" of their own lose it.

    `nbytes` counts, for every stored row, its fields and its index of 8 bytes, and what the parts hold; it does not
    count free slots, nor the alignment of a record (below 8 bytes a row but for exotic dtypes).

    Args:
        capacity: rows (episodes for TRAJECTORY) over all tasks.
        keep: a name in `recollect.replay.keep.KEEPS`, or such an object.
        draw: a name in `recollect.replay.draw.DRAWS`, or such an object.
        n_step: steps that are joined into one row as they are added; see `recollect.replay.n_step`. The agent then
            discounts what it bootstraps by gamma ** n_step.
        gamma: discount of the rewards joined, in [0, 1]; not used with n_step 1.
        replace: draw with replacement; None: with it for agents with a `replay_batch`, as reinforcement learning
            buffers do, without it beside new rows (and without an agent).
        directory: memory-map the rows to a private file in this folder, which vanishes with the memory.
        seed: of keeping and drawing.

    Raises:
        OptionError: for a capacity below 1, or an option of the wrong type.
        UnknownName: for a keep or a draw that does not exist.
    """

    def __init__(
        self,
        capacity: int,
        *,
        keep: str | Keep = "ring",
        draw: str | Draw = "uniform",
        n_step: int = 1,
        gamma: float = 0.99,
        replace: bool | None = None,
        directory: str | os.PathLike | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(capacity, seed=seed)
        if replace is not None and not isinstance(replace, bool):
            raise OptionError(f"replay option replace must be True, False or None (the agent decides), got {replace!r}")
        if directory is not None and not isinstance(directory, str | os.PathLike):
            raise OptionError(f"replay option directory must be a path or None (in memory), got {directory!r}")
        self.keep: Keep = _part("keep", KEEPS, keep)
        self.draw: Draw = _part("draw", DRAWS, draw)
        self._written = getattr(self.draw, "written", None)
        self.store = Store(self.capacity, directory)
        self.joined = NStep(n_step, gamma)
        self.replace, self.offered = replace, 0  # offered: rows met so far

    @property
    def n_step(self) -> int:
        """Steps that one row spans."""
        return self.joined.steps

    def bind(self, agent: Agent) -> None:
        """Keeps the agent, and lets it decide `replace` where no option has.

        Raises:
            SchemaError: if a part asks for a method that the agent does not have.
        """
        for part in (self.keep, self.draw):
            for name in getattr(part, "asks", ()):
                if not callable(getattr(agent, name, None)):
                    title = f"replay part {type(part).__name__} asks for {name}(), which {type(agent).__name__}"
                    raise SchemaError(f"{title} does not have: take another part, or an agent that has it")
        super().bind(agent)
        if self.replace is None:
            self.replace = agent.replay_batch is not None

    @property
    def asked(self) -> Agent:
        """The agent, for parts that ask it.

        Raises:
            SchemaError: if the memory serves none.
        """
        agent = getattr(self, "agent", None)
        if agent is None:
            raise SchemaError(
                f"{type(self).__name__} asks an agent, and serves none: make it with make_agent, or bind it"
            )
        return agent

    def add(self, rows: Rows) -> None:
        """Offers new rows; no rows are ignored.

        Raises:
            DataError: for rows of unequal length, or formed otherwise than the first ones; none of them is stored.
        """
        rows = self.store.check(rows)
        if rows and self.joined.steps > 1:
            rows = self.joined.join(rows)
        if rows:
            count = len(rows[self.store.fields[0]])
            self._put(self.keep.slots(rows, count, self), rows, count)

    def _put(self, slots: range | np.ndarray, rows: Rows, count: int) -> None:
        """Writes checked rows into `slots`, and tells the draw."""
        self.store.write(slots, rows, self.offered)
        self.offered += count
        if self._written is not None:
            self._written(slots, self)

    def sample(self, n: int, like: Rows | None = None) -> Rows:
        """Up to `n` rows and their "index", as copies that nothing else holds; `{}` when empty or `n` is 0.

        Fields are strided views of one fresh array of records, as fast to hand to torch as contiguous ones.

        Raises:
            OptionError: unless `n` is a whole number of at least 0.
        """
        if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < 0:
            raise OptionError(f"n, the number of rows to sample, must be a whole number of at least 0, got {n!r}")
        if not n or not len(self):
            return {}
        slots = self.draw.slots(int(n), like, self)
        if not len(slots):
            return {}
        rows = self.store.take(slots)
        return rows | self.draw.extra(slots, self) if hasattr(self.draw, "extra") else rows

    def feedback(self, index: np.ndarray, **signals: np.ndarray) -> None:
        """Tells keep and draw what the agent found out about sampled rows; negative indices are ignored.

        Raises:
            DataError: for a signal that has not one entry per index, or that they cannot use.
        """
        hears = [part.feedback for part in (self.keep, self.draw) if hasattr(part, "feedback")]
        if not hears:
            return
        index = np.asarray(index, np.int64)
        signals = {name: np.asarray(values) for name, values in signals.items()}
        for name, values in signals.items():
            if values.shape[:1] != index.shape:
                raise DataError(f"feedback {name!r} must have one entry per index, {index.shape}, got {values.shape}")
        if index.min(initial=0) < 0:
            stored = index >= 0
            index, signals = index[stored], {name: values[stored] for name, values in signals.items()}
        slots = self.store.find(index)
        for hear in hears:
            hear(slots, signals, self)

    def contents(self) -> Rows:
        """All fields of all stored rows, by slot: views of the store."""
        return {field: self.store.column(field) for field in self.store.fields} if len(self) else {}

    def find(self, index: np.ndarray) -> np.ndarray:
        """The slots of sampled rows by their "index" (n,); -1 where negative, or overwritten since."""
        return self.store.find(index)

    def __len__(self) -> int:
        return len(self.store)


class Fifo(StoredReplay):
    """The newest `capacity` rows, drawn uniformly; the usual buffer of reinforcement learning (Lin 1992)."""


class Reservoir(StoredReplay):
    """A uniform sample of all rows ever met (Vitter 1985, algorithm R), drawn uniformly.

    Experience replay as in Chaudhry et al. 2019, "On tiny episodic memories in continual learning"
    (arXiv:1902.10486). Every offer counts: rows that come again in a second pass are offered again.
    """

    def __init__(self, capacity: int, *, keep: str | Keep = "reservoir", **options: Any) -> None:
        super().__init__(capacity, keep=keep, **options)


def _part(kind: str, known: dict[str, Any], wanted: Any) -> Any:
    """The part called `wanted`, or `wanted` itself if it is one."""
    if not isinstance(wanted, str):
        if not hasattr(wanted, "slots"):
            raise OptionError(f"replay option {kind} must be a name or an object with slots(), got {wanted!r}")
        return wanted
    if wanted not in known:
        raise UnknownName(kind, wanted, known)
    made = known[wanted]
    if isinstance(made, str):  # "module:Object", for what is heavy
        module, name = made.split(":")
        made = getattr(import_module(module), name)
    return made()
