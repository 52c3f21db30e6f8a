import numpy as np
import pytest
import torch

from recollect.agents.penalties.l2_init import L2Init
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def test_value_and_gradient_by_hand(line):
    penalty = L2Init(strength=0.5)
    agent = line(penalty, weights=(1.0, 2.0))
    assert penalty.loss({}, {}).item() == 0.0
    penalty.begin_task(0, None)
    agent.put(2.0, -1.0)
    penalty.begin_task(1, None)  # tasks do not move the anchors
    loss = penalty.loss({}, {})
    assert loss.item() == 0.5 * (1 + 9)
    loss.backward()
    assert agent.network.weight.grad.tolist() == [[1.0, -3.0]]
    assert penalty.nbytes == 2 * 4
    assert not penalty.needs_tasks


def test_what_grew_is_anchored_at_the_first_task_begun_with_it(line):
    penalty = L2Init(strength=1.0)
    agent = line(penalty, weights=(1.0, 2.0))
    agent.network = torch.nn.Linear(2, 2, bias=False)
    agent.head = torch.nn.Linear(1, 1, bias=False)
    with torch.no_grad():
        agent.network.weight.copy_(torch.tensor([[5.0, 2.0], [3.0, 4.0]]))
        agent.head.weight.fill_(6.0)
    penalty.begin_task(1, None)
    assert penalty.anchors["network.weight"].tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert penalty.anchors["head.weight"].tolist() == [[6.0]]
    assert penalty.loss({}, {}).item() == 16.0


def test_resume_goes_on_to_the_bit(line, points):
    data, penalty, again = points([[1, 0], [0, 2]], [0, 1]), L2Init(), L2Init()
    first, second = line(penalty), line(again, weights=(9.0, 9.0))
    first.step(data)
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    first.step(data)
    second.step(data)
    assert first.weights == second.weights
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("strength", [-1.0, np.inf])
def test_a_wrong_strength_is_refused(strength):
    with pytest.raises(OptionError, match="strength must be a finite number"):
        L2Init(strength=strength)
