import pytest
import torch

from recollect.errors import OptionError, UnknownName
from recollect.nets.backbones import BACKBONES, backbone


@pytest.mark.parametrize("name", BACKBONES)
@pytest.mark.parametrize("x_shape", [(32, 32, 3), (28, 28)])
@pytest.mark.parametrize("hidden", [None, [5], [7, 6]])
def test_every_backbone_has_features_and_a_head(name, x_shape, hidden):
    net = backbone(name, x_shape, 7, hidden).eval()
    x = torch.rand(2, *x_shape)
    assert net(x).shape == (2, 7)
    assert torch.equal(net.head(net.features(x)), net(x))
    assert type(net.head) is torch.nn.Linear
    if hidden:
        assert net.features(x).shape == (2, hidden[-1])
        assert net.features(x).min() == 0.0  # behind a ReLU


def test_hidden_widths_are_taken():
    net = backbone("mlp", (4,), 2, hidden=[8, 6])
    assert [tuple(p.shape) for p in net.parameters()] == [(8, 4), (8,), (6, 8), (6,), (2, 6), (2,)]


def test_an_unknown_backbone_says_which_is_near():
    with pytest.raises(UnknownName, match=r"backbone 'mpl' does not exist. Did you mean mlp\?"):
        backbone("mpl", (4,), 2)


@pytest.mark.parametrize("hidden", [[0], [-3], [2.5], "100", 100, [True]])
def test_wrong_widths_are_refused(hidden):
    with pytest.raises(OptionError, match="hidden must be a list of layer widths"):
        backbone("mlp", (4,), 2, hidden=hidden)


def test_mean_and_std_are_for_images():
    assert backbone("small-cnn", (8, 8), 2, mean=[0.5]).mean.item() == 0.5
    with pytest.raises(OptionError, match="mlp does not know of any"):
        backbone("mlp", (8, 8), 2, std=[0.5])
