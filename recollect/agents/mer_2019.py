"""MER: meta-experience replay of 2019, single rows in turn and Reptile steps."""

import math
from collections.abc import Sequence

import gymnasium
import numpy as np
import torch

from recollect.agents.classifier import Classifier
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.tensors import tensor
from recollect.rows import Rows, num_rows, take


class MER2019(Classifier):
    """For each new row s batches of it and k remembered rows are learned row by row, under two Reptile steps.

    Riemer, Cases, Ajemian, Liu, Rish, Tu & Tesauro (2019), "Learning to learn without forgetting by maximizing transfer
    and minimizing interference", arXiv 1810.11910, algorithm 1. For a new row, from weights A:

        s times, from weights W:   draw k rows; one SGD step on each row of {new, drawn} in turn, to W'
                                   weights <- W + beta (W' - W)
        at last                    weights <- A + gamma (weights - A),   and the row enters the memory

    `learn` takes the rows of a batch one after another, each in the memory before the next is learned: a `batch_size`
    above 1 changes how many rows are a step of the run, not what is learned. An `update` of the agent is one new row.
    The first of the s draws is the one that every agent gets; the others are made in `update`, of as many rows, and
    are not counted in what is owed, so that a new row brings s * k replayed ones. Order and defaults are those of the
    authors' code (algorithm 1, permuted MNIST, memory of 200): the new row first, k rows beside it, lr 0.03, beta 0.03,
    gamma 1, k 10, s 10.

    What differs: the authors draw the k rows of a batch with replacement (`replay_options={"replace": True}`); Reptile
    moves parameters, not normalisation statistics. `rows_per_step` sums up a variant: Mammoth takes one step on the
    mean of a whole batch, `rows_per_step=11`, and networks with BatchNorm may need it. Rows with an importance "weight"
    have their loss multiplied by it; the memory hears by `feedback` of each replayed row's loss before its step.

    Args:
        stream: a SAMPLE stream with class targets.
        replay: the memory.
        beta: within-batch Reptile rate, above 0.
        gamma: across-batch Reptile rate, above 0.
        batches: s, batches per new row, at least 1.
        replayed_per_new: k, remembered rows in each batch, at least 0.
        rows_per_step: rows of one SGD step, at least 1 (paper: 1).
        lr: of SGD, above 0.
        batch_size: rows of one logged batch (paper: 1).
        **options: those of `Classifier`.

    Raises:
        OptionError: if an option lies outside its range.
        UnknownName: if there is no such backbone.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        beta: float = 0.03,
        gamma: float = 1.0,
        batches: int = 10,
        replayed_per_new: float = 10.0,
        rows_per_step: int = 1,
        lr: float = 0.03,
        batch_size: int = 1,
        **options,
    ) -> None:
        super().__init__(stream, replay, lr=lr, batch_size=batch_size, **options)
        for option, value, fits, expected in (
            ("beta", beta, 0 < beta < math.inf, "a finite number above 0"),
            ("gamma", gamma, 0 < gamma < math.inf, "a finite number above 0"),
            ("batches", batches, batches >= 1, "at least 1"),
            ("replayed_per_new", replayed_per_new, 0 <= replayed_per_new < math.inf, "a finite number of at least 0"),
            ("rows_per_step", rows_per_step, rows_per_step >= 1, "at least 1"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        self.beta, self.gamma, self.batches, self.rows_per_step = beta, gamma, batches, rows_per_step
        self.replayed_per_new = replayed_per_new

    def learn(self, new: Rows) -> dict[str, float]:
        """Learns the rows one after another; what is logged are means over them."""
        logged: dict[str, list[float]] = {}
        for row in range(num_rows(new)):
            for name, value in super().learn(take(new, np.array([row]))).items():
                logged.setdefault(name, []).append(value)
        return {name: sum(values) / len(values) for name, values in logged.items()}

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """The s batches of `new` and the two Reptile steps; {} and no step without any rows."""
        n, m = num_rows(new), num_rows(replayed)
        if not n + m:
            return {}
        parameters = list(self.network.parameters())
        start, losses = copies(parameters), []
        for batch in range(self.batches):
            if batch and m:
                replayed = self.view(self.replay.sample(m, like=new if n else None))
            before = copies(parameters)
            losses.append(self.walk(new, replayed))  # (N + M,)
            move(parameters, before, self.beta)
            if num_rows(replayed):
                self.replay.feedback(replayed["index"], loss=losses[-1][n:], priority=losses[-1][n:])
        move(parameters, start, self.gamma)
        logged = {"loss": float(np.concatenate(losses).mean())}
        if n:
            logged["loss_new"] = float(np.mean([one[:n] for one in losses]))
        if m:
            logged["loss_replayed"] = float(np.concatenate([one[n:] for one in losses]).mean())
        return logged

    def walk(self, new: Rows, replayed: Rows) -> np.ndarray:
        """SGD through the rows, new ones first; the cross-entropy (N + M,) of each before its step."""
        n, m = num_rows(new), num_rows(replayed)
        weights = np.ones(n + m, np.float32)
        if "weight" in replayed:
            weights[n:] = replayed["weight"]
        factors, seen = tensor(weights, self.device), []
        for start in range(0, n + m, self.rows_per_step):
            stop = start + self.rows_per_step
            some_new, some_old = part(new, start, stop), part(replayed, max(start - n, 0), max(stop - n, 0))
            losses = self.row_losses(some_new, some_old)
            self.descend((losses * factors[start:stop]).mean(), self.optimiser, some_new, some_old)
            seen.append(losses.detach())
        return torch.cat(seen).cpu().numpy()


def part(rows: Rows, start: int, stop: int) -> Rows:
    """Rows `start` to `stop`, as views."""
    return {field: values[start:stop] for field, values in rows.items()}


def copies(parameters: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The values of now."""
    return [parameter.detach().clone() for parameter in parameters]


def move(parameters: Sequence[torch.Tensor], start: Sequence[torch.Tensor], rate: float) -> None:
    """Reptile: puts `start + rate * (now - start)` into the parameters."""
    with torch.no_grad():
        for parameter, before in zip(parameters, start, strict=True):
            parameter.copy_(before.lerp(parameter, rate))
