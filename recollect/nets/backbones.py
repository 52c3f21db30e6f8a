"""Backbones by name: networks with `features(x) -> (N, d)`, a linear `head` and `forward(x) -> (N, C)`."""

from collections.abc import Sequence

from torch import nn

from recollect.errors import OptionError, UnknownName
from recollect.nets.mlp import MLP

BACKBONES: dict[str, type[nn.Module]] = {"mlp": MLP}


def backbone(name: str, x_shape: Sequence[int], num_outputs: int, hidden: Sequence[int] | None = None) -> nn.Module:
    """The backbone called `name`, with fresh weights from PyTorch's global generator.

    Args:
        name: one of BACKBONES.
        x_shape: the shape of one input, without the batch axis.
        num_outputs: C.
        hidden: widths of its fully connected hidden layers; None: the backbone's own.

    Raises:
        UnknownName: if there is no such backbone.
        OptionError: if a width is not a whole number of at least 1.
    """
    if name not in BACKBONES:
        raise UnknownName("backbone", name, BACKBONES)
    if hidden is None:
        return BACKBONES[name](x_shape, num_outputs)
    if isinstance(hidden, str | int) or not all(type(width) is int and width > 0 for width in hidden):
        raise OptionError(f"hidden must be a list of layer widths, whole numbers of at least 1, got {hidden!r}")
    return BACKBONES[name](x_shape, num_outputs, hidden=hidden)
