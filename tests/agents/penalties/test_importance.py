import pytest
import torch

from recollect.agents.penalties.importance import mean_over_rows, still
from recollect.core import Penalty


def test_the_mean_of_squares_is_taken_row_by_row(line, points):
    agent = line(Penalty(), weights=(1.0, 2.0))
    rows = points([[1, 0], [0, 2]], [0, 0])  # gradients (1, 0) and (0, 4 * 2)
    found = mean_over_rows(agent, rows, lambda row: agent.row_losses(row).sum(), torch.square)
    assert found["network.weight"].tolist() == [[0.5, 32.0]]
    assert agent.network.weight.grad is None


def test_without_rows_and_where_the_output_does_not_reach_it_is_zero(line, points):
    agent = line(Penalty())
    agent.other = torch.nn.Linear(1, 1, bias=False)
    found = mean_over_rows(agent, points([[1, 0]], [0]), lambda row: agent.row_losses(row).sum(), torch.abs)
    assert found["other.weight"].tolist() == [[0.0]]
    assert found["network.weight"].tolist() == [[1.0, 0.0]]
    found = mean_over_rows(agent, {}, lambda row: agent.row_losses(row).sum(), torch.abs)
    assert found["network.weight"].tolist() == [[0.0, 0.0]]


def test_networks_are_still_inside_and_as_before_afterwards(line):
    agent = line(Penalty())
    agent.other = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(1))
    agent.other[1].eval()
    with pytest.raises(KeyError), still(agent):
        assert not any(module.training for module in agent.other.modules())
        raise KeyError
    assert [module.training for module in agent.other.modules()] == [True, True, False]
    assert agent.network.training
