import pytest
import torch

from recollect.agents.penalties.si import SI
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def test_path_integral_and_importance_by_hand(line, points):
    penalty = SI(strength=0.5, damping=0.25)
    agent = line(penalty, weights=(1.0, 2.0))
    penalty.begin_task(0, None)
    new = points([[1, 0]], [0])
    agent.step(new)  # g = (1, 0), lr 0.1: w = (0.9, 2)
    agent.step(new)  # g = (0.9, 0): w = (0.81, 2)
    penalty.end_task(0, None)
    path = 1 * 0.1 + 0.9 * 0.09
    expected = path / (0.19**2 + 0.25)
    assert penalty.importance["network.weight"].tolist() == [[pytest.approx(expected, rel=1e-5), 0.0]]
    assert penalty.anchors["network.weight"].tolist()[0] == agent.weights
    agent.put(1.81, 7.0)
    assert penalty.loss({}, {}).item() == pytest.approx(0.5 * expected * 1.0, rel=1e-5)


def test_the_penaltys_own_gradient_is_not_in_the_path(line, points):
    penalty = SI(strength=2.0, damping=1.0)
    agent = line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, None)
    penalty.end_task(0, None)
    penalty.importance["network.weight"][:] = torch.tensor([[3.0, 0.0]])
    penalty.begin_task(1, None)
    agent.put(1.5, 0.0)  # pull = 2 * 2 * 3 * 0.5 = 6
    agent.step(points([[1, 0]], [0.5]))  # g = 1, .grad = 7
    assert agent.network.weight.grad[0, 0].item() == 7.0
    assert penalty.gradient["network.weight"].tolist() == [[1.0, 0.0]]
    penalty.settle()
    assert penalty.path["network.weight"][0, 0].item() == pytest.approx(1 * 0.7)  # g * what the optimiser really did


def test_importances_add_up_and_are_cut_off_at_zero(line):
    penalty = SI(damping=1.0)
    line(penalty)
    for path, expected in (([2.0, -5.0], [2.0, 0.0]), ([1.0, 4.0], [3.0, 4.0]), ([-1.0, -9.0], [2.0, 0.0])):
        penalty.begin_task(0, None)
        penalty.path["network.weight"][:] = torch.tensor([path])
        penalty.end_task(0, None)
        assert penalty.importance["network.weight"].tolist() == [expected]


def test_two_optimisers_do_not_count_each_others_gradients(line, points):
    penalty = SI(strength=0.0)
    agent = line(penalty, weights=(1.0, 0.0))
    agent.critic = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(agent.critic.weight, 1.0)
    critic = torch.optim.SGD(agent.critic.parameters(), lr=0.5)
    penalty.begin_task(0, None)
    for _ in range(2):  # actor and critic in turn; the actor's gradient is stale during the critic's step
        agent.step(points([[1, 0]], [0]))
        agent.descend(agent.critic.weight.sum(), critic, {}, {})
    penalty.settle()
    assert penalty.path["network.weight"][0, 0].item() == pytest.approx(1 * 0.1 + 0.9 * 0.09)
    assert penalty.path["critic.weight"].item() == pytest.approx(1 * 0.5 * 2)


def test_what_grew_has_no_importance_yet(line, points):
    penalty = SI(strength=1.0)
    agent = line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, None)
    agent.step(points([[1, 0]], [0]))
    penalty.end_task(0, None)
    old = penalty.importance["network.weight"][0, 0].item()
    assert old > 0
    agent.network = torch.nn.Linear(2, 2, bias=False)
    penalty.begin_task(1, None)
    assert penalty.importance["network.weight"].tolist() == [[old, 0.0], [0.0, 0.0]]
    agent.network = torch.nn.Linear(2, 3, bias=False)  # in mid-task: the old block goes on
    agent.row_losses(points([[1, 0]], [0])).sum().backward()
    penalty.project({}, {})
    assert penalty.gradient["network.weight"].shape == (2, 2)
    penalty.end_task(1, None)
    assert penalty.anchors["network.weight"].shape == penalty.importance["network.weight"].shape == (3, 2)


def test_resume_goes_on_to_the_bit(line, points):
    data = points([[1, 0], [0, 2], [1, 1]], [0, 1, 0])
    penalty, again = SI(), SI()
    first, second = line(penalty), line(again, weights=(9.0, 9.0))
    penalty.begin_task(0, None)
    first.step(data)
    penalty.end_task(0, None)
    penalty.begin_task(1, None)
    first.step(data)
    assert penalty.nbytes == 5 * 2 * 4  # anchors, importance, path, weights before the step, its gradient
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    for agent in (first, second):
        agent.step(data)
        agent.penalty.end_task(1, None)
        agent.step(data)
    assert first.weights == second.weights
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("options", [{"strength": -1.0}, {"damping": 0.0}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        SI(**options)
