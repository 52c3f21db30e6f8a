"""A-GEM: the gradient is turned until it does not raise the average loss of the memory."""

import numpy as np

from recollect.agents.penalties.projection import Projection
from recollect.errors import OptionError
from recollect.rows import Rows, num_rows


class AGEM(Projection):
    """With g of the new rows and g_ref of one replay batch: `g <- g - (g.g_ref / g_ref.g_ref) g_ref` where g.g_ref < 0.

    Chaudhry, Ranzato, Rohrbach & Elhoseiny (2019), "Efficient lifelong learning with A-GEM", arXiv 1812.00420, eq. 11.
    Where g.g_ref >= 0 the gradient stays as it is, to the bit. The replay batch is one draw from the agent's memory, of
    which the running task's rows are left out (the paper's memory gets a task's rows at its end), so nothing happens
    before the second task; where tasks are hidden all remembered rows count. Remembered rows are not trained on: see
    `recollect.agents.penalties.projection`. The paper's memory is a ring per task; here it is the agent's own.

    Args:
        rows: rows of one replay batch, before the running task's are left out (paper: 256 on MNIST).
        seed: unused; the memory draws.

    Raises:
        OptionError: unless `rows` is a whole number of at least 1.
    """

    def __init__(self, *, rows: int = 256, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if isinstance(rows, bool) or not isinstance(rows, int | np.integer) or rows < 1:
            raise OptionError(f"rows must be a whole number of at least 1, got {rows!r}")
        self.rows = int(rows)

    def project(self, new: Rows, replayed: Rows) -> None:
        """Turns the gradient where it would raise the loss of the replay batch."""
        remembered = self.remembered(self.rows, new)
        if not num_rows(remembered):
            return
        gradient, reference = self.flat_gradient(), self.reference(remembered)
        product = gradient @ reference
        if product < 0:
            self.write(gradient - product / (reference @ reference) * reference)
