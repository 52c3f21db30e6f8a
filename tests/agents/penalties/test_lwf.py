import math

import numpy as np
import pytest
import torch

from recollect.agents.penalties.lwf import LwF, distillation
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


@pytest.fixture
def logistic(line):
    """The line with as many outputs as there are rows of weights; x (N, 1)."""

    class Logistic(line):
        def __init__(self, penalty, weights):
            super().__init__(penalty)
            self.grow(weights)

        def grow(self, weights):
            self.network = torch.nn.Linear(1, len(weights), bias=False)
            with torch.no_grad():
                self.network.weight[:, 0] = torch.tensor(weights)
            self.optimiser = torch.optim.SGD(self.network.parameters(), lr=0.1)

        def row_losses(self, *parts):
            y = torch.cat([torch.from_numpy(part["y"]) for part in parts if part])
            return torch.nn.functional.cross_entropy(self.logits(*parts), y, reduction="none")

    return Logistic


def labelled(x, y):
    return {"x": np.array(x, np.float32)[:, None], "y": np.array(y, np.int64)}


def soften(*logits):
    powers = np.exp(np.array(logits) / 2)
    return powers / powers.sum()


def test_value_and_gradient_by_hand(logistic):
    penalty = LwF(alpha=3.0)
    agent = logistic(penalty, [1.0, -1.0])
    penalty.begin_task(0, None)
    assert penalty.loss(labelled([1], [0]), {}) == 0.0
    assert penalty.loss(labelled([1], [1]), {}) == 0.0
    penalty.end_task(0, None)
    penalty.begin_task(1, None)
    agent.grow([3.0, 0.0])
    loss = penalty.loss(labelled([1, 2], [0, 1]), {})
    then, now = (soften(1, -1), soften(2, -2)), (soften(3, 0), soften(6, 0))
    by_hand = -np.mean([(p * np.log(q)).sum() for p, q in zip(then, now, strict=True)])
    assert loss.item() == pytest.approx(3 * by_hand, rel=1e-5)
    loss.backward()
    slope = np.mean([(q - p)[0] * x / 2 for p, q, x in zip(then, now, (1, 2), strict=True)])  # 1 / T, no T^2
    assert agent.network.weight.grad[0, 0].item() == pytest.approx(3 * slope, rel=1e-5)


def test_each_old_task_has_a_softmax_of_its_own_over_its_classes(logistic):
    for joint, groups in ((False, [[0, 1], [2, 3]]), (True, [[0, 1, 2, 3]])):
        penalty = LwF(joint=joint)
        agent = logistic(penalty, [1.0, 0.0, 2.0, 0.5, 9.0])
        for task, classes in enumerate(([0, 1], [2, 3], [0, 1])):  # the third has the classes of the first
            penalty.begin_task(task, None)
            penalty.loss(labelled([1, 1], classes), {})
            penalty.end_task(task, None)
        assert penalty.class_groups(5) == groups
        agent.grow([0.0, 0.0, 0.0, 0.0, 50.0])  # an output that no old task has
        expected = math.log(4) if joint else 2 * math.log(2)  # uniform now: the cross-entropy is log of the width
        assert penalty.loss(labelled([1], [4]), {}).item() == pytest.approx(expected, rel=1e-5)


def test_outputs_that_the_teacher_does_not_have_are_free(logistic):
    penalty = LwF()
    agent = logistic(penalty, [1.0, -1.0])
    penalty.begin_task(0, None)
    penalty.loss(labelled([1, 1], [0, 1]), {})
    penalty.end_task(0, None)
    agent.grow([1.0, -1.0, 5.0])
    loss = penalty.loss(labelled([1], [2]), {})
    loss.backward()
    assert agent.network.weight.grad[:, 0].tolist() == [pytest.approx(0, abs=1e-7), pytest.approx(0, abs=1e-7), 0.0]


def test_tokens_are_distilled_over_all_outputs_without_padding(logistic):
    class Tokens(logistic):
        def logits(self, rows):
            return self.network(torch.from_numpy(rows["x"])[..., None])  # (N, T, V)

    penalty = LwF()
    agent = Tokens(penalty, [1.0, -1.0])
    new = {"x": np.array([[1, 7]], np.float32), "y": np.array([[0, 1]]), "mask": np.array([[True, False]])}
    penalty.begin_task(0, None)
    penalty.loss(new, {})
    penalty.end_task(0, None)
    agent.grow([0.0, 0.0])
    assert penalty.loss(new, {}).item() == pytest.approx(math.log(2), rel=1e-5)
    agent.grow([1.0, -1.0])
    p = soften(1, -1)
    assert penalty.loss(new, {}).item() == pytest.approx(-(p * np.log(p)).sum(), rel=1e-5)


def test_without_new_rows_it_is_nothing(logistic):
    penalty = LwF()
    logistic(penalty, [1.0])
    penalty.begin_task(0, None)
    penalty.end_task(0, None)
    assert penalty.loss({}, labelled([1], [0])) == 0.0


def test_distillation_ignores_what_is_outside_its_group():
    now, then = torch.tensor([[0.0, 0.0, 99.0]]), torch.tensor([[3.0, 3.0, -99.0]])
    assert distillation(now, then, [0, 1]).item() == pytest.approx(math.log(2))


def test_resume_rebuilds_the_teacher_and_goes_on_to_the_bit(logistic):
    penalty, again = LwF(), LwF()
    first = logistic(penalty, [1.0, -1.0])
    penalty.begin_task(0, None)
    first.step(labelled([1, 2], [0, 1]))
    penalty.end_task(0, None)
    assert penalty.nbytes == 2 * 4
    penalty.begin_task(1, None)
    first.grow([0.5, -0.5, 1.0])
    first.step(labelled([1, 2], [2, 2]))
    second = logistic(again, [0.0, 0.0, 0.0])  # the agent has rebuilt its own head
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    for agent in (first, second):
        agent.step(labelled([3], [2]))
        agent.penalty.end_task(1, None)
        agent.step(labelled([3], [2]))
    assert torch.equal(first.network.weight, second.network.weight)
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("options", [{"alpha": -1.0}, {"temperature": 0.0}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        LwF(**options)
