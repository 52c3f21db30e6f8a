import pytest
import torch

from recollect.agents.penalties.continual_backprop import ContinualBackprop
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def test_utility_and_the_choice_by_hand(deep, points):
    penalty = ContinualBackprop(rate=0.25, decay=0.5, maturity=1)
    agent, new = deep(penalty), points([[1, 1]], [0])  # activations (4, 2, 0.2, 0), |outgoing| (1, 1, 3, 5)
    penalty.project(new, {})
    assert penalty.utility[0].tolist() == pytest.approx([2.0, 1.0, 0.3, 0.0])
    assert penalty.mean[0].tolist() == pytest.approx([2.0, 1.0, 0.1, 0.0])
    assert penalty.renewed == 0  # nobody is older than one step
    penalty.project(new, {})  # now a quarter of four units is due: the fourth
    assert penalty.renewed == 1
    assert penalty.utility[0].tolist() == pytest.approx([3.0, 1.5, 0.45, 0.0])
    assert penalty.age[0].tolist() == [2.0, 2.0, 2.0, 0.0]
    assert agent.network[2].weight.tolist() == [[1.0, -1.0, 3.0, 0.0]]
    assert agent.network[0].bias[3].item() == 0.0


def test_what_a_renewed_unit_gave_goes_into_the_next_bias(deep, points):
    penalty = ContinualBackprop(rate=0.5, decay=0.5, maturity=0)
    agent, new = deep(penalty), points([[1, 1]], [0])
    before = agent.logits(new).item()
    penalty.project(new, {})  # the third and the fourth
    assert penalty.renewed == 2
    assert agent.network[2].bias.item() == pytest.approx(3 * 0.2)  # its mean activation, corrected for age
    assert agent.logits(new).item() == pytest.approx(before)


def test_young_units_are_judged_by_what_they_would_have_when_old(deep, points):
    penalty = ContinualBackprop(rate=0.25, decay=0.5, maturity=1)
    deep(penalty)
    penalty.project(points([[0, 0]], [0]), {})
    penalty.age[0][:] = torch.tensor([9.0, 1.0, 9.0, 9.0])
    penalty.utility[0][:] = torch.tensor([1.5, 0.8, 99.0, 99.0])
    penalty.project(points([[0.25, 0.6]], [0]), {})  # to 1.25 and 1.0, which at the age of 2 stands for 1 / 0.75
    assert penalty.renewed == 1
    assert penalty.utility[0].tolist()[:2] == [0.0, pytest.approx(1.0)]


def test_fractions_are_carried_over(deep, points):
    penalty = ContinualBackprop(rate=0.09, maturity=0)
    deep(penalty)
    renewed = []
    for _ in range(5):
        penalty.project(points([[1, 1]], [0]), {})
        renewed.append(penalty.renewed)
    assert renewed == [0, 0, 1, 1, 1]  # 0.36, 0.72, 1.08, 0.44, 0.8 are due
    assert penalty.due == [pytest.approx(0.8)]


def test_channels_that_are_flattened_feed_several_inputs(line):
    class Pixels(line):
        def build(self):
            return torch.nn.Sequential(
                torch.nn.Conv2d(1, 2, 1), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(2 * 4, 3)
            )

        def put(self, *weights):
            with torch.no_grad():
                self.network[0].weight[:] = torch.tensor([1.0, 2.0])[:, None, None, None]
                self.network[0].bias.zero_()
                self.network[3].weight[:, :4], self.network[3].weight[:, 4:] = 0.5, 0.125
                self.network[3].bias.zero_()

        def row_losses(self, *parts):
            return torch.cat([self.network(torch.from_numpy(part["x"])).sum(1) for part in parts if part])

    penalty = ContinualBackprop(rate=0.5, decay=0.0, maturity=0)
    agent = Pixels(penalty)
    new = {"x": torch.ones(2, 1, 2, 2).numpy()}
    penalty.project(new, {})  # utilities 1 * 0.5 and 2 * 0.125
    assert agent.network[3].weight[:, 4:].abs().max() == 0
    assert agent.network[3].weight[:, :4].min() == 0.5
    assert agent.network[3].bias.tolist() == [4 * 0.125 * 2] * 3


def test_resume_goes_on_to_the_bit(deep, points):
    new = points([[1, 1]], [0])
    penalty, again = (ContinualBackprop(rate=0.2, maturity=1, seed=seed) for seed in (1, 50))
    first, second = deep(penalty), deep(again)
    for _ in range(3):
        first.step(new)
    assert penalty.nbytes == 3 * 4 * 4  # utility, mean, age of four units
    second.load_state_dict(through_checkpoint(first.state_dict()))
    again.load_state_dict(through_checkpoint(penalty.state_dict()))
    for _ in range(4):
        for agent in (first, second):
            agent.step(new)
    assert penalty.renewed > 1
    assert difference(first.state_dict(), second.state_dict()) == ""
    assert difference(penalty.state_dict(), again.state_dict()) == ""


@pytest.mark.parametrize("options", [{"rate": 2.0}, {"decay": 1.0}, {"maturity": -1}])
def test_wrong_options_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        ContinualBackprop(**options)
