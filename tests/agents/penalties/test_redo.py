import pytest
import torch

from recollect.agents.penalties.redo import ReDo
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def test_dormant_units_are_renewed_when_it_is_time(deep, points):
    penalty = ReDo(every=2, threshold=0.1)
    agent = deep(penalty)
    new = points([[1, 1]], [0])  # activations (4, 2, 0.2, 0): mean 1.55, so scores 2.58, 1.29, 0.129, 0
    agent.row_losses(new).sum().backward()
    before = [parameter.detach().clone() for parameter in agent.network.parameters()]
    penalty.project(new, {})
    assert all(torch.equal(*pair) for pair in zip(before, agent.network.parameters(), strict=True))
    penalty.project(new, {})
    weight, bias, out, _ = agent.network.parameters()
    assert torch.equal(weight[:3], before[0][:3])
    assert not torch.equal(weight[3], before[0][3])
    assert weight[3].abs().max() <= 2**-0.5  # 1 / sqrt(fan in)
    assert bias.tolist() == [0.0] * 4
    assert out.tolist() == [[1.0, -1.0, 3.0, 0.0]]
    assert penalty.renewed == 1


def test_the_threshold_is_a_share_of_the_layers_mean(deep, points):
    for threshold, renewed in ((0.0, 1), (0.12, 1), (0.13, 2), (1.3, 3)):
        penalty = ReDo(every=1, threshold=threshold)
        deep(penalty)
        penalty.project(points([[1, 1]], [0]), {})
        assert penalty.renewed == renewed


def test_the_step_and_its_momentum_leave_renewed_units_as_they_were_drawn(deep, points):
    penalty = ReDo(every=2, threshold=0.13)
    agent, new = deep(penalty), points([[1, 1]], [0])
    agent.optimiser = torch.optim.SGD(agent.network.parameters(), lr=0.01, momentum=0.9)
    agent.step(new)  # fills the momentum
    assert agent.optimiser.state[agent.network[2].weight]["momentum_buffer"][0, 2] != 0
    agent.step(new)
    assert penalty.renewed == 2
    assert agent.network[2].weight[0, 2:].tolist() == [0.0, 0.0]
    assert agent.network[0].bias[2:].tolist() == [0.0, 0.0]
    velocity = agent.optimiser.state[agent.network[0].weight]["momentum_buffer"]
    assert velocity[2:].abs().max() == 0
    assert velocity[:2].abs().max() > 0


def test_replayed_rows_count(deep, points):
    penalty = ReDo(every=1, threshold=0.0)
    deep(penalty)
    penalty.project(points([[1, 1]], [0]), points([[200, 200]], [0]))  # wakes the fourth unit
    assert penalty.renewed == 0
    penalty.project({}, points([[0, 1]], [0]))  # the first and the fourth sleep
    assert penalty.renewed == 2
    penalty.project({}, {})
    assert penalty.renewed == 2


def test_resume_goes_on_to_the_bit(deep, points):
    new = points([[1, 1]], [0])
    penalty, again = ReDo(every=2, seed=1), ReDo(every=2, seed=50)
    first, second = deep(penalty), deep(again)
    for _ in range(3):
        first.step(new)
    assert penalty.nbytes == 0
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    with torch.no_grad():
        for agent in (first, second):
            agent.network[0].bias[1] = -50.0
    for agent in (first, second):
        agent.step(new)
    assert penalty.renewed > 1
    assert difference(first.state_dict(), second.state_dict()) == ""
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("options", [{"every": 0}, {"threshold": -0.1}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        ReDo(**options)
