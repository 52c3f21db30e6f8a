"""Weights & Biases: losses and scores of a run, written offline unless the variable WANDB_MODE says otherwise.

`wandb sync <folder>/wandb/offline-run-*` uploads later; WANDB_MODE=online uploads at once.
"""

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.errors import require

require("wandb", "observer 'wandb'", "track")

import wandb  # noqa: E402

if TYPE_CHECKING:
    from recollect.loop import Run


class Wandb:
    """Logs losses as `losses/<name>`, scores as `<score>/<task>` and their mean as `<score>/mean`.

    A resumed run continues the same Weights & Biases run.

    Args:
        losses_every: steps between two points of a loss curve.
    """

    def __init__(self, losses_every: int = 20) -> None:
        self.losses_every, self.id = losses_every, ""

    def recollect_run_start(self, run: "Run") -> None:
        """Begins a run of project `recollect`, named as the run's folder; its spec is the config."""
        self.log = wandb.init(
            project="recollect",
            id=self.id or None,
            name=run.directory.name if run.directory else None,
            dir=run.directory,
            config=run.spec,
            mode=os.environ.get("WANDB_MODE", "offline"),
            resume="allow",
        )
        self.id = self.log.id

    def recollect_step_end(self, step: int, losses: dict[str, float]) -> None:
        """Logs the losses every `losses_every` steps."""
        if step % self.losses_every == 0:
            self.log.log({f"losses/{name}": loss for name, loss in losses.items()}, step=step)

    def recollect_evaluated(self, run: "Run", step: int, scores: dict[str, np.ndarray]) -> None:
        """Logs every task's score and the mean over tasks."""
        for score, values in scores.items():
            tasks = {f"{score}/{name}": float(value) for name, value in zip(run.tasks, values, strict=True)}
            self.log.log({**tasks, f"{score}/mean": float(np.mean(values))}, step=step)

    def recollect_run_end(self) -> None:
        """Ends the Weights & Biases run."""
        self.log.finish()

    def state_dict(self) -> dict[str, Any]:
        """The id under which the run goes on."""
        return {"id": self.id}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the id."""
        self.id = str(state["id"])
