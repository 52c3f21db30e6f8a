"""A fingerprint of rows and networks: whether something that was computed of them still holds."""

import hashlib

import numpy as np
import torch

from recollect.rows import Rows


def fingerprint(rows: Rows, *networks: torch.nn.Module) -> bytes:
    """16 bytes that tell `rows`, in their order, and all weights and statistics of `networks` from any others."""
    digest = hashlib.blake2b(digest_size=16)
    for field, values in rows.items():
        digest.update(f"{field} {values.dtype} {values.shape}".encode())
        digest.update(np.ascontiguousarray(values))
    for network in networks:
        for name, tensor in network.state_dict().items():
            digest.update(name.encode())
            digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()))
    return digest.digest()
