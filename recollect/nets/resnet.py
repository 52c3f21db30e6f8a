"""ResNet-18 for small images, in full width and reduced."""

import math

import torch
from torch import nn

from recollect.nets.images import ImageBackbone


class ResidualBlock(nn.Module):
    """Two 3 x 3 convolutions with batch normalisation beside a shortcut (He et al. 2016, arXiv 1512.03385, fig. 2).

    Args:
        before: channels of the input.
        after: channels of the output.
        stride: of the first convolution; where the shape changes the shortcut is a 1 x 1 convolution (option B).
    """

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            *(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU()),
            *(nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)),
        )
        changes = stride != 1 or before != after
        projection = nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after)
        self.shortcut = nn.Sequential(*projection) if changes else nn.Identity()
        self.activation = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(N, before, H, W) -> (N, after, H / stride, W / stride), rounded up."""
        return self.activation(self.inner(x) + self.shortcut(x))


class ResNet18(ImageBackbone):
    """ResNet-18 with a 3 x 3 stem without pooling and global average pooling; 512 features.

    He, Zhang, Ren & Sun (2016), arXiv 1512.03385, in the form for images of 32 x 32: four stages of two blocks, whose
    width doubles and whose map halves. Convolutions have no biases; weights are drawn as PyTorch draws them.

    Args:
        x_shape: the shape of one image, (H, W) or (H, W, C), of at least 8 x 8 pixels.
        num_outputs: C of the head.
        hidden: widths of fully connected hidden layers between pooling and head (published: none).
        **options: those of `ImageBackbone`.
    """

    smallest = 8
    stem_width = 64

    def layers(self, height: int, width: int, channels: int) -> tuple[list[nn.Module], int]:
        """Stem, eight blocks, pooling."""
        stem = nn.Conv2d(channels, self.stem_width, 3, 1, 1, bias=False)
        found: list[nn.Module] = [stem, nn.BatchNorm2d(self.stem_width), nn.ReLU()]
        before = self.stem_width
        for stage in range(4):
            after = self.stem_width * 2**stage
            found += [ResidualBlock(before, after, 2 if stage else 1), ResidualBlock(after, after, 1)]
            before = after
        pooling, places = self.pooling(math.ceil(height / 8), math.ceil(width / 8))
        return [*found, pooling, nn.Flatten()], before * places

    def pooling(self, height: int, width: int) -> tuple[nn.Module, int]:
        """What pools the last maps, and how many places are left of each."""
        return nn.AdaptiveAvgPool2d(1), 1


class ResNet18Reduced(ResNet18):
    """The "reduced ResNet-18" of online continual learning: 20 channels instead of 64.

    Lopez-Paz & Ranzato (2017), arXiv 1706.08840, section 5, which says "three times less feature maps". Last maps are
    averaged over windows of 4 x 4, as in published code: 160 features of 32 x 32 images, 640 of 84 x 84.

    Args:
        x_shape: the shape of one image, (H, W) or (H, W, C), of at least 25 x 25 pixels.
        num_outputs: C of the head.
        hidden: widths of fully connected hidden layers between pooling and head (published: none).
        **options: those of `ImageBackbone`.
    """

    smallest = 25  # last maps of 4 x 4
    stem_width = 20

    def pooling(self, height: int, width: int) -> tuple[nn.Module, int]:
        """Averages over windows of 4 x 4; what is left over at the edges is dropped."""
        return nn.AvgPool2d(4), (height // 4) * (width // 4)
