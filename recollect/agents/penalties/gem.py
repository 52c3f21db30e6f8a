"""GEM: the nearest gradient that raises no old task's loss."""

import math

import numpy as np
import torch
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import nnls

from recollect.agents.penalties.projection import Projection, tasks_of
from recollect.errors import OptionError
from recollect.rows import Rows


class GEM(Projection):
    """Where some old task's gradient has `G_t . g < 0`: `g <- G'v + g`, v from the dual quadratic programme.

    Lopez-Paz & Ranzato (2017), "Gradient episodic memory for continual learning", arXiv 1706.08840, eqs. 8-12. G holds
    the gradient of each old task's mean loss on all its remembered rows, (tasks, P). v minimises
    `1/2 v'(GG' + 1e-3 I)v + (Gg)'v` subject to `v >= margin`: the memory strength is a margin, as in the authors' code
    and section 5.2. Shifted by the margin it is a non-negative least-squares problem, solved by `scipy.optimize.nnls`
    (the authors use quadprog). Remembered rows are not trained on: see `recollect.agents.penalties.projection`.

    "All its remembered rows" is what one draw of `len(memory)` rows gives: every one where the strategy draws without
    replacement. The paper's memory keeps the last rows of each task in equal shares; here it is the agent's own, whose
    rows must carry `task`. Rows of the running task do not count.

    Args:
        margin: gamma, at least 0 (paper: 0.5).
        seed: unused; the memory draws.

    Raises:
        OptionError: if `margin` is negative or not finite.
    """

    needs_tasks = True

    def __init__(self, *, margin: float = 0.5, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= margin < math.inf:
            raise OptionError(f"margin must be a finite number of at least 0, got {margin!r}")
        self.margin = margin

    def project(self, new: Rows, replayed: Rows) -> None:
        """Turns the gradient where it would raise an old task's loss."""
        tasks = tasks_of(self.remembered(len(self.agent.replay), new))
        if not tasks:
            return
        gradient, references = self.flat_gradient(), torch.stack([self.reference(rows) for rows in tasks])
        products = references @ gradient  # (tasks, P) @ (P,) -> (tasks,)
        if bool((products < 0).any()):
            gram = (references @ references.T).double().cpu().numpy()  # (tasks, tasks)
            weights = dual(gram, products.double().cpu().numpy(), self.margin)  # (tasks,)
            self.write(gradient + references.T @ torch.from_numpy(weights).to(references))


def dual(gram: np.ndarray, products: np.ndarray, margin: float, ridge: float = 1e-3) -> np.ndarray:
    """The v >= margin, (T,), that minimises `1/2 v'(gram + ridge I)v + products'v`.

    With v = margin + u and the Cholesky factor R'R of the matrix P it is `min |R u + R'^-1 (products + P margin)|^2`
    over u >= 0.
    """
    matrix = gram + ridge * np.eye(len(gram))
    factor = cholesky(matrix)  # upper: matrix = R'R
    target = solve_triangular(factor, products + margin * matrix.sum(1), trans="T")
    return margin + nnls(factor, -target)[0]
