import numpy as np
import pytest
import torch

from recollect.agents.penalties.a_gem import AGEM
from recollect.errors import OptionError


@pytest.fixture
def turned(line, points, everything):
    """The gradient of a step at weights (1, 2) on a row, with one remembered row of another task."""

    def turn(new, remembered, task=1, penalty=None):
        memory = everything()
        penalty = penalty or AGEM()
        agent = line(penalty, memory, weights=(1.0, 2.0))
        memory.add(remembered)
        penalty.begin_task(task, None)
        agent.row_losses(new).mean().backward()
        penalty.project(new, {})
        return agent.network.weight.grad[0].tolist()

    return turn


def test_a_gradient_that_would_hurt_is_turned(turned, points):
    new = points([[1, 1]], [0])  # g = 3 (1, 1)
    old = points([[0, 1]], [3], task=[0])  # g_ref = (0, -1); g.g_ref = -3
    assert turned(new, old) == [3.0, 0.0]
    skew = points([[1, -2]], [0], task=[0])  # f = -3, g_ref = (-3, 6); g.g_ref = 9: no harm
    assert turned(new, skew) == [3.0, 3.0]
    skew = points([[2, -1]], [2], task=[0])  # f = 0, g_ref = (-4, 2); g.g_ref = -6, g_ref.g_ref = 20
    assert turned(new, skew) == pytest.approx([3 - 6 / 20 * 4, 3 + 6 / 20 * 2])


def test_a_gradient_at_right_angles_stays_to_the_bit(turned, points):
    assert turned(points([[1, 0]], [0]), points([[0, 1]], [9], task=[0])) == [1.0, 0.0]


def test_rows_that_are_learnt_perfectly_turn_nothing(turned, points):
    assert turned(points([[1, 1]], [0]), points([[0, 1]], [2], task=[0])) == [3.0, 3.0]  # g_ref = 0


def test_the_running_task_does_not_count(turned, points):
    new, old = points([[1, 1]], [0]), points([[0, 1]], [3], task=[1])
    assert turned(new, old, task=1) == [3.0, 3.0]
    assert turned(new, old, task=2) == [3.0, 0.0]


def test_where_tasks_are_hidden_all_rows_count(line, points, everything):
    memory, penalty = everything(), AGEM()
    agent = line(penalty, memory, weights=(1.0, 2.0))
    memory.add(points([[0, 1]], [3]))
    new = points([[1, 1]], [0])
    agent.row_losses(new).mean().backward()
    penalty.project(new, {})
    assert agent.network.weight.grad.tolist() == [[3.0, 0.0]]


def test_the_replay_batch_is_one_draw_of_so_many_rows(turned, points):
    old = points([[0, 1], [1, 0]], [3, 50], task=[0, 0])
    assert turned(points([[1, 1]], [0]), old, penalty=AGEM(rows=1)) == [3.0, 0.0]  # the first row alone


def test_momentum_and_weight_decay_act_afterwards(line, points, everything):
    memory, penalty = everything(), AGEM()
    agent = line(penalty, memory, weights=(1.0, 2.0))
    agent.optimiser = torch.optim.SGD(agent.network.parameters(), lr=0.5, momentum=0.5, weight_decay=0.25)
    memory.add(points([[0, 1]], [3], task=[0]))
    penalty.begin_task(1, None)
    agent.step(points([[1, 1]], [0]))  # (3, 3) turned to (3, 0); then decay: (3.25, 0.5)
    assert agent.weights == [1 - 0.5 * 3.25, 2 - 0.5 * 0.5]
    assert agent.optimiser.state[agent.network.weight]["momentum_buffer"].tolist() == [[3.25, 0.5]]


def test_a_parameter_that_new_rows_do_not_reach_is_turned_too(line, points, everything):
    class Heads(line):
        def row_losses(self, rows):
            heads = self.heads(torch.from_numpy(rows["x"][:, :1]))[:, 0] if rows["task"][0] == 0 else 0.0
            return super().row_losses(rows) + heads

    memory, penalty = everything(), AGEM()
    agent = Heads(penalty, memory, weights=(1.0, 2.0))
    agent.heads = torch.nn.Linear(1, 1, bias=False)
    old = points([[1, 0]], [4], task=[0])  # g_ref = (-3, 0 | 1)
    memory.add(old)
    penalty.begin_task(1, None)
    new = points([[1, 1]], [0], task=[1])  # g = (3, 3 | none); g.g_ref = -9, g_ref.g_ref = 10
    agent.row_losses(new).mean().backward()
    penalty.project(new, {})
    turned = [*agent.network.weight.grad[0].tolist(), agent.heads.weight.grad.item()]
    assert turned == pytest.approx([3 - 0.9 * 3, 3.0, 0.9])
    assert penalty.flat_gradient() @ penalty.reference(old) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("rows", [0, 2.5, np.nan, True])
def test_a_wrong_number_of_rows_is_refused(rows):
    with pytest.raises(OptionError, match="rows must be a whole number"):
        AGEM(rows=rows)
