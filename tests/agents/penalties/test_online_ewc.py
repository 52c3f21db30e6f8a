import pytest
import torch

from recollect.agents.penalties.online_ewc import OnlineEWC
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def test_the_fisher_information_decays_and_the_anchors_move(line, points):
    penalty = OnlineEWC(strength=2.0, gamma=0.5)
    agent = line(penalty, weights=(1.0, 0.0))
    first, second = points([[2, 0]], [0]), points([[0, 1]], [1])
    penalty.begin_task(0, first)
    assert penalty.loss(first, {}) == 0.0
    penalty.end_task(0, first)  # F = ((2 * 2)^2, 0)
    agent.put(2.0, 0.0)
    assert penalty.loss({}, {}).item() == 0.5 * 16 * 1  # gamma stands in the penalty too
    penalty.begin_task(1, second)
    penalty.end_task(1, second)  # F = (0.5 * 16, 1) at (2, 0)
    assert penalty.importance[0]["network.weight"].tolist() == [[8.0, 1.0]]
    agent.put(3.0, 2.0)
    assert penalty.loss({}, {}).item() == 0.5 * (8 * 1 + 1 * 4)
    assert penalty.nbytes == 2 * 2 * 4  # it does not grow


def test_without_decay_it_is_the_sum(line, points):
    penalty, data = OnlineEWC(gamma=1.0), points([[1, 0]], [0])
    line(penalty, weights=(1.0, 0.0))
    for task in range(3):
        penalty.begin_task(task, data)
        penalty.end_task(task, data)
    assert penalty.importance[0]["network.weight"].tolist() == [[3.0, 0.0]]


def test_importance_of_what_grew_is_padded(line, points):
    penalty, data = OnlineEWC(gamma=0.5), points([[1, 0]], [0])
    agent = line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, data)
    penalty.end_task(0, data)
    agent.network = torch.nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        agent.network.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 0.0]]))
    penalty.begin_task(1, data)
    penalty.end_task(1, data)
    assert penalty.importance[0]["network.weight"].tolist() == [[1.5, 0.0], [0.0, 0.0]]


def test_resume_goes_on_to_the_bit(line, points):
    data = points([[1, 0], [0, 2], [1, 1]], [0, 1, 0])
    penalty, again = OnlineEWC(samples=2, seed=1), OnlineEWC(samples=2, seed=50)
    first, second = line(penalty), line(again, weights=(9.0, 9.0))
    penalty.begin_task(0, data)
    penalty.end_task(0, data)
    penalty.begin_task(1, data)
    first.step(data)
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    for agent in (first, second):
        agent.step(data)
        agent.penalty.end_task(1, data)
    assert first.weights == second.weights
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("gamma", [-0.1, 1.1])
def test_a_wrong_decay_is_refused(gamma):
    with pytest.raises(OptionError, match="gamma must lie in"):
        OnlineEWC(gamma=gamma)
