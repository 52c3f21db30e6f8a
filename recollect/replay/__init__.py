"""Replay strategies: which rows are kept, and which come back.

none        remembers nothing
fifo        the newest rows, drawn uniformly
reservoir   a uniform sample of all rows ever met, drawn uniformly

store.py holds rows; keep.py and draw.py are the parts that stored.py joins into a strategy.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry


def recollect_register(registry: "Registry") -> None:
    """Names the strategies of this package."""
    registry.replay("none", "recollect.replay.none:NoReplay", "remembers nothing")
    registry.replay("fifo", "recollect.replay.stored:Fifo", "the newest rows, drawn uniformly")
    registry.replay("reservoir", "recollect.replay.stored:Reservoir", "a uniform sample of all rows, drawn uniformly")
