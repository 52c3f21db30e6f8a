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
    except (RuntimeError, TypeError) as error:
        raise OptionError(
            f"device {device!r} is none that PyTorch knows: say 'auto', 'cpu' or 'cuda', or 'cuda:1' for the second GPU"
        ) from error
    try:
        torch.empty(0, device=picked)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).strip().split("\n", 1)[0]
        raise OptionError(f"device {device!r} is not on this machine ({reason}): say 'auto' or 'cpu'") from error
    return picked
