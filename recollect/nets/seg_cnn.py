"""A small convolutional network for masks."""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.functional import interpolate

from recollect.errors import OptionError
from recollect.nets.tensors import unit


class SegCNN(nn.Module):
    """Four 3 x 3 convolutions with batch normalisation and ReLU, and a 1 x 1 convolution to classes.

    The second has stride 2, the third and fourth are dilated by 2 and 4, so that a pixel of the features sees 31 x 31
    pixels of the picture at half its resolution. Ours, for a CPU; BACS (arXiv 2404.13148) has a
    ResNet-101 with output stride 16.

    Args:
        x_shape: the shape of a picture, (H, W, channels), at least 8 x 8.
        num_outputs: C of the head, background included.
        width: channels d of the last three convolutions; the first has half of them.

    Raises:
        OptionError: for other inputs, or a width that is not an even number of at least 2.
    """

    def __init__(self, x_shape: Sequence[int], num_outputs: int, width: int = 32) -> None:
        super().__init__()
        if len(x_shape) != 3 or min(x_shape[:2]) < 8:
            raise OptionError(f"masks are predicted for pictures (H, W, C) of at least 8 x 8, got {tuple(x_shape)}")
        if type(width) is not int or width < 2 or width % 2:
            raise OptionError(f"width must be an even number of channels, at least 2, got {width!r}")
        self.width = width
        layers: list[nn.Module] = []
        plan = ((x_shape[2], width // 2, 1, 1), (width // 2, width, 2, 1), (width, width, 1, 2), (width, width, 1, 4))
        for before, after, stride, dilation in plan:
            layers += [
                nn.Conv2d(before, after, 3, stride, padding=dilation, dilation=dilation, bias=False),
                nn.BatchNorm2d(after),
                nn.ReLU(),
            ]
        self.body = nn.Sequential(*layers)
        self.head = nn.Conv2d(width, num_outputs, 1)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Features (N, d, h, w) of pictures (N, H, W, C), uint8 or floating in [0, 1]; h = ceil(H / 2), w likewise."""
        return self.body(unit(x).permute(0, 3, 1, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, C, h, w), at the features' resolution."""
        return self.head(self.features(x))

    def grow(self, old: int, seen: int) -> None:
        """Gives the classes `old` to `seen` - 1 the background's filter, and shares its bias among them and it.

        MiB's initialisation: bias_0 - log(new + 1) for each, so that at first their probabilities sum to what the
        background's was (Cermelli et al. 2020, arXiv 2002.00718, section 3.3).
        """
        with torch.no_grad():
            self.head.weight[old:seen] = self.head.weight[:1]
            share = self.head.bias[0] - torch.log(torch.tensor(float(seen - old + 1), device=self.head.bias.device))
            self.head.bias[old:seen] = share
            self.head.bias[0] = share


def enlarged(maps: torch.Tensor, size: Sequence[int]) -> torch.Tensor:
    """Maps (N, C, h, w) at `size` (H, W), bilinearly."""
    return interpolate(maps, tuple(size), mode="bilinear", align_corners=False)
