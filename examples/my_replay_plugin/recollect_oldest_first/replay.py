"""Least recently seen first: a uniform sample of all rows met, replayed in turn."""

import numpy as np

from recollect.replay.stored import StoredReplay
from recollect.state import Stateful


class OldestFirst(StoredReplay):
    """The rows that were seen longest ago, when they arrived or were replayed; ties in random order."""

    def __init__(self, capacity, *, keep="reservoir", **options):
        super().__init__(capacity, keep=keep, draw=LeastRecent(), **options)


class LeastRecent(Stateful):
    """Draws the rows drawn longest ago; Stateful, so that a resumed run draws what it would have drawn."""

    def __init__(self):
        self.draws = 0
        self.replayed = np.zeros((2, 0), np.int64)  # (2, slots) rows met, and draws made, when each was last drawn

    def slots(self, n, like, memory):
        """The slots of up to `n` rows, (m,) int64."""
        stored = len(memory)
        self.replayed = np.pad(self.replayed, ((0, 0), (0, stored - self.replayed.shape[1])))
        arrived = memory.store.records["index"][:stored] // memory.capacity
        seen = np.maximum(self.replayed[0], arrived)  # a row that has taken over a slot arrived after it was drawn
        chosen = np.lexsort((memory.rng.random(stored), self.replayed[1], seen))[:n]
        self.draws += 1
        self.replayed[:, chosen] = [[memory.offered], [self.draws]]
        return chosen
