import numpy as np
import pytest
import torch

from recollect.agents.penalties.mas import MAS
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def test_value_and_gradient_by_hand(line, points):
    penalty = MAS(strength=3.0)
    agent = line(penalty, weights=(1.0, -2.0))
    data = points([[1, 0], [0, 2]], [5, 5])  # |d f^2 / dw| = |2 f x|: (2, 0) and (0, 16); labels do not matter
    penalty.begin_task(0, data)
    assert penalty.loss(data, {}) == 0.0
    penalty.end_task(0, data)
    assert penalty.importance["network.weight"].tolist() == [[1.0, 8.0]]
    agent.put(2.0, -1.5)
    loss = penalty.loss({}, {})
    assert loss.item() == 3 * (1 * 1 + 8 * 0.25)  # no half
    loss.backward()
    assert agent.network.weight.grad.tolist() == [[6.0, 24.0]]


def test_importances_add_up_and_the_anchors_move(line, points):
    penalty = MAS()
    agent, data = line(penalty, weights=(1.0, 0.0)), points([[1, 0]], [0])
    penalty.begin_task(0, data)
    penalty.end_task(0, data)  # (2, 0)
    agent.put(2.0, 0.0)
    penalty.begin_task(1, data)
    penalty.end_task(1, data)  # (4, 0)
    assert penalty.importance["network.weight"].tolist() == [[6.0, 0.0]]
    agent.put(3.0, 0.0)
    assert penalty.loss({}, {}).item() == 6.0
    assert penalty.nbytes == 2 * 2 * 4


def test_padded_positions_are_left_out(line):
    class Tokens(line):
        def logits(self, rows):
            return self.network(torch.from_numpy(rows["x"]))[..., :1]  # (N, T, 1)

    penalty = MAS()
    Tokens(penalty, weights=(1.0, 0.0))
    data = {"x": np.array([[[1, 0], [9, 0]]], np.float32), "mask": np.array([[True, False]])}
    penalty.begin_task(0, data)
    penalty.end_task(0, data)
    assert penalty.importance["network.weight"].tolist() == [[2.0, 0.0]]


def test_importance_of_what_grew_is_padded(line, points):
    penalty, data = MAS(), points([[1, 0]], [0])
    agent = line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, data)
    penalty.end_task(0, data)
    agent.network = torch.nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        agent.network.weight.copy_(torch.tensor([[1.0, 0.0], [3.0, 0.0]]))
    penalty.begin_task(1, data)
    penalty.end_task(1, data)
    assert penalty.importance["network.weight"].tolist() == [[4.0, 0.0], [6.0, 0.0]]


def test_resume_goes_on_to_the_bit(line, points):
    data = points([[1, 0], [0, 2], [1, 1]], [0, 1, 0])
    penalty, again = MAS(samples=2, seed=1), MAS(samples=2, seed=50)
    first, second = line(penalty), line(again, weights=(9.0, 9.0))
    penalty.begin_task(0, None)
    first.step(data)
    penalty.end_task(0, None)
    penalty.begin_task(1, None)
    first.step(data)
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    for agent in (first, second):
        agent.step({field: values + 1 for field, values in data.items()})
        agent.penalty.end_task(1, None)
    assert first.weights == second.weights
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("options", [{"strength": -1.0}, {"samples": -1}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        MAS(**options)
