"""Agents that die or fail in mid-run, and an experiment of them, for the tests of grids."""

import os
import signal
import warnings
from pathlib import Path

from recollect.agents.er import ER
from recollect.errors import UnknownName
from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.spec import RunSpec
from recollect.registry import registry

DIGITS = {"stream": "recollect/SplitDigits-v0", "stream_options": {"tasks": 2}, "capacity": 30, "device": "cpu"}
RUN = {"steps_per_task": 4, "checkpoint_seconds": 0}


class Mortal(ER):
    """Experience replay that dies after a number of steps, if nobody has died before; or again and again.

    Args:
        flag: a file that is made by whoever dies; "" dies every time.
        at: updates before the death.
    """

    def __init__(self, stream, replay, *, flag: str, at: int, **options):
        super().__init__(stream, replay, **options)
        self.flag, self.at = flag, at

    def update(self, new, replayed):
        if self.updates == self.at and not (self.flag and Path(self.flag).exists()):
            if self.flag:
                Path(self.flag).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().update(new, replayed)


class Failing(ER):
    """Experience replay that fails, once it has warned."""

    def update(self, new, replayed):
        warnings.warn("the end is near", UserWarning, stacklevel=1)
        raise RuntimeError("division by cucumber")


def register_dying():
    """Names both."""
    try:
        registry.entry("agent", "mortal")
    except UnknownName:
        registry.agent("mortal", "dying:Mortal", "dies")
        registry.agent("failing", "dying:Failing", "fails")


def mortals(flag):
    """Three arms of four runs, of which the first to come to its 6th update dies; and one that dies every time."""
    arms = {
        name: {"agent": "mortal", "options": {"flag": str(flag), "at": 5}, "replay": name}
        for name in ("fifo", "reservoir", "balanced")
    }
    arms["doomed"] = {"agent": "mortal", "options": {"flag": "", "at": 2}, "replay": "none"}
    cells = [
        Cell(arm, seed, RunSpec(**DIGITS, **keys, run=RUN, seed=seed))
        for arm, keys in arms.items()
        for seed in (range(4) if arm != "doomed" else [0])
    ]
    return Experiment("mortals", tuple(cells))
