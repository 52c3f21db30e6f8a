import pytest
import torch

from recollect.agents.penalties.recycling import Recycling
from recollect.errors import SchemaError


def test_an_agent_without_hidden_units_is_refused(line):
    with pytest.raises(SchemaError, match="Line has no such network"):
        line(Recycling())


def test_it_sees_every_chain_that_the_rows_reach(line, points):
    class Deep(line):
        def __init__(self, penalty):
            self.actor = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
            self.critic = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
            self.target = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
            self.target.requires_grad_(False)
            super().__init__(penalty)

        def logits(self, *parts):
            return torch.cat([self.actor(torch.from_numpy(part["x"])) for part in parts if part])

    recycling = Recycling()
    agent = Deep(recycling)
    assert [layer.width for layer in recycling.layers()] == [3, 4]
    actor, critic = recycling.outputs(points([[1, 0]], [0]), points([[0, 1], [1, 1]], [0, 0]))
    x = torch.tensor([[1.0, 0], [0, 1], [1, 1]])
    assert torch.allclose(actor, agent.actor[:2](x))
    assert not len(critic)
    assert not actor.requires_grad
    assert recycling.outputs({}, {})[0].numel() == 0


def test_moments_of_all_optimisers_are_forgotten(line):
    class Deep(line):
        def __init__(self, penalty):
            self.actor = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1))
            super().__init__(penalty)

    recycling = Recycling()
    agent = Deep(recycling)
    agent.optimiser = torch.optim.Adam(agent.actor.parameters())
    agent.actor(torch.ones(1, 2)).sum().backward()
    agent.optimiser.step()
    recycling.renew(recycling.layers()[0], torch.tensor([1]))
    moments = agent.optimiser.state[agent.actor[2].weight]
    assert moments["exp_avg"][0, 1] == moments["exp_avg_sq"][0, 1] == 0
    assert moments["step"] == 1
