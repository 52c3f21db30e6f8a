import copy

import numpy as np
import pytest
import torch

from recollect.agents.penalties.l2 import L2
from recollect.core import Agent
from recollect.errors import OptionError
from recollect.state import is_plain


class Pair(Agent):
    """Two networks of no particular kind, one of them partly frozen, as an actor and a critic might be."""

    def __init__(self, penalty):
        self.actor, self.critic = torch.nn.Linear(2, 1, bias=False), torch.nn.Linear(1, 1)
        self.critic.bias.requires_grad_(False)
        self.penalty = penalty
        penalty.bind(self)
        self.put([1.0, 2.0], 3.0)

    def put(self, actor, critic):
        with torch.no_grad():
            self.actor.weight.copy_(torch.tensor([actor]))
            self.critic.weight.fill_(critic)


def test_it_is_nothing_before_the_first_task_has_ended():
    penalty = L2(strength=4.0)
    Pair(penalty)
    assert penalty.loss({}, {}) == 0.0
    assert penalty.nbytes == 0


def test_value_and_gradient_by_hand():
    penalty = L2(strength=4.0)
    agent = Pair(penalty)
    penalty.end_task(0, None)
    assert float(penalty.loss({}, {}).detach()) == 0.0
    agent.put([1.5, 1.0], 5.0)
    loss = penalty.loss({}, {})
    assert float(loss.detach()) == 4 / 2 * (0.5**2 + 1.0**2 + 2.0**2)
    loss.backward()
    assert agent.actor.weight.grad.tolist() == [[2.0, -4.0]]  # strength * (theta - anchor)
    assert agent.critic.weight.grad.tolist() == [[8.0]]
    assert agent.critic.bias.grad is None


def test_the_anchors_are_those_of_the_last_task():
    penalty = L2(strength=2.0)
    agent = Pair(penalty)
    penalty.end_task(0, None)
    agent.put([1.0, 4.0], 3.0)
    penalty.end_task(1, None)
    agent.put([1.0, 5.0], 3.0)
    assert float(penalty.loss({}, {}).detach()) == 1.0


def test_a_step_of_descend_is_pulled_back():
    penalty = L2(strength=0.5)
    agent = Pair(penalty)
    penalty.end_task(0, None)
    agent.put([2.0, 2.0], 3.0)
    optimiser = torch.optim.SGD(agent.actor.parameters(), lr=1.0)
    agent.descend(agent.actor.weight[0, 1] * 3, optimiser, {}, {})
    assert agent.actor.weight.tolist() == [[1.5, -1.0]]  # 2 - 0.5 * (2 - 1), 2 - 3


def test_what_grew_is_free():
    penalty = L2(strength=2.0)
    agent = Pair(penalty)
    penalty.end_task(0, None)
    agent.head = torch.nn.Linear(1, 1)  # a new network
    agent.actor = torch.nn.Linear(2, 2, bias=False)  # a wider head: its old block is held
    with torch.no_grad():
        agent.actor.weight.copy_(torch.tensor([[1.0, 5.0], [70.0, 80.0]]))
    loss = penalty.loss({}, {})
    assert float(loss.detach()) == 9.0
    loss.backward()
    assert agent.actor.weight.grad.tolist() == [[0.0, 6.0], [0.0, 0.0]]
    assert agent.head.weight.grad is None


def test_an_agent_that_kept_no_parameter_is_free():
    penalty = L2()
    agent = Pair(penalty)
    penalty.end_task(0, None)
    del agent.actor, agent.critic
    assert penalty.loss({}, {}) == 0.0


def test_its_bytes_are_those_of_its_anchors():
    penalty = L2()
    Pair(penalty)
    penalty.end_task(0, None)
    assert penalty.nbytes == 3 * 4  # three trainable float32


def test_resume_rebuilds_the_anchors_on_a_new_penalty():
    penalty = L2(strength=2.0)
    agent = Pair(penalty)
    penalty.end_task(0, None)
    agent.put([1.5, 2.0], 7.0)
    state = copy.deepcopy(penalty.state_dict())
    assert is_plain(state)
    fresh = L2(strength=2.0)
    Pair(fresh).put([1.5, 2.0], 7.0)
    fresh.load_state_dict(state)
    assert {name: anchor.tolist() for name, anchor in fresh.anchors.items()} == {
        "actor.weight": [[1.0, 2.0]],
        "critic.weight": [[3.0]],
    }
    assert float(fresh.loss({}, {}).detach()) == float(penalty.loss({}, {}).detach()) == 16.25


def test_it_needs_tasks():
    assert L2.needs_tasks


@pytest.mark.parametrize("strength", [-1.0, np.inf, np.nan])
def test_a_wrong_strength_is_refused(strength):
    with pytest.raises(OptionError, match="strength must be a finite number of at least 0"):
        L2(strength=strength)
