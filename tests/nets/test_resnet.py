import pytest
import torch

from recollect.errors import OptionError
from recollect.nets.resnet import ResidualBlock, ResNet18, ResNet18Reduced
from recollect.nets.units import hidden_layers


def by_hand(width, channels, features, classes):
    """Weights of ResNet-18: convolutions without biases, two numbers per normalised channel."""
    total, before = 9 * channels * width + 2 * width, width
    for stage, after in enumerate((width, 2 * width, 4 * width, 8 * width)):
        total += 9 * before * after + 3 * 9 * after * after + 4 * 2 * after  # two blocks of two convolutions
        total += before * after + 2 * after if stage else 0  # the shortcut that halves
        before = after
    return total + classes * (features + 1)


@pytest.mark.parametrize(
    ("cls", "width", "x_shape", "features"),
    [
        (ResNet18Reduced, 20, (32, 32, 3), 160),
        (ResNet18Reduced, 20, (84, 84, 3), 640),
        (ResNet18Reduced, 20, (28, 28), 160),
        (ResNet18Reduced, 20, (32, 64, 3), 320),
        (ResNet18, 64, (32, 32, 3), 512),
        (ResNet18, 64, (84, 84, 3), 512),
        (ResNet18, 64, (8, 8), 512),
    ],
)
def test_parameters_and_features(cls, width, x_shape, features):
    net = cls(x_shape, 10)
    channels = (*x_shape, 1)[2]
    assert sum(p.numel() for p in net.parameters()) == by_hand(width, channels, features, 10)
    x = torch.zeros(2, *x_shape, dtype=torch.uint8)
    assert net.features(x).shape == (2, features)
    assert net(x).shape == (2, 10)


def test_published_counts():
    assert by_hand(20, 3, 160, 10) == 1_094_750
    assert by_hand(64, 3, 512, 10) == 11_173_962


@pytest.mark.parametrize(("cls", "size"), [(ResNet18Reduced, 25), (ResNet18, 8)])
def test_the_smallest_images(cls, size):
    assert cls((size, size), 3).eval()(torch.zeros(1, size, size)).shape == (1, 3)
    with pytest.raises(OptionError, match=f"{cls.__name__} needs images of at least {size} x {size}"):
        cls((size - 1, 64, 3), 3)


def test_a_block_by_hand():
    block = ResidualBlock(1, 1, 1).eval()
    with torch.no_grad():
        for layer, weight in ((block.inner[0], 2.0), (block.inner[3], -1.0)):
            layer.weight.zero_()
            layer.weight[0, 0, 1, 1] = weight  # times the pixel itself
    x = torch.tensor([[[[1.0, -3.0]]]])
    scale = (1 + 1e-5) ** -0.5  # statistics are 0 and 1
    wanted = torch.relu(x - torch.relu(2 * scale * x) * scale)
    torch.testing.assert_close(block(x), wanted)
    assert ResidualBlock(3, 6, 2)(torch.zeros(2, 3, 5, 8)).shape == (2, 6, 3, 4)


def test_the_last_maps_are_averaged_over_places():
    torch.manual_seed(0)
    full, reduced = ResNet18((32, 32, 3), 3).eval(), ResNet18Reduced((84, 84, 3), 3).eval()
    x = torch.rand(2, 32, 32, 3)
    maps = full.body[:-2](x.permute(0, 3, 1, 2))
    assert maps.shape == (2, 512, 4, 4)
    torch.testing.assert_close(full.features(x), maps.mean((2, 3)))
    maps = reduced.body[:-2](torch.rand(2, 3, 84, 84))  # (2, 160, 11, 11)
    pooled = maps[:, :, :8, :8].reshape(2, 160, 2, 4, 2, 4).mean((3, 5))
    torch.testing.assert_close(reduced.body[-2:](maps), pooled.flatten(1))


def test_units_of_its_hidden_layers_are_found_and_no_others():
    assert hidden_layers(ResNet18Reduced((32, 32, 3), 3)) == []
    assert [layer.width for layer in hidden_layers(ResNet18Reduced((32, 32, 3), 3, hidden=(50,)))] == [50]
