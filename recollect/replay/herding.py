"""Herding: the exemplars of each class whose mean is nearest to the class's own."""

import os
from typing import Literal

import numpy as np

from recollect.errors import OptionError
from recollect.replay.draw import Draw
from recollect.replay.ending import asked, finished, logged
from recollect.replay.grouped import labels_of, quota
from recollect.replay.stored import StoredReplay
from recollect.rows import Rows, concat, take


class Herding(StoredReplay):
    """iCaRL's exemplars (Rebuffi, Kolesnikov, Sperl & Lampert 2017, arXiv:1611.07725, algorithms 4 and 5).

    When a task ends, m rows of each of its classes are chosen among its logged rows, one after another, by the agent's
    features of that time, each divided by its length. Older classes keep the first m of their ordered lists.
    m = capacity // classes, and the remainder goes to the first classes (the paper leaves it unused); with fewer
    slots than classes the classes met first have one row each. A class that comes again in a later task is chosen
    anew, from its exemplars and the new rows. Between task ends the memory does not change.

    Args:
        capacity: rows over all classes.
        rule: "greedy" is the paper's, p_k = argmin || mu - (phi(x) + sum of those chosen) / k ||; "barycentre" keeps
            w, at first mu, and goes from one argmax w . phi(x) to the next with w <- w + mu - phi(x) (Welling 2009), as
            iCaRL's published code does and COCONUT's; a row that comes again moves w, and is not taken twice.
        **options: those of `StoredReplay` but `keep` and `n_step`, which do not apply.

    Raises:
        OptionError: for another rule.
        DataError: where a task has no logged rows.
    """

    reads = ("x", "y")
    targets = ("class", "sequence")
    asks = ("embed",)
    needs_tasks = needs_data = True

    def __init__(
        self,
        capacity: int,
        *,
        rule: Literal["greedy", "barycentre"] = "greedy",
        draw: str | Draw = "uniform",
        replace: bool | None = None,
        directory: str | os.PathLike | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(capacity, draw=draw, replace=replace, directory=directory, seed=seed)
        if rule not in RULES:
            raise OptionError(f"replay option rule must be {' or '.join(map(repr, RULES))}, got {rule!r}")
        self.rule, self.step = rule, 0  # step: of the last row met
        self.classes: list[int] = []  # in the order in which they were met

    def add(self, rows: Rows) -> None:
        """Looks at the form of the rows; exemplars are chosen when the task ends.

        Raises:
            DataError: as for `StoredReplay`.
        """
        if rows := self.store.check(rows):
            self.step = int(np.max(rows.get("step", 0)))

    def end_task(self, task: int, data: Rows | None) -> None:
        """Chooses the exemplars of the task's classes, and shortens the lists of the others."""
        data = logged(data, "a herding memory")
        labels = labels_of(data, ("y",))[:, 0]
        present = np.unique(labels).tolist()
        self.classes += [label for label in present if label not in self.classes]
        stored = labels_of({"y": self.store.column("y")}, ("y",))[:, 0] if len(self) else np.zeros(0, np.int64)
        lists = []
        for number, label in enumerate(self.classes):
            length = quota(self.capacity, number, len(self.classes))
            kept = np.flatnonzero(stored == label)  # slots lie in the order of the lists
            rows = self.exemplars(kept) if len(kept) else {}
            if label in present:
                of_class = take(data, np.flatnonzero(labels == label))
                rows = concat([part for part in (rows, finished(self, of_class, task, self.step)) if part])
                rows = take(rows, self.choose(rows, length))
            elif rows:
                rows = take(rows, np.arange(min(length, len(kept))))
            lists.append(rows)
        self._replace(concat([rows for rows in lists if rows]))

    def exemplars(self, slots: np.ndarray) -> Rows:
        """The rows in `slots`, without their index."""
        rows = self.store.take(slots)
        del rows["index"]
        return rows

    def choose(self, rows: Rows, length: int) -> np.ndarray:
        """Which of `rows` are the best `length` exemplars of them, best first: (at most length,)."""
        phi = asked(self.agent.embed, rows).astype(np.float64)  # (n, d)
        phi /= np.maximum(np.linalg.norm(phi, axis=1, keepdims=True), 1e-12)
        return RULES[self.rule](phi, min(length, len(phi)))

    def _replace(self, rows: Rows) -> None:
        """Makes these all that is stored; what was drawn before has an old index."""
        rows = self.store.check(rows)
        self.store.clear()
        if hasattr(self.draw, "cleared"):
            self.draw.cleared()
        if rows:
            count = len(rows["y"])
            self._put(np.arange(count), rows, count)


def greedy(phi: np.ndarray, length: int) -> np.ndarray:
    """Rows of `phi` (n, d) whose mean comes nearest to that of all, one after another: (length,)."""
    mean, total = phi.mean(0), np.zeros(phi.shape[1])
    squares, free, chosen = (phi**2).sum(1), np.ones(len(phi), bool), []
    for k in range(1, length + 1):
        # || mu - (phi + total) / k ||^2 = (|| phi ||^2 - 2 phi . (k mu - total)) / k^2 + what is the same for all
        apart = np.where(free, squares - 2 * phi @ (k * mean - total), np.inf)  # (n,)
        best = int(apart.argmin())
        free[best] = False
        total += phi[best]
        chosen.append(best)
    return np.array(chosen, np.int64)


def barycentre(phi: np.ndarray, length: int) -> np.ndarray:
    """Rows of `phi` (n, d) by the running direction to what is lacking: (length,)."""
    mean = phi.mean(0)
    w, chosen, steps = mean.copy(), [], 0
    while len(chosen) < length:
        towards = phi @ w  # (n,)
        if steps >= STEPS:  # the same few rows come again and again
            towards[chosen] = -np.inf
        best, steps = int(towards.argmax()), steps + 1
        w += mean - phi[best]
        if best not in chosen:
            chosen.append(best)
    return np.array(chosen, np.int64)


STEPS = 1000  # of the barycentre rule with rows that it has chosen before; iCaRL's code stops here
RULES = {"greedy": greedy, "barycentre": barycentre}
