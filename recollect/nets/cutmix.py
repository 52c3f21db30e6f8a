"""CutMix: a rectangle of every image is replaced by that of another one."""

import numpy as np
import torch


def cutmix(x: torch.Tensor, alpha: float, rng: np.random.Generator) -> tuple[torch.Tensor, np.ndarray, float]:
    """Images with a rectangle of their partners, who the partners are, and the share that is left of themselves.

    Yun et al. (2019), arXiv:1905.04899: lambda ~ Beta(alpha, alpha), one for the batch; the rectangle has sqrt(1 -
    lambda) of either side, a uniform centre, and ends at the image's edges; the share is that of the pixels left. The
    loss is then `share * loss(x, y) + (1 - share) * loss(x, y[partners])`.

    Args:
        x: images (N, H, W) or (N, H, W, C), not changed.
        alpha: above 0.
        rng: what is drawn from.

    Returns:
        As `x`; (N,) rows; in [0, 1].
    """
    height, width = x.shape[1:3]
    partners = rng.permutation(len(x))
    side = np.sqrt(1 - rng.beta(alpha, alpha))
    tall, wide = int(height * side), int(width * side)
    middle, centre = rng.integers(height), rng.integers(width)
    rows = slice(max(middle - tall // 2, 0), min(middle + tall // 2, height))
    columns = slice(max(centre - wide // 2, 0), min(centre + wide // 2, width))
    mixed = x.clone()
    mixed[:, rows, columns] = x[torch.from_numpy(partners).to(x.device)][:, rows, columns]
    return mixed, partners, 1 - (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
