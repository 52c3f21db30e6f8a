"""Metrics: pure functions `f(history, reference=None, score=None) -> float`.

`score` is the name of a score of the history, by default its primary one. Metrics that are levels (accuracy, aia,
aaa, learning-accuracy, last-task, upper-triangle-mean, lca-10, min-acc, boundary-min-acc, wc-acc, cw-performance) are
in the score's own units; the others are differences and negate scores of direction "min" first, so that their signs
mean the same for every score (omega-all alone is a ratio of levels). Where a metric is undefined it is NaN, and a
MetricWarning says why. `reference` is a second history, for metrics that compare runs. What else a metric can be told
is by keyword.
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
    registry.metric(
        "boundary-min-acc",
        "recollect.metrics.worst_case:boundary_min_acc",
        "worst score of old tasks at later task ends alone",
    )
    registry.metric("wc-acc", "recollect.metrics.worst_case:wc_acc", "worst case: current task and min-acc of the old")
    registry.metric("aia", "recollect.metrics.level:aia", "average incremental accuracy: tasks met, over task ends")
    registry.metric("learning-accuracy", "recollect.metrics.level:learning_accuracy", "each task at its own end")
    registry.metric("last-task", "recollect.metrics.level:last_task", "the task trained last, at the end: final mIoU")
    registry.metric(
        "forgetting-from-best", "recollect.metrics.forgetting:forgetting_from_best", "forgetting, from the best ever"
    )
    registry.metric("forg", "recollect.metrics.forgetting:forg", "old tasks fell since their own end: -bwt")
    registry.metric("bwt-plus", "recollect.metrics.transfer:bwt_plus", "bwt over all later task ends, cut at 0")
    registry.metric(
        "upper-triangle-mean", "recollect.metrics.transfer:upper_triangle_mean", "tasks before they were trained"
    )
    registry.metric("lca-10", "recollect.metrics.curve:lca_10", "learning curve area: a task's first 10 mini-batches")
    registry.metric(
        "intransigence", "recollect.metrics.joint:intransigence", "how much worse the last task is learned than jointly"
    )
    registry.metric(
        "intransigence-mean",
        "recollect.metrics.joint:intransigence_mean",
        "how much worse tasks are learned than jointly",
    )
    registry.metric("omega-all", "recollect.metrics.joint:omega_all", "share of joint training's accuracy")
    registry.metric("wf-10", "recollect.metrics.windowed:wf_10", "largest fall within 10 evaluations")
    registry.metric("wf-100", "recollect.metrics.windowed:wf_100", "largest fall within 100 evaluations")
    registry.metric("wp-10", "recollect.metrics.windowed:wp_10", "largest rise within 10 evaluations")
    registry.metric("wp-100", "recollect.metrics.windowed:wp_100", "largest rise within 100 evaluations")
    registry.metric("x-gap-depth", "recollect.metrics.gap:x_gap_depth", "how deep old tasks fall after a switch")
    registry.metric(
        "x-gap-area",
        "recollect.metrics.gap:x_gap_area",
        "how far old tasks lie below their score at the switch, on average",
    )
    registry.metric("x-gap-rise", "recollect.metrics.gap:x_gap_rise", "how far old tasks come back after their fall")
    registry.metric("x-rec90", "recollect.metrics.gap:x_rec90", "updates until an old task is 90% of the way back")
    registry.metric("x-recovered", "recollect.metrics.gap:x_recovered", "share of gaps that recovered")
    registry.metric(
        "cw-performance",
        "recollect.metrics.continual_world:cw_performance",
        "Continual World's average over all tasks, met or not",
    )
    registry.metric(
        "cw-forgetting",
        "recollect.metrics.continual_world:cw_forgetting",
        "Continual World's: from own end to the end, all positions",
    )
    registry.metric(
        "cw-forward-transfer",
        "recollect.metrics.continual_world:cw_forward_transfer",
        "Continual World's: gain over training each task alone",
    )
