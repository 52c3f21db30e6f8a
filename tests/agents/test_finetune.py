import numpy as np
import pytest
import torch

from recollect.agents.er import ER
from recollect.agents.finetune import Finetune
from recollect.core import ReplayStrategy


class Nothing(ReplayStrategy):
    """Remembers nothing."""

    def add(self, rows):
        pass

    def __len__(self):
        return 0


def test_it_takes_no_memory():
    assert Finetune.memory == "none"


def test_it_is_er_without_a_memory(blobs):
    finetune, er = (kind(blobs(), Nothing(1), device="cpu", lr=0.2) for kind in (Finetune, ER))
    for task in (0, 1):
        one, other = finetune.learn(blobs().data(task)), er.learn(blobs().data(task))
        assert one["loss"] == pytest.approx(other["loss"], rel=1e-5)
    torch.testing.assert_close(finetune.network.head.weight, er.network.head.weight)


def test_it_learns_and_forgets(blobs):
    agent = Finetune(blobs(), Nothing(1), device="cpu")

    def accuracy(task):
        rows = blobs().data(task, "test")
        return np.mean(agent.predict(rows)["y"] == rows["y"])

    found = []
    for task in (0, 1):
        for _ in range(60):
            agent.learn(blobs().data(task))
        found.append(accuracy(task))
    assert min(found) > 0.9
    assert accuracy(0) < found[0] - 0.3
