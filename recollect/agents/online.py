"""OnlineAgent: what learners that live in a stream and learn from their memory alone share."""

import gymnasium

from recollect.agents.tianshou import TianshouAgent
from recollect.core import ReplayStrategy
from recollect.errors import OptionError


class OnlineAgent(TianshouAgent):
    """An update on `replay_batch` remembered rows for every `replay_batch` rows that new ones bring in debt.

    Args:
        stream: a TRANSITION stream.
        replay: the memory; it is needed.
        replay_batch: rows of one update, at least 1.
        replayed_per_new: rows to replay for every new row, at least 0: updates per env step times `replay_batch`.
        warmup: rows in memory before the first update, and until then actions are uniform; at most its capacity.
        **options: those of `TianshouAgent`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    memory = "required"

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        replay_batch: int = 256,
        replayed_per_new: float = 256.0,
        warmup: int = 1000,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_at_least(1, replay_batch=replay_batch)
        check_at_least(0, replayed_per_new=replayed_per_new, warmup=warmup)
        self.replay_batch, self.replayed_per_new = replay_batch, replayed_per_new
        self.warmup = min(warmup, replay.capacity)  # a smaller memory would never have so many


def check_at_least(least: float, **values: float) -> None:
    """Refuses options below `least`.

    Raises:
        OptionError: naming the first.
    """
    for option, value in values.items():
        if not value >= least:
            raise OptionError(f"{option} must be at least {least}, got {value!r}")
