"""A replay strategy of one's own, in the script that uses it: three methods, and a name."""

import gymnasium as gym
import numpy as np

import recollect
from recollect.registry import registry
from recollect.rows import concat, num_rows, take


class FirstSeen(recollect.ReplayStrategy):
    """Keeps the very first rows it meets, for ever, and replays them in turn."""

    def __init__(self, capacity, *, seed=0):
        self.capacity, self.rows, self.next = capacity, {}, 0

    def add(self, rows):
        room = self.capacity - len(self)
        self.rows = concat([self.rows, take(rows, np.arange(min(room, num_rows(rows))))])

    def sample(self, n, like=None):
        index = np.arange(self.next, self.next + min(n, len(self))) % max(len(self), 1)
        self.next = int(index[-1]) + 1 if len(index) else 0
        return take(self.rows, index) | {"index": index}

    def __len__(self):
        return num_rows(self.rows)


registry.replay("first-seen", f"{__name__}:FirstSeen", "the first rows met, in turn")

stream = gym.make("recollect/SplitDigits-v0")
for name in ("first-seen", "reservoir"):
    agent = recollect.make_agent("er", stream, replay=name, capacity=100, seed=0)
    history = recollect.run(stream, agent, seed=0)
    print(f"{name:>12}  learned and kept, by task:", history.scores["accuracy"][-1].round(2))
