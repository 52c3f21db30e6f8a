"""Three memories on three seeds, side by side on the machine's cores; called again, it only reads what is there."""

from pathlib import Path

from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.grid import grid
from recollect.experiments.results import Results
from recollect.experiments.spec import RunSpec

STREAM, TASKS = "recollect/SplitDigits-v0", {"tasks": 2}
experiment = Experiment(
    "memories",
    [
        Cell(replay, seed, RunSpec(STREAM, "er", replay, 50, stream_options=TASKS, seed=seed))
        for replay in ("none", "fifo", "reservoir")
        for seed in (0, 1, 2)
    ],
)
grid(experiment, Path("runs/memories"))
for stream, arms in Results.read("runs/memories").table("accuracy").items():
    for arm, values in arms.items():
        print(f"{arm:>12} ", " ".join(f"{value:.2f}" for value in values.values()), "on", stream)
