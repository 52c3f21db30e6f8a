import pytest
import torch

from recollect.errors import OptionError, UnknownName
from recollect.nets.backbones import BACKBONES, backbone


@pytest.mark.parametrize("name", BACKBONES)
def test_every_backbone_has_features_and_a_head(name):
    net = backbone(name, (3, 32, 32), 7)
    x = torch.rand(2, 3, 32, 32)
    assert net(x).shape == (2, 7)
    assert torch.equal(net.head(net.features(x)), net(x))


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
