"""Least recently replayed first: a uniform sample of all rows met, replayed in turn."""

import numpy as np

from recollect.replay.stored import StoredReplay
from recollect.state import Stateful


class OldestFirst(StoredReplay):
    """Rows that were never replayed come first, then those replayed longest ago; ties in random order."""

    def __init__(self, capacity, *, keep="reservoir", **options):
        super().__init__(capacity, keep=keep, draw=LeastRecent(), **options)


class LeastRecent(Stateful):
    """Draws the rows drawn longest ago; Stateful, so that a resumed run draws what it would have drawn."""

    def __init__(self):
        self.turn = 0
        self.drawn = self.turns = np.zeros(0, np.int64)  # (slots,) index of the row last drawn from each slot, and when

    def slots(self, n, like, memory):
        """The slots of up to `n` rows, (m,) int64."""
        stored = len(memory)
        grow = (0, stored - len(self.drawn))
        self.drawn, self.turns = np.pad(self.drawn, grow, constant_values=-1), np.pad(self.turns, grow)
        overwritten = memory.find(self.drawn) < 0  # by a newer row, which has not been drawn yet
        waited_since = np.where(overwritten, 0, self.turns)  # (stored,)
        chosen = np.lexsort((memory.rng.random(stored), waited_since))[:n]
        self.turn += 1
        self.turns[chosen], self.drawn[chosen] = self.turn, memory.store.records["index"][chosen]
        return chosen
