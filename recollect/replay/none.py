"""No memory at all: the first strategy of every comparison."""

from recollect.core import ReplayStrategy
from recollect.rows import Rows


class NoReplay(ReplayStrategy):
    """Remembers nothing; `capacity` is taken so that strategies can be exchanged, and not used."""

    remembers = False

    def add(self, rows: Rows) -> None:
        """Forgets `rows` at once."""

    def sample(self, n: int, like: Rows | None = None) -> Rows:
        """No rows, whatever is asked."""
        return {}

    def __len__(self) -> int:
        return 0
