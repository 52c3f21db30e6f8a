import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from recollect.nets.asking import Still, Unmoved, networks_of, row_gradients, virtual_step


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Dropout(0.5), nn.Linear(5, 4))


X, Y = torch.arange(18.0).reshape(6, 3).sin(), torch.tensor([0, 1, 2, 3, 0, 1])


def test_still_puts_every_mode_back_also_after_an_error():
    net, other = network(), network()
    net[1].eval()
    with pytest.raises(KeyError), Still(net, other):
        assert not any(module.training for module in (*net.modules(), *other.modules()))
        raise KeyError
    assert [module.training for module in net.modules()] == [True, True, False, True, True, True]
    assert all(module.training for module in other.modules())


def test_a_second_pass_leaves_statistics_and_counts_alone():
    net = network()
    frozen, free = nn.BatchNorm1d(3).eval(), nn.BatchNorm1d(3, track_running_stats=False)
    wanted = net[:2](X), frozen(X), free(X)  # the first pass
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with Unmoved(net, nn.Sequential(frozen, free)):
        for found, again in zip((net[:2](X), frozen(X), free(X)), wanted, strict=True):
            assert torch.equal(found, again)  # by the batch's statistics, or those of eval mode
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert not free.track_running_stats
    net(X)
    assert net[1].num_batches_tracked == 2


def test_the_networks_of_an_object():
    class Owner:
        pass

    owner, net = Owner(), network()
    owner.net, owner.number, owner.cls = net, 3, nn.Linear
    assert networks_of(owner) == [net]


def test_a_virtual_step_is_a_step_of_plain_sgd_and_changes_nothing():
    net, stepped = network().eval(), network().eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with torch.no_grad():
        moved = virtual_step(net, X, Y, 0.3)
    optimiser = torch.optim.SGD(stepped.parameters(), lr=0.3)
    cross_entropy(stepped(X), Y).backward()
    optimiser.step()
    for name, weight in stepped.named_parameters():
        torch.testing.assert_close(moved[name], weight.detach())
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())
    assert all(weight.grad is None for weight in net.parameters())


def test_weights_that_are_frozen_or_without_influence_stay():
    net = network().eval()
    net[0].bias.requires_grad_(False)
    net.unused = nn.Linear(2, 2)
    net.forward = lambda x: nn.Sequential.forward(net[:5], x)
    moved = virtual_step(net, X, Y, 0.3)
    assert "0.bias" not in moved
    assert torch.equal(moved["unused.weight"], net.unused.weight)


def test_row_gradients_are_those_of_single_rows():
    net = network().eval()
    slopes = row_gradients(net, X, Y)
    assert slopes.shape == (6, sum(weight.numel() for weight in net.parameters()))
    for i in range(6):
        alone = torch.autograd.grad(cross_entropy(net(X[i : i + 1]), Y[i : i + 1]), list(net.parameters()))
        torch.testing.assert_close(slopes[i], torch.cat([slope.flatten() for slope in alone]))
