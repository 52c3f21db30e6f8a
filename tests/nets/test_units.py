import numpy as np
import torch
from torch import nn

from recollect.nets.mlp import MLP
from recollect.nets.units import HiddenLayer, hidden_layers, per_unit, renew, watch


def test_the_hidden_layers_of_an_mlp():
    network = MLP((2, 3), 5, hidden=(7, 4))
    found = hidden_layers(network)
    assert [(layer.incoming, layer.activation, layer.outgoing) for layer in found] == [
        (network.body[0], network.body[1], network.body[2]),
        (network.body[2], network.body[3], network.head),
    ]
    assert [layer.width for layer in found] == [7, 4]
    assert hidden_layers(MLP((2,), 5, hidden=())) == []


def test_a_chain_goes_through_pooling_and_flattening_but_not_through_normalisation():
    network = nn.Sequential(
        nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2)),
        nn.Flatten(), nn.Linear(2 * 9, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 1),
    )  # fmt: skip
    assert [layer.width for layer in hidden_layers(network)] == [2, 3]
    assert hidden_layers(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))) == []
    assert hidden_layers(nn.Linear(2, 2)) == []


def test_flattened_channels_feed_several_columns():
    layer = HiddenLayer(nn.Conv2d(1, 3, 1), nn.ReLU(), nn.Linear(3 * 2, 1))
    assert layer.columns(torch.tensor([0, 2])).tolist() == [0, 1, 4, 5]
    layer = HiddenLayer(nn.Linear(1, 3), nn.ReLU(), nn.Linear(3, 1))
    assert layer.columns(torch.tensor([1])).tolist() == [1]


def test_watching_keeps_outputs_of_all_passes_and_leaves_no_hook():
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    x = torch.ones(3, 2)
    seen, none = watch([network[1], nn.ReLU()], lambda: [network(x), network(2 * x)])
    assert torch.equal(seen, torch.cat([network[:2](x), network[:2](2 * x)]))
    assert not len(none)
    assert not network[1]._forward_hooks


def test_the_mean_per_unit_is_over_rows_and_places():
    assert per_unit(torch.tensor([[1.0, 2.0], [3.0, 6.0]])).tolist() == [2.0, 4.0]
    assert per_unit(torch.arange(8.0).reshape(1, 2, 2, 2)).tolist() == [1.5, 5.5]
    assert per_unit(torch.arange(6.0).reshape(1, 3, 2)).tolist() == [2.0, 3.0]  # (N, T, units)


def test_a_renewed_unit_is_drawn_from_its_seed_and_forgets():
    drawn = []
    for seed in (0, 0, 1):
        torch.manual_seed(0)
        network = nn.Sequential(nn.Linear(100, 3), nn.Tanh(), nn.Linear(3, 2))
        optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
        network(torch.ones(1, 100)).sum().backward()
        optimiser.step()
        assert network[0].weight.grad.abs().min() > 0
        kept = network[0].weight[0].detach().clone()
        renew(hidden_layers(network)[0], torch.tensor([1, 2]), np.random.default_rng(seed), [optimiser])
        assert torch.equal(network[0].weight[0], kept)
        drawn.append(network[0].weight[1:].detach().clone())
        assert network[2].weight[:, 1:].abs().max() == 0
        assert network[2].weight[:, 0].abs().min() > 0
        for parameter in (network[0].weight[1:], network[0].bias[1:]):
            assert parameter.abs().max() <= 0.1  # 1 / sqrt(100)
        assert network[0].bias[1:].tolist() == [0.0, 0.0]
        assert network[0].weight.grad[1:].abs().max() == network[2].weight.grad[:, 1:].abs().max() == 0
        assert optimiser.state[network[0].weight]["momentum_buffer"][1:].abs().max() == 0
        assert optimiser.state[network[2].bias]["momentum_buffer"].abs().max() > 0
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert abs(drawn[0].std().item() - 0.1 / 3**0.5) < 0.006  # uniform
