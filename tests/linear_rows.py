"""One input, four classes, no hidden layer: a network whose losses and slopes are worked out by hand, in numpy.

Class 3 is never met. `linear(blobs, everything, cls)` is an agent with that network.
"""

import numpy as np
import torch

W, B = np.array([[0.5], [-0.5], [0.2], [0.4]]), np.array([0.1, 0.0, -0.3, 0.2])
STORED = np.array([[0.4, -0.2, 0.9, 0.0], [1.0, 0.0, -1.0, 0.5]], np.float32)
NEW = {"x": np.array([[1.0], [2.0]], np.float32), "y": np.array([0, 1])}
REPLAYED = {
    "x": np.array([[3.0], [-1.0]], np.float32), "y": np.array([0, 2]), "logits": STORED, "index": np.array([4, 7]),
}  # fmt: skip


def linear(blobs, everything, cls, replay=None, **options):
    """An agent of `cls` with the weights W and B and a memory that notes what it hears."""
    return put(cls(blobs(num_tasks=2, dims=1), replay or everything(), device="cpu", hidden=(), **options))


def logits_of(rows, weight=W, bias=B):
    return rows["x"] @ weight.T + bias  # (N, 1) -> (N, 4)


def log_softmax(logits, allowed=None):
    """Over the classes in `allowed` (N, 4), all if None."""
    logits = np.where(np.ones_like(logits, bool) if allowed is None else allowed, logits, -np.inf)
    return logits - np.log(np.exp(logits).sum(1, keepdims=True))


def cross_entropies(rows, allowed=None):
    return -log_softmax(logits_of(rows), allowed)[np.arange(len(rows["y"])), rows["y"]]


def slopes_of_entropy(rows, allowed=None):
    """Of each row's cross-entropy by its logits (N, 4)."""
    return np.exp(log_softmax(logits_of(rows), allowed)) - np.eye(4)[rows["y"]]


def step(parts):
    """The gradient by W and B of rows whose losses have these slopes by their logits, weighed: sum of (w * slope) x."""
    weight = sum((factor[:, None] * slopes).T @ rows["x"] for rows, slopes, factor in parts)
    return weight, sum((factor[:, None] * slopes).sum(0) for _, slopes, factor in parts)


def mean(rows):
    """The factor of each row in a mean."""
    return np.full(len(rows["x"]), 1 / len(rows["x"]))


def put(agent, weight=W, bias=B):
    """Gives the agent's head these weights."""
    with torch.no_grad():
        agent.network.head.weight.copy_(torch.from_numpy(weight))
        agent.network.head.bias.copy_(torch.from_numpy(bias))
    return agent


def weights_of(agent):
    return agent.network.head.weight.detach().numpy().copy(), agent.network.head.bias.detach().numpy().copy()


def assert_stepped(agent, gradient, lr=0.1, start=(W, B)):
    """The head is where one step of plain SGD from `start` leads."""
    for found, before, slope in zip(weights_of(agent), start, gradient, strict=True):
        np.testing.assert_allclose(found, before - lr * slope, rtol=1e-5, atol=1e-7)
