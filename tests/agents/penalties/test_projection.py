import gymnasium as gym
import numpy as np
import pytest
import torch

import recollect
from recollect.agents.penalties.projection import Projection, tasks_of
from recollect.errors import SchemaError


def test_remembered_rows_are_those_of_other_tasks(line, points, everything):
    memory = everything()
    projection = Projection()
    line(projection, memory)
    assert projection.remembered(5, {}) == {}
    memory.add(points([[0, 0], [1, 1], [2, 2]], [0, 1, 2], task=[0, 1, 0]))
    assert projection.remembered(9, {})["y"].tolist() == [0, 1, 2]  # tasks are hidden: all count
    projection.begin_task(0, None)
    assert projection.remembered(9, {})["y"].tolist() == [1]
    assert projection.remembered(1, {}) == {}  # the one row drawn is of the running task


def test_flat_gradients_have_the_same_axes(line, points, everything):
    projection = Projection()
    agent = line(projection, everything(), weights=(1.0, 2.0))
    agent.unused = torch.nn.Linear(1, 1, bias=False)
    agent.frozen = torch.nn.Linear(1, 1).requires_grad_(False)
    agent.network.weight.grad = torch.tensor([[3.0, 4.0]])
    assert projection.flat_gradient().tolist() == [3.0, 4.0, 0.0]
    reference = projection.reference(points([[1, 0], [0, 1]], [0, 0]))  # the mean of (1, 0) and (0, 2)
    assert reference.tolist() == [0.5, 1.0, 0.0]
    assert agent.network.weight.grad.tolist() == [[3.0, 4.0]]
    projection.write(torch.tensor([5.0, 6.0, 7.0]))
    assert agent.network.weight.grad.tolist() == [[5.0, 6.0]]
    assert agent.unused.weight.grad.tolist() == [[7.0]]
    assert agent.frozen.weight.grad is None


def test_references_are_gradients_of_views(line, points, everything):
    projection = Projection()
    agent = line(projection, everything(), weights=(1.0, 2.0))
    agent.view = lambda rows: rows | {"x": 2 * rows["x"]}
    assert projection.reference(points([[1, 0], [0, 1]], [0, 0])).tolist() == [2.0, 4.0]  # of (x w)^2 / 2: x^2 w


def test_rows_by_task():
    rows = {"task": np.array([2, 0, -1, 2]), "y": np.arange(4)}
    assert [part["y"].tolist() for part in tasks_of(rows)] == [[1], [0, 3]]
    assert tasks_of({}) == []


def test_an_agent_without_a_memory_is_refused():
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    for agent, replay in (("finetune", None), ("er", "none")):
        with pytest.raises(SchemaError, match="projects by remembered rows"):
            recollect.make_agent(agent, stream, replay=replay, penalty="a-gem", device="cpu")


def test_an_agent_that_learns_from_replayed_rows_alone_is_refused(line, everything):
    class OffPolicy(line):
        replay_batch = 8

    with pytest.raises(SchemaError, match="replay_batch is set"):
        OffPolicy(Projection(), everything())


@pytest.mark.parametrize("name", ["a-gem", "gem"])
def test_remembered_rows_are_not_trained_on(name):
    """Where nothing has to be turned, er with a projection is er that replays nothing."""
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    weights = []
    for options in ({"penalty": name}, {"replayed_per_new": 0.0}):
        agent = recollect.make_agent("er", stream, replay="reservoir", seed=0, device="cpu", **options)
        assert agent.owed(10) == [0]
        recollect.run(stream, agent, steps_per_task=8, evaluate_rows=4, schedule=[0, 0])
        assert len(agent.replay) == 160
        weights.append([p.detach().clone() for _, p in agent.named_parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*weights, strict=True))
