"""What a grid costs beside its runs, and how fast results are read.

python benchmarks/experiments.py [RUNS]      seconds by the clock, which other work on the machine adds to, and of CPU
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import core
import numpy as np

import recollect
from recollect.experiments.experiment import Cell, Experiment
from recollect.experiments.grid import OBSERVERS, grid
from recollect.experiments.local import cores
from recollect.experiments.results import Results
from recollect.experiments.spec import RunSpec
from recollect.history import History
from recollect.registry import registry

EVALUATIONS, TASKS = 1_000_000, 10
STREAM, AGENT = "recollect/Null-v0", "null"
SPEC = RunSpec(STREAM, AGENT, run={"steps_per_task": 5})


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and of CPU of this process and of those that it has waited for."""
    usages = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)

    def used() -> float:
        return sum(one.ru_utime + one.ru_stime for one in map(resource.getrusage, usages))

    clock, cpu = time.perf_counter(), used()
    work()
    return time.perf_counter() - clock, used() - cpu


def plain(runs: int) -> None:
    """As many runs in a loop, without folders."""
    for seed in range(runs):
        recollect.run(core.NullStream, core.NullAgent(core.NullStream(), recollect.make_replay("none", 1)),
                      steps_per_task=5, seed=seed)  # fmt: skip


def with_folders(runs: int, folder: Path) -> None:
    """The same with the folders that a grid leaves: run.json, two checkpoints, history, events, contents."""
    for cell in experiment(runs).cells:
        cell.spec.execute(folder / cell.folder, plugins=OBSERVERS)


def experiment(runs: int) -> Experiment:
    """As many runs as cells."""
    cells = [RunSpec(**SPEC.as_json() | {"seed": seed}) for seed in range(runs)]
    return Experiment("null", tuple(Cell("null", spec.seed, spec) for spec in cells))


def history(path: Path) -> None:
    """Writes a history of a million evaluations of ten tasks."""
    made = History([f"task {i}" for i in range(TASKS)], {"accuracy": "max"})
    columns = {name: np.arange(EVALUATIONS) for name in ("step", "rows", "env_steps", "updates", "position", "task")}
    scores = np.random.default_rng(0).random((EVALUATIONS, TASKS))
    made.load_state_dict(columns | {"scores/accuracy": scores, "ended": np.zeros(EVALUATIONS, bool)})
    made.save(path)


def report(runs: int) -> None:
    """Measures and prints."""
    registry.stream(STREAM, "core:NullStream")
    registry.agent(AGENT, "core:NullAgent", replay="none")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain(5)
        bare = measured(lambda: plain(runs))
        loop = measured(lambda: with_folders(runs, folder / "loop"))
        start = measured(lambda: grid(experiment(cores()), folder / "start", progress=False))
        whole = measured(lambda: grid(experiment(runs), folder / "grid", progress=False))
        again = measured(lambda: grid(experiment(runs), folder / "grid", progress=False))
        read = measured(lambda: Results.read(folder / "grid").table("accuracy"))
        line(f"{runs} runs of 10 steps in a loop, nothing kept", bare)
        line(f"{runs} runs in a loop, each in its folder", loop)
        line(f"{cores()} runs on {cores()} workers: their start", start)
        line(f"{runs} runs on {cores()} workers", whole)
        busy = [(whole[0] - start[0]) * cores(), whole[1] - start[1]]
        for name, less in (("the loop with folders", loop), ("the loop without", bare)):
            clock, cpu = ((mine / (runs - cores()) - its / runs) * 1e3 for mine, its in zip(busy, less, strict=True))
            print(f"  per run and worker, more than {name:26s} {clock:8.2f} ms  {cpu:8.2f} ms CPU")
        line("the same again: all of them are finished", again)
        line(f"reading {runs} results, and a table", read)
        history(folder / "history.npz")
        load = measured(lambda: History.load(folder / "history.npz"))
        line(f"reading a history of {EVALUATIONS:,} x {TASKS} scores", load)


def line(what: str, seconds: tuple[float, float]) -> None:
    """Prints one measurement."""
    print(f"{what:58s} {seconds[0]:8.2f} s   {seconds[1]:8.2f} s CPU", flush=True)


if __name__ == "__main__":
    report(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
