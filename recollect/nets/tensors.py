"""Arrays of rows as tensors."""

from typing import Any

import torch


def tensor(array: Any, device: torch.device) -> torch.Tensor:
    """The numpy array `array` on `device`, without a copy where memory can be shared.

    Read-only arrays (memory-mapped ones among them) and strided ones are copied: PyTorch warns of the first
    and refuses some of the second.
    """
    flags = array.flags
    return torch.from_numpy(array if flags.writeable and flags.c_contiguous else array.copy()).to(device)


def unit(x: torch.Tensor) -> torch.Tensor:
    """Network input as float32: images of uint8 are scaled to [0, 1], all else keeps its values."""
    return x.float() / 255 if x.dtype == torch.uint8 else x.float()
