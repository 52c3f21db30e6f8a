"""A small convolutional network."""

from collections.abc import Sequence

from torch import nn

from recollect.nets.images import ImageBackbone


class SmallCNN(ImageBackbone):
    """Twice a 3 x 3 convolution (32, then 64 channels), ReLU and 2 x 2 max pooling; a hidden layer; a linear head.

    Ours, for quick runs on a CPU. There is no normalisation, so that single rows and batches give the same, and the
    network is a chain: parts that renew units work on it.

    Args:
        x_shape: the shape of one image, (H, W) or (H, W, C), of at least 4 x 4 pixels.
        num_outputs: C of the head.
        hidden: widths of its fully connected hidden layers; () puts the head on the flattened maps.
        **options: those of `ImageBackbone`.
    """

    smallest = 4

    def __init__(self, x_shape: Sequence[int], num_outputs: int, hidden: Sequence[int] = (128,), **options) -> None:
        super().__init__(x_shape, num_outputs, hidden, **options)

    def layers(self, height: int, width: int, channels: int) -> tuple[list[nn.Module], int]:
        """Two convolutions, each pooled, and flattening."""
        found: list[nn.Module] = []
        for before, after in ((channels, 32), (32, 64)):
            found += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        return [*found, nn.Flatten()], 64 * (height // 4) * (width // 4)
