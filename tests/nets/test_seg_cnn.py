import pytest
import torch

from recollect.errors import OptionError
from recollect.nets.seg_cnn import SegCNN, enlarged


def test_shapes():
    network = SegCNN((12, 17, 3), 5, width=8)
    x = torch.zeros(2, 12, 17, 3, dtype=torch.uint8)
    assert network.features(x).shape == (2, 8, 6, 9)
    assert network(x).shape == (2, 5, 6, 9)
    assert enlarged(network(x), (12, 17)).shape == (2, 5, 12, 17)


def test_new_classes_share_the_probability_of_the_background():
    network = SegCNN((8, 8, 3), 6, width=4).eval()
    x = torch.rand(2, 8, 8, 3)
    with torch.no_grad():
        before = network(x)[:, :3].softmax(1)
        network.grow(3, 5)
        after = network(x)[:, :5].softmax(1)
    assert torch.allclose(after[:, 1:3], before[:, 1:3], atol=1e-6)
    for number in (0, 3, 4):
        assert torch.allclose(after[:, number], before[:, 0] / 3, atol=1e-6)


@pytest.mark.parametrize(("shape", "width"), [((8, 8), 8), ((7, 9, 3), 8), ((8, 8, 3), 3), ((8, 8, 3), 0)])
def test_what_is_refused(shape, width):
    with pytest.raises(OptionError):
        SegCNN(shape, 4, width)
