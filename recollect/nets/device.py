"""Which device networks live on."""

import torch

from recollect.errors import OptionError


def pick(device: str | torch.device = "auto") -> torch.device:
    """The device called `device`: "auto" (a GPU if there is one, else the CPU), "cpu", "cuda", "cuda:1", "mps", ...

    Raises:
        OptionError: if PyTorch knows no such device, or this machine has none.
    """
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        picked = torch.device(device)
        torch.empty(0, device=picked)
    except (RuntimeError, AssertionError, TypeError, NotImplementedError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise OptionError(
            f"device {device!r} cannot be used here ({reason}). Say 'auto', 'cpu', or 'cuda' on a machine with a GPU"
        ) from error
    return picked
