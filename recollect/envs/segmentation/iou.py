"""IoU: what was predicted for pixels of each class, counted, and intersection over union.

A score over pixels is not a mean of scores of pictures: counts are summed over all pictures before anything is divided.
"""

import numpy as np

from recollect.envs.segmentation.masked import VOID


def confusion(y: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """How many pixels of each class were predicted to be each class, by picture: (N, K, K) int64, truth first.

    Args:
        y: (N, H, W) integers below `classes`, or VOID, whose pixels are not counted.
        predicted: (N, H, W) integers below `classes`.
        classes: K, with the background.
    """
    judged = y != VOID
    cell = np.where(judged, y, 0).astype(np.int64) * classes + predicted  # (N, H, W)
    cell += np.arange(len(y))[:, None, None] * classes**2
    return np.bincount(cell[judged], minlength=len(y) * classes**2).reshape(len(y), classes, classes)


def merged(counts: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Counts (K, K) in which every class that is not known is background, in truth and in prediction.

    Args:
        counts: (K, K).
        known: (K,) bool; the background's entry does not matter.
    """
    into = np.where(known, np.arange(len(known)), 0)  # (K,)
    found = np.zeros_like(counts)
    np.add.at(found, (into[:, None], into), counts)
    return found


def ious(counts: np.ndarray) -> np.ndarray:
    """Intersection over union (K,) of each class: hits / (hits + misses + false alarms); NaN without a true pixel.

    A class that has true pixels and is never predicted has 0, and counts.
    """
    hits, true = np.diag(counts), counts.sum(1)
    union = true + counts.sum(0) - hits
    return np.where(true > 0, hits / np.maximum(union, 1), np.nan)


def mean(values: np.ndarray) -> float:
    """The mean of those that are not NaN; 0 if all are, which only happens on a handful of pictures."""
    there = values[~np.isnan(values)]
    return float(there.mean()) if len(there) else 0.0
