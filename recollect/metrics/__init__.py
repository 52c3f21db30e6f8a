"""Metrics: pure functions `f(history, reference=None, score=None) -> float`.

`score` is the name of a score of the history, by default its primary one. Metrics that are levels (accuracy, aaa,
min-acc, wc-acc) are in the score's own units; metrics that are differences (forgetting, bwt, fwt) negate scores of
direction "min" first, so that their signs mean the same for every score. Where a metric is undefined it is NaN, and
a MetricWarning says why. `reference` is a second history, for metrics that compare two runs.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry

recollect_api = 1


def recollect_register(registry: "Registry") -> None:
    """Names the metrics."""
    registry.metric("accuracy", "recollect.metrics.level:accuracy", "mean score of all tasks met, at the end")
    registry.metric("aaa", "recollect.metrics.level:aaa", "average anytime accuracy: tasks met so far, all along")
    registry.metric("forgetting", "recollect.metrics.forgetting:forgetting", "how far old tasks fell from their best")
    registry.metric("bwt", "recollect.metrics.transfer:bwt", "backward transfer: old tasks since their own end")
    registry.metric("fwt", "recollect.metrics.transfer:fwt", "forward transfer: tasks before they were trained")
    registry.metric("min-acc", "recollect.metrics.worst_case:min_acc", "worst score of old tasks since their end")
    registry.metric("wc-acc", "recollect.metrics.worst_case:wc_acc", "worst case: current task and min-acc of the old")
