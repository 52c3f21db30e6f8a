"""Randomness: seeds by path, and the random states of a process, taken and put back.

PyTorch's state is part of it wherever PyTorch has been imported; this module does not import it.
"""

import random
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from recollect.errors import OptionError


def check_seed(seed: Any) -> int:
    """`seed` as an int.

    Raises:
        OptionError: unless it is a whole number in [0, 2**32), which is what numpy takes.
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**32:
        raise OptionError(f"seed must be a whole number of at least 0 and below 2**32, got {seed!r}")
    return int(seed)


def seed_for(*path: int | str) -> int:
    """The seed, in [0, 2**32), of one place in a run, such as `(run seed, "episode", position, task, episode)`."""
    entropy = [zlib.crc32(part.encode()) if isinstance(part, str) else int(part) for part in path]
    return int(np.random.SeedSequence(entropy).generate_state(1)[0])


def seed_everything(seed: int) -> None:
    """Seeds python, numpy and, where imported, torch."""
    random.seed(seed)
    np.random.seed(seed)
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        torch.manual_seed(seed)
    elif torch is not None:  # torch.manual_seed would note a seed, and where it was called, for GPUs that never come
        torch.default_generator.manual_seed(seed)


def random_states() -> dict[str, Any]:
    """The global random states of python, numpy and, where imported, torch (with its CUDA devices)."""
    states: dict[str, Any] = {"python": random.getstate(), "numpy": np.random.get_state(legacy=False)}
    torch = sys.modules.get("torch")
    if torch is not None:
        states["torch"] = torch.get_rng_state()
        if torch.cuda.is_initialized():
            states["cuda"] = torch.cuda.get_rng_state_all()
    return states


def restore_random_states(states: dict[str, Any]) -> None:
    """Puts back what `random_states` took."""
    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))
    np.random.set_state(states["numpy"])
    torch = sys.modules.get("torch")
    if torch is not None and "torch" in states:
        torch.set_rng_state(states["torch"])
        if "cuda" in states:
            torch.cuda.set_rng_state_all(states["cuda"])


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Inside, the global random states start at `seed`; afterwards they are as before."""
    before = random_states()
    seed_everything(seed)
    try:
        yield
    finally:
        restore_random_states(before)
