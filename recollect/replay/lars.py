"""Loss-aware reservoir sampling: what the network has learnt well makes room first."""

from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.replay.keep import Keep
from recollect.replay.stored import StoredReplay
from recollect.rows import Rows, take
from recollect.state import Stateful

if TYPE_CHECKING:
    from recollect.replay.stored import StoredReplay as Memory


class LossAware(Stateful):
    """The keep of `LARS`."""

    asks = ("losses",)

    def __init__(self) -> None:
        self.losses = np.zeros(0)  # (len,) by slot: of the row when it was last looked at

    def slots(self, rows: Rows, count: int, memory: "Memory") -> np.ndarray:
        """Free slots while there are any; then one drawn by importance for each row that a reservoir keeps, or -1."""
        filled, slots = len(self.losses), np.full(count, -1)
        free = min(memory.capacity - filled, count)
        slots[:free] = np.arange(filled, filled + free)
        arrivals = np.arange(memory.offered + free, memory.offered + count)
        kept = memory.rng.random(count - free) * (arrivals + 1) < memory.capacity
        entering = np.concatenate([np.arange(free), free + np.flatnonzero(kept)])
        if not len(entering):
            return slots
        losses = np.asarray(memory.asked.losses(take(rows, entering)), float)
        self.losses = np.concatenate([self.losses, losses[:free]])
        for i, loss in zip(entering[free:], losses[free:], strict=True):
            slots[i] = memory.rng.choice(memory.capacity, p=shares(-self.losses))
            self.losses[slots[i]] = loss
        return slots

    def feedback(self, slots: np.ndarray, signals: dict[str, np.ndarray], memory: "Memory") -> None:
        """Takes the losses (n,) of the rows in `slots`, -1 where a row is gone; other signals are passed over."""
        if "loss" in signals:
            losses = np.asarray(signals["loss"], float)
            there = (slots >= 0) & np.isfinite(losses)
            self.losses[slots[there]] = losses[there]


def shares(importance: np.ndarray) -> np.ndarray:
    """The probability (M,) of each slot to be overwritten: min-max normalised `importance`, made to sum to one."""
    low, high = importance.min(), importance.max()
    if not high > low:
        return np.full(len(importance), 1 / len(importance))
    scaled = (importance - low) / (high - low)
    return scaled / scaled.sum()


class LARS(StoredReplay):
    """Loss-aware reservoir sampling (Buzzega et al. 2020, arXiv:2010.05595).

    A row is kept as often as a reservoir keeps it, with probability capacity / offered. It takes a slot drawn in
    proportion to importance, scaled to [0, 1] over the memory, where importance is *minus* the loss: rows with a low
    loss go first, and the one with the highest stays. A row's loss is the agent's answer (eval mode) when the row
    enters, and what the agent says by `feedback(index, loss=...)` afterwards, as `er` does for all rows it replays.

    Args:
        capacity: rows over all tasks.
        keep: as for `StoredReplay`.
        **options: those of `StoredReplay`.
    """

    reads = ("x", "y")
    asks = ("losses",)

    def __init__(self, capacity: int, *, keep: str | Keep | None = None, **options: Any) -> None:
        super().__init__(capacity, keep=LossAware() if keep is None else keep, **options)
