import pytest
import torch

from recollect.errors import OptionError
from recollect.nets.small_cnn import SmallCNN
from recollect.nets.units import hidden_layers


def count(net):
    return sum(parameter.numel() for parameter in net.parameters())


def test_parameters_by_hand():
    first, second = 32 * (3 * 9 + 1), 64 * (32 * 9 + 1)
    assert count(SmallCNN((32, 32, 3), 10)) == first + second + 128 * (64 * 8 * 8 + 1) + 10 * 129
    assert count(SmallCNN((9, 15), 4, hidden=())) == 32 * 10 + second + 4 * (64 * 2 * 3 + 1)


@pytest.mark.parametrize(("x_shape", "flat"), [((4, 4), 64), ((28, 28), 3136), ((5, 8, 2), 128), ((32, 32, 3), 4096)])
def test_shapes(x_shape, flat):
    net = SmallCNN(x_shape, 3)
    assert net(torch.zeros(5, *x_shape)).shape == (5, 3)
    assert net.features(torch.zeros(5, *x_shape)).shape == (5, 128)
    assert SmallCNN(x_shape, 3, hidden=()).features(torch.zeros(5, *x_shape)).shape == (5, flat)


def test_too_small():
    with pytest.raises(OptionError, match="SmallCNN needs images of at least 4 x 4"):
        SmallCNN((3, 32, 32), 3)


def test_its_units_are_found():
    layers = hidden_layers(SmallCNN((8, 8), 3))
    assert [layer.width for layer in layers] == [32, 64, 128]
    assert layers[1].columns(torch.tensor([1])).tolist() == [4, 5, 6, 7]  # of 2 x 2 places each


def test_a_dead_channel_changes_nothing_behind_its_columns():
    torch.manual_seed(0)
    net, x = SmallCNN((8, 8), 3), torch.rand(4, 8, 8)
    layer = hidden_layers(net)[1]
    with torch.no_grad():
        layer.outgoing.weight[:, layer.columns(torch.tensor([7]))] = 0.0
        before = net(x)
        layer.incoming.weight[7] += 1.0
        assert torch.equal(net(x), before)
        layer.incoming.weight[8] += 1.0
        assert not torch.equal(net(x), before)
