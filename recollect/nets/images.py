"""What backbones for images share: how images come in, fully connected layers behind, a linear head."""

from collections.abc import Sequence

import torch
from torch import nn

from recollect.errors import OptionError
from recollect.nets.mlp import dense
from recollect.nets.tensors import unit


class ImageBackbone(nn.Module):
    """Images (N, H, W) or (N, H, W, C), channels last, through `body` to features (N, d), and a linear `head`.

    uint8 is scaled to [0, 1]; then `mean` is subtracted and divided by `std`, channel by channel. A subclass says in
    `layers` what comes before the fully connected layers.

    Args:
        x_shape: the shape of one image, (H, W) or (H, W, C).
        num_outputs: C of the head.
        hidden: widths of fully connected layers with ReLU between what `layers` gives and the head.
        mean: of each channel in [0, 1], or one number for all of them; None: 0.
        std: likewise, above 0; None: 1.

    Raises:
        OptionError: for inputs that are no images or smaller than `smallest`, and for a mean or std that does not fit.
    """

    smallest = 1  # height and width of the smallest image

    def __init__(
        self,
        x_shape: Sequence[int],
        num_outputs: int,
        hidden: Sequence[int] = (),
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        name, x_shape = type(self).__name__, tuple(x_shape)
        if len(x_shape) not in (2, 3):
            raise OptionError(
                f"{name} takes images (H, W) or (H, W, C), the stream's inputs have shape {x_shape}: give images, or "
                "take the backbone mlp"
            )
        height, width, channels = (*x_shape, 1)[:3]
        if min(height, width) < self.smallest:
            raise OptionError(
                f"{name} needs images of at least {self.smallest} x {self.smallest} pixels, channels in the last axis, "
                f"the stream's have shape {x_shape}: take another backbone"
            )
        for option, values in (("mean", mean), ("std", std)):
            if values is not None and len(values) not in (1, channels):
                raise OptionError(f"{option} must be one number or one for each of {channels} channels, got {values!r}")
        if std is not None and not min(std) > 0:
            raise OptionError(f"std must be above 0, got {std!r}")
        self.normalised = mean is not None or std is not None
        for option, values in (("mean", mean or (0.0,)), ("std", std or (1.0,))):
            self.register_buffer(option, torch.tensor(values)[:, None, None], persistent=False)  # (C, 1, 1)
        layers, flat = self.layers(height, width, channels)
        self.body = nn.Sequential(*layers, *dense([flat, *hidden]))
        self.head = nn.Linear([flat, *hidden][-1], num_outputs)

    def layers(self, height: int, width: int, channels: int) -> tuple[list[nn.Module], int]:
        """The layers from images (N, channels, height, width) to features (N, d), and d."""
        raise NotImplementedError("layers(height, width, channels) -> modules, d")

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The input (N, d) of the head for images (N, H, W) or (N, H, W, C), uint8 or floating in [0, 1]."""
        x = unit(x if x.dim() == 4 else x[..., None]).permute(0, 3, 1, 2)  # (N, C, H, W), C still innermost in memory
        return self.body((x - self.mean) / self.std if self.normalised else x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Outputs (N, C) of the head."""
        return self.head(self.features(x))
