import torch

from recollect.agents.penalties.importance import mean_over_rows
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


def test_gradients_are_taken_in_eval_mode_and_modes_stay(line, points):
    agent, seen = line(Penalty()), []
    agent.other = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.BatchNorm1d(1))
    agent.other[1].eval()

    def output(row):
        seen.extend(module.training for module in (agent.network, *agent.other.modules()))
        return agent.row_losses(row).sum()

    mean_over_rows(agent, points([[1, 0]], [0]), output, torch.abs)
    assert seen == [False] * 4
    assert [module.training for module in (agent.network, *agent.other.modules())] == [True, True, True, False]
