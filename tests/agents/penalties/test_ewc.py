import math

import numpy as np
import pytest
import torch

from recollect.agents.penalties.ewc import EWC
from recollect.errors import OptionError, SchemaError
from recollect.schema import SAMPLE, TRANSITION
from recollect.testing.comparison import difference, through_checkpoint


def test_value_and_gradient_by_hand(line, points):
    penalty = EWC(strength=3.0)
    agent = line(penalty, weights=(1.0, 2.0))
    data = points([[1, 0], [0, 2]], [0, 0])
    penalty.begin_task(0, data)
    assert penalty.loss(data, {}) == 0.0
    penalty.end_task(0, data)  # F = (1^2 / 2, 8^2 / 2), anchors (1, 2)
    agent.put(2.0, 1.5)
    loss = penalty.loss({}, {})
    assert loss.item() == 3 / 2 * (0.5 * 1 + 32 * 0.25)
    loss.backward()
    assert agent.network.weight.grad.tolist() == [[3 * 0.5 * 1, 3 * 32 * -0.5]]


def test_every_task_has_a_term_of_its_own(line, points):
    penalty = EWC(strength=2.0)
    agent = line(penalty, weights=(1.0, 0.0))
    first, second = points([[1, 0]], [0]), points([[0, 1]], [1])
    penalty.begin_task(0, first)
    penalty.end_task(0, first)  # F = (1, 0) at (1, 0)
    agent.put(3.0, 0.0)
    penalty.begin_task(1, second)
    penalty.end_task(1, second)  # F = (0, 1) at (3, 0)
    agent.put(4.0, 2.0)
    assert penalty.loss({}, {}).item() == (4 - 1) ** 2 + (2 - 0) ** 2
    assert penalty.nbytes == 2 * 2 * 2 * 4  # tasks, anchors and Fisher, weights, float32


class Coin:
    """Two logits (0, w x): a sigmoid with one weight."""

    schema = SAMPLE

    def __init__(self, weight):
        self.network = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(self.network.weight, weight)

    def named_parameters(self):
        return ((f"network.{name}", parameter) for name, parameter in self.network.named_parameters())

    def logits(self, rows):
        z = self.network(torch.from_numpy(rows["x"]))
        return torch.cat([torch.zeros_like(z), z], 1)

    def row_losses(self, rows):
        return torch.nn.functional.cross_entropy(self.logits(rows), torch.from_numpy(rows["y"]), reduction="none")


def test_labels_drawn_from_the_model_give_the_fisher_information_proper():
    weight, n = 1.0, 3000
    p = 1 / (1 + math.exp(-weight))
    data = {"x": np.ones((n, 1), np.float32), "y": np.ones(n, np.int64)}
    found = {}
    for fisher in ("model", "empirical"):
        penalty = EWC(fisher=fisher, samples=n, seed=0)
        penalty.bind(Coin(weight))
        penalty.begin_task(0, data)
        penalty.end_task(0, data)
        found[fisher] = penalty.importance[0]["network.weight"].item()
    assert found["empirical"] == pytest.approx((1 - p) ** 2, rel=1e-4)  # every label is 1
    assert found["model"] == pytest.approx(p * (1 - p), abs=0.01)  # E_y (y - p)^2


def test_the_model_cannot_be_asked_for_labels_that_rows_do_not_have(line):
    class Actor(line):
        schema = TRANSITION

    with pytest.raises(SchemaError, match="use fisher='empirical'"):
        Actor(EWC(fisher="model"))


def test_a_lived_task_is_measured_on_what_was_met(line, points):
    penalty = EWC(samples=2)
    line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, None)
    new = points([[1, 0], [3, 0]], [0, 0])
    penalty.loss(new, {})
    penalty.loss(new, {})  # a second step on the same rows
    penalty.end_task(0, None)
    assert penalty.importance[0]["network.weight"].tolist() == [[(1 + 81) / 2, 0.0]]
    assert penalty.nbytes >= new["x"].nbytes + 2 * 2 * 4


def test_resume_goes_on_to_the_bit(line, points):
    data = points([[1, 0], [0, 2], [1, 1]], [0, 1, 0])
    penalty, again = EWC(samples=2, seed=1), EWC(samples=2, seed=50)
    first, second = line(penalty), line(again, weights=(9.0, 9.0))
    penalty.begin_task(0, data)
    first.step(data)
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


def test_what_grew_is_free(line, points):
    penalty = EWC(strength=2.0)
    agent = line(penalty, weights=(1.0, 0.0))
    penalty.begin_task(0, None)
    penalty.loss(points([[1, 0]], [0]), {})
    penalty.end_task(0, None)
    agent.network = torch.nn.Linear(2, 2, bias=False)
    with torch.no_grad():
        agent.network.weight.copy_(torch.tensor([[3.0, 5.0], [70.0, 80.0]]))
    loss = penalty.loss({}, {})
    assert loss.item() == 4.0
    loss.backward()
    assert agent.network.weight.grad.tolist() == [[4.0, 0.0], [0.0, 0.0]]


@pytest.mark.parametrize("options", [{"strength": -1.0}, {"strength": math.nan}, {"fisher": "true"}, {"samples": 0}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        EWC(**options)
