"""Continual evaluation for lifelong learning: identifying the stability gap.

De Lange, van de Ven & Tuytelaars, ICLR 2023, arXiv 2205.13452.

Evaluated after every update instead of at the ends of tasks, nearly all methods of continual learning show a sharp
drop on old tasks in the first updates of a new one, and recover: the stability gap. At the switch the model lies at a
minimum of the old tasks' loss, so the gradient that keeps what was learned (stability) is about zero while that of the
new task (plasticity) is large; only after the model has drifted does stability answer. Worst-case metrics see it.

What is here: the claims; `disentangled-er`, which logs both gradients (observer `gradients`). The metrics (min-acc,
wc-acc, wf-10, wp-10, ... and our x-gap-depth, x-gap-rise) are the library's, as is the memory: `balanced` with
filled="task-end" and draw="class-uniform".

What differs from the paper: evaluation is on a fixed test set, where the paper's code draws 1,000 rows of it anew at
every update, which adds noise to minima. The small scale is handwritten digits of 8 x 8 pixels, and its rotations.
Thresholds are ours: the paper shows curves and states no test.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry

recollect_api = 1


def recollect_register(registry: "Registry") -> None:
    """Names the agent and the claims."""
    package = "recollect.plugins.stability_gap"
    registry.agent(
        "disentangled-er", f"{package}.agent:DisentangledER", "er that logs plasticity and stability gradients"
    )
    for name, claim, summary in (
        ("hidden-class-incremental", "HIDDEN_SPLIT", "evaluation at task ends hides a deep fall; digits, two per task"),
        ("hidden-rotation", "HIDDEN_ROTATED", "so it does on rotated digits"),
        ("recovery", "RECOVERY", "old tasks recover before the new one ends"),
        ("similarity", "SIMILARITY", "the gap is the deeper, the larger the rotation"),
        ("full-replay-keeps", "FULL_KEEPS", "with full replay nothing is forgotten in the end"),
        ("full-replay-falls", "FULL_FALLS", "and yet there is a gap"),
        ("finetune-falls", "FINETUNE_FALLS", "finetuning falls at the switch"),
        ("finetune-stays", "FINETUNE_STAYS", "and does not recover"),
        ("gap-of-gem", "GEM", "gem shows the gap"),
        ("gap-of-a-gem", "AGEM", "a-gem shows the gap"),
        ("gap-of-ewc", "EWC", "ewc shows the gap"),
        ("gap-of-lwf", "LWF", "lwf shows the gap"),
        ("stability-starts-low", "STARTS_LOW", "the stability gradient is about zero at the switch"),
        ("stability-rises", "RISES", "and rises within 20 updates"),
    ):
        registry.claim(f"stability-gap/{name}", f"{package}.claim:{claim}", summary)
