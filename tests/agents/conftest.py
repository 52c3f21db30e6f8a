"""A tiny labelled stream and a memory that gives everything back, as what agents are driven with."""

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, MultiDiscrete

from recollect.core import ReplayStrategy, TaskStream
from recollect.rows import concat, num_rows, take
from recollect.schema import SAMPLE


class Blobs(TaskStream):
    """Two classes per task, Gaussian blobs on a circle; tasks of 24, 25, 26, ... rows."""

    schema, target, batched, scores = SAMPLE, "class", True, {"accuracy": "max"}

    def __init__(self, num_tasks=3, dims=4, batch=5, logged=True, images=False):
        self.tasks = tuple(f"task {i}" for i in range(num_tasks))
        super().__init__()
        self.dims, self.logged, self.images = dims, logged, images
        high = 255 if images else np.inf
        dtype = np.uint8 if images else np.float32
        self.observation_space = Box(0 if images else -np.inf, high, (batch, dims), dtype)
        self.action_space = MultiDiscrete([2 * num_tasks] * batch)

    def data(self, task, split="train"):
        if not self.logged:
            return None
        rng = np.random.default_rng([task, split == "test"])
        y = 2 * task + rng.integers(0, 2, 24 + task)
        centres = np.random.default_rng(9).normal(size=(2 * len(self.tasks), self.dims))
        x = centres[y] + 0.3 * rng.normal(size=(len(y), self.dims))
        return {"x": (40 * x + 128).astype(np.uint8) if self.images else x.astype(np.float32), "y": y}


class Everything(ReplayStrategy):
    """Keeps all rows, gives back the first n, and notes the feedback."""

    def __init__(self, capacity=1000, *, seed=0):
        super().__init__(capacity, seed=seed)
        self.rows, self.heard = {}, []

    def add(self, rows):
        self.rows = concat([self.rows, rows])

    def sample(self, n, like=None):
        index = np.arange(min(n, len(self)))
        return take(self.rows, index) | {"index": index}

    def __len__(self):
        return num_rows(self.rows)

    def feedback(self, index, **signals):
        self.heard.append((index, signals))


@pytest.fixture
def blobs():
    """The class of the stream, to be made with options."""
    return Blobs


@pytest.fixture
def everything():
    """The class of the memory."""
    return Everything


@pytest.fixture
def wrapped():
    """The stream as `gymnasium.make` would give it: attributes behind a wrapper."""
    return gymnasium.Wrapper(Blobs())


@pytest.fixture
def pictures():
    """The class of the stream whose rows are images of 4 x 4."""

    class Pictures(Blobs):
        def __init__(self, **options):
            super().__init__(dims=16, images=True, **options)
            self.observation_space = Box(0, 255, (5, 4, 4), np.uint8)

        def data(self, task, split="train"):
            rows = super().data(task, split)
            return rows | {"x": rows["x"].reshape(-1, 4, 4)}

    return Pictures


@pytest.fixture
def masked():
    """The class of a stream of masks, 8 x 8: left half background, right half the task's class; void in a corner."""

    class Masks(Blobs):
        target, scores = "mask", {"miou": "max"}

        def __init__(self, num_tasks=3):
            super().__init__(num_tasks=num_tasks, images=True)
            self.observation_space = Box(0, 255, (5, 8, 8, 3), np.uint8)
            self.action_space = MultiDiscrete(np.full((5, 8, 8), num_tasks + 1))

        def data(self, task, split="train"):
            rng = np.random.default_rng(task)
            y = np.zeros((12, 8, 8), np.uint8)
            y[:, :, 4:], y[:, 0, 0] = task + 1, 255
            return {"x": rng.integers(256, size=(12, 8, 8, 3), dtype=np.uint8), "y": y}

    return Masks
