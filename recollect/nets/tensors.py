"""Arrays of rows as tensors."""

import numpy as np
import torch


def tensor(array: np.ndarray, device: torch.device) -> torch.Tensor:
    """`array` on `device`, without a copy where it can be shared.

    Read-only arrays (memory-mapped ones among them) and strided ones are copied: PyTorch warns of the first
    and refuses some of the second.
    """
    array = np.asarray(array)
    if not (array.flags.writeable and array.flags.c_contiguous):
        array = np.array(array, order="C")
    return torch.from_numpy(array).to(device)


def unit(x: torch.Tensor) -> torch.Tensor:
    """Network input as float32: images of uint8 are scaled to [0, 1], all else keeps its values."""
    return x.float() / 255 if x.dtype == torch.uint8 else x.float()
