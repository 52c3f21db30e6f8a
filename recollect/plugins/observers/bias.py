"""How far predictions, angles and norms of classes lean to the running task.

{"step": 58, "task": 1, "ended": true, "old_as_new": 0.31, "angle_bias": 0.12, "norm_bias": 1.05}
"""

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from recollect.core import Agent
from recollect.errors import DataError
from recollect.plugins.observers.appended import AppendedFile
from recollect.plugins.observers.plasticity import untouched

if TYPE_CHECKING:
    from recollect.loop import Run
    from recollect.rows import Rows

FILE, CHUNK = "bias.jsonl", 256
NUMBERS = ("old_as_new", "angle_bias", "norm_bias")


class Bias:
    """At every evaluation, looks at the test rows of it; writes bias.jsonl where the run has a folder.

    Of the test rows of old classes (of tasks that began before the running one, and not in it):

        old_as_new    share that is predicted to be of the running task's classes
        angle_bias    mean of the largest cosine of features and class weights among the running task's classes, less
                      the largest among old ones
        norm_bias     mean norm of the running task's class weights over that of old ones

    The decomposition of a logit into norms and angle is that of Lin et al. (2023), arXiv 2309.04081; the three numbers
    are ours. The last two are null for agents without a head that gives their logits; a head's bias is not
    looked at. There is no line while there are no old classes, and none on streams other than of class labels in
    batches. The agent is asked in eval mode, and random states are put back. The lines are kept in `records` too.
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.classes: dict[int, list[int]] = {}  # of every task that has begun
        self.file = AppendedFile(FILE, "bias")
        self.writes = False

    def recollect_run_start(self, run: "Run") -> None:
        """Opens the file, or continues it."""
        self.writes = run.directory is not None
        if self.writes:
            self.file.begin(run.directory)

    def recollect_task_start(self, run: "Run", task: int) -> None:
        """Learns the classes of the task."""
        stream = run.stream.unwrapped
        if stream.batched and stream.target == "class" and task not in self.classes:
            self.classes[task] = np.unique(stream.data(task, "test")["y"]).tolist()

    def recollect_evaluated(self, run: "Run", task: int, step: int) -> None:
        """Measures, if there is something old."""
        if task not in self.classes:  # the one before the first step is of no task
            return
        running = np.array(self.classes[task])
        old = np.setdiff1d([label for labels in self.classes.values() for label in labels], running)
        if not len(old):
            return
        rows, _ = run.exam()
        asked = np.isin(rows["y"], old)
        if not asked.any():
            return
        hidden = {"y"} if run.spec["settings"]["announce_tasks"] else {"y", "task"}
        shown = {field: values[asked] for field, values in rows.items() if field not in hidden}
        with untouched(run.agent):
            numbers = measure(run.agent, shown, running, old)
        line = {"step": step, "task": task, "ended": bool(run.history.ended[-1]), **numbers}
        self.records.append(line)
        if self.writes:
            self.file.append(json.dumps(line).encode() + b"\n")

    def state_dict(self) -> dict[str, Any]:
        """What was measured, the classes met, and the length of the file."""
        return {"records": self.records, "classes": self.classes, "file": self.file.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.records, self.classes = list(state["records"]), {int(k): list(v) for k, v in state["classes"].items()}
        self.file.load_state_dict(state["file"])

    @staticmethod
    def figures(directory: Path) -> dict[str, float]:
        """Means over task ends of the file in a run's folder, NaN without any: old-as-new, angle-bias, norm-bias.

        Raises:
            DataError: if the run wrote no such file, or it is damaged.
        """
        path = Path(directory) / FILE
        try:
            lines = [line for line in map(json.loads, path.read_text().splitlines()) if line["ended"]]
            found = {
                name: [math.nan if line[name] is None else float(line[name]) for line in lines] for name in NUMBERS
            }
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise DataError(f"{path} cannot be read ({error}): was the run observed by 'bias'?") from error
        return {
            name.replace("_", "-"): math.fsum(values) / len(values) if values else math.nan
            for name, values in found.items()
        }


def measure(agent: Agent, rows: "Rows", running: np.ndarray, old: np.ndarray) -> dict[str, float | None]:
    """The three numbers on rows of the `old` classes, beside the `running` ones; None where there is no such number."""
    count = len(next(iter(rows.values())))
    chunks = [{f: v[start : start + CHUNK] for f, v in rows.items()} for start in range(0, count, CHUNK)]
    predicted = np.concatenate([agent.predict(chunk)["y"] for chunk in chunks])
    numbers = {"old_as_new": float(np.isin(predicted, running).mean()), "angle_bias": None, "norm_bias": None}
    weight = getattr(getattr(getattr(agent, "network", None), "head", None), "weight", None)  # (C, d)
    if weight is None or not all(callable(getattr(agent, name, None)) for name in ("embed", "logits")):
        return numbers
    weight = weight.detach().double().cpu().numpy()
    norms = np.linalg.norm(weight, axis=1)  # (C,)
    features = np.concatenate([agent.embed(chunk) for chunk in chunks]).astype(float)  # (N, d)
    lengths = np.linalg.norm(features, axis=1)[:, None] * norms  # (N, C)
    cosines = np.divide(features @ weight.T, lengths, out=np.zeros_like(lengths), where=lengths > 0)
    leaning = cosines[:, running].max(1) - cosines[:, old].max(1)  # (N,)
    numbers |= {"angle_bias": leaning.mean(), "norm_bias": norms[running].mean() / norms[old].mean()}
    return {name: float(number) if math.isfinite(number) else None for name, number in numbers.items()}
