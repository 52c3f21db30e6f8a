"""Networks of one or two weights, as what penalties are computed by hand on."""

import numpy as np
import pytest
import torch

from recollect.core import Agent
from recollect.schema import SAMPLE


class Line(Agent):
    """f(x) = w.x with two weights; a row's loss is (f(x) - y)^2 / 2, so its gradient is (f(x) - y) x."""

    schema = SAMPLE

    def __init__(self, penalty, replay=None, weights=(1.0, 2.0)):
        self.network = self.build()
        self.penalty, self.replay = penalty, replay
        self.debt, self.updates = 0.0, 0
        self.put(*weights)
        self.optimiser = torch.optim.SGD(self.network.parameters(), lr=0.1)
        penalty.bind(self)

    def build(self):
        return torch.nn.Linear(2, 1, bias=False)

    def put(self, *weights):
        with torch.no_grad():
            self.network.weight[0] = torch.tensor(weights)

    @property
    def weights(self):
        return self.network.weight.detach()[0].tolist()

    def logits(self, *parts):
        return torch.cat([self.network(torch.from_numpy(part["x"])) for part in parts if part])

    def row_losses(self, *parts):
        wanted = torch.cat([torch.from_numpy(part["y"]) for part in parts if part])
        return (self.logits(*parts)[:, 0] - wanted).square() / 2

    def step(self, new, replayed=None):
        """One gradient step on the new rows' mean loss."""
        self.descend(self.row_losses(new).mean(), self.optimiser, new, replayed or {})


def rows(x, y, **more):
    """Rows of the line."""
    return {"x": np.array(x, np.float32), "y": np.array(y, np.float32)} | {k: np.array(v) for k, v in more.items()}


@pytest.fixture
def line():
    """The class of the agent."""
    return Line


@pytest.fixture
def points():
    """The function that makes its rows."""
    return rows


class Deep(Line):
    """f(x) = v.relu(W x + b): four hidden units, of which the fourth never wakes."""

    def build(self):
        network = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.ReLU(), torch.nn.Linear(4, 1))
        with torch.no_grad():
            network[0].weight.copy_(torch.tensor([[4.0, 0.0], [0.0, 2.0], [0.1, 0.1], [1.0, 1.0]]))
            network[0].bias.copy_(torch.tensor([0.0, 0.0, 0.0, -100.0]))
            network[2].weight.copy_(torch.tensor([[1.0, -1.0, 3.0, 5.0]]))
            network[2].bias.zero_()
        return network

    def put(self, *weights):
        """Its weights are those it was built with."""


@pytest.fixture
def deep():
    """The class of an agent with hidden units."""
    return Deep
