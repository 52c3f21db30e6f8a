"""Backbones by name: networks with `features(x) -> (N, d)`, a linear `head` and `forward(x) -> (N, C)`."""

from collections.abc import Sequence
from typing import Any

from torch import nn

from recollect.errors import OptionError, UnknownName
from recollect.nets.images import ImageBackbone
from recollect.nets.mlp import MLP
from recollect.nets.resnet import ResNet18, ResNet18Reduced
from recollect.nets.small_cnn import SmallCNN

BACKBONES: dict[str, type[nn.Module]] = {
    "mlp": MLP,
    "small-cnn": SmallCNN,
    "resnet18-reduced": ResNet18Reduced,
    "resnet18": ResNet18,
}


def backbone(
    name: str,
    x_shape: Sequence[int],
    num_outputs: int,
    hidden: Sequence[int] | None = None,
    mean: Sequence[float] | None = None,
    std: Sequence[float] | None = None,
) -> nn.Module:
    """The backbone called `name`, with fresh weights from PyTorch's global generator.

    Args:
        name: one of BACKBONES.
        x_shape: the shape of one input, without the batch axis.
        num_outputs: C.
        hidden: widths of the fully connected hidden layers before the head, behind what convolutions there are; None:
            the backbone's own, (100, 100) for mlp, (128,) for small-cnn, none for the ResNets.
        mean: what is subtracted from each channel of images; None: nothing.
        std: what each channel of images is divided by; None: nothing.

    Raises:
        UnknownName: if there is no such backbone.
        OptionError: if a width is not a whole number of at least 1, or the backbone cannot take such inputs.
    """
    if name not in BACKBONES:
        raise UnknownName("backbone", name, BACKBONES)
    options: dict[str, Any] = {"mean": mean, "std": std}
    options = {option: values for option, values in options.items() if values is not None}
    if options and not issubclass(BACKBONES[name], ImageBackbone):
        raise OptionError(
            f"mean and std are those of an image's channels, and {name} does not know of any: leave them out"
        )
    if hidden is not None:
        if isinstance(hidden, str | int) or not all(type(width) is int and width > 0 for width in hidden):
            raise OptionError(f"hidden must be a list of layer widths, whole numbers of at least 1, got {hidden!r}")
        options["hidden"] = hidden
    return BACKBONES[name](x_shape, num_outputs, **options)
