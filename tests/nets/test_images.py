import pytest
import torch
from torch import nn

from recollect.errors import OptionError
from recollect.nets.images import ImageBackbone


class Flattened(ImageBackbone):
    """Images as they come in."""

    smallest = 2

    def layers(self, height, width, channels):
        return [nn.Flatten()], height * width * channels


def test_images_come_in_channels_first_and_scaled():
    x = torch.tensor([[[[0, 255], [51, 102]], [[255, 0], [0, 51]]]], dtype=torch.uint8)  # (1, 2, 2, C = 2)
    net = Flattened((2, 2, 2), 3)
    assert net.features(x)[0].tolist() == pytest.approx([0, 0.2, 1, 0, 1, 0.4, 0, 0.2])
    assert net.features(x.double() / 255)[0].tolist() == pytest.approx([0, 0.2, 1, 0, 1, 0.4, 0, 0.2])
    assert net.features(x).dtype == torch.float32
    assert net(x).shape == (1, 3)
    assert net(x[:0]).shape == (0, 3)


def test_gray_images_have_one_channel():
    x = torch.tensor([[[0, 51], [102, 255]]], dtype=torch.uint8)
    assert Flattened((2, 2), 3).features(x)[0].tolist() == pytest.approx([0.0, 0.2, 0.4, 1.0])


def test_mean_and_std_of_each_channel():
    x = torch.tensor([[[[0, 255], [51, 102]], [[255, 0], [0, 51]]]], dtype=torch.uint8)
    net = Flattened((2, 2, 2), 3, mean=(0.2, 0.4), std=(0.5, 2.0))
    assert net.features(x)[0].tolist() == pytest.approx([-0.4, 0, 1.6, -0.4, 0.3, 0, -0.2, -0.1])
    assert Flattened((2, 2), 3, std=(0.5,)).features(x[..., 0])[0].tolist() == pytest.approx([0, 0.4, 2, 0])
    assert list(net.state_dict()) == ["head.weight", "head.bias"]  # options, and no state


def test_hidden_layers_stand_between():
    net = Flattened((2, 2), 3, hidden=(6, 5))
    assert [tuple(p.shape) for p in net.parameters()] == [(6, 4), (6,), (5, 6), (5,), (3, 5), (3,)]


@pytest.mark.parametrize(
    ("x_shape", "options", "message"),
    [
        ((64,), {}, r"Flattened takes images .* have shape \(64,\)"),
        ((), {}, "Flattened takes images"),
        ((2, 2, 3, 4), {}, "Flattened takes images"),
        ((3, 1, 8), {}, r"at least 2 x 2 pixels, channels in the last axis, the stream's have shape \(3, 1, 8\)"),
        ((4, 4, 3), {"mean": (0.1, 0.2)}, r"mean must be one number or one for each of 3 channels, got \(0.1, 0.2\)"),
        ((4, 4), {"std": ()}, "std must be one number"),
        ((4, 4), {"std": (0.0,)}, "std must be above 0"),
        ((4, 4), {"std": (float("nan"),)}, "std must be above 0"),
    ],
)
def test_what_cannot_be_taken_is_refused(x_shape, options, message):
    with pytest.raises(OptionError, match=message):
        Flattened(x_shape, 3, **options)
