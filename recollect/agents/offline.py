"""OfflineAgent: what learners of logged transitions share."""

import gymnasium

from recollect.agents.online import check_at_least
from recollect.agents.tianshou import TianshouAgent
from recollect.core import ReplayStrategy


class OfflineAgent(TianshouAgent):
    """An update for every batch of logged rows, on them and the replayed ones together.

    Without a memory (`none`) it is the published learner, on one task after another; with one it rehearses. Rows are
    learnt in the order of the stream's passes: `passes` of a run is how often each is met.

    Args:
        stream: a TRANSITION stream with logged rows and actions in a bounded Box.
        replay: the memory.
        batch_size: rows of one logged batch, at least 1.
        replayed_per_new: rows to replay for every new one, at least 0.
        **options: those of `TianshouAgent`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        batch_size: int = 256,
        replayed_per_new: float = 1.0,
        **options,
    ) -> None:
        super().__init__(stream, replay, **options)
        check_at_least(1, batch_size=batch_size)
        check_at_least(0, replayed_per_new=replayed_per_new)
        self.batch_size, self.replayed_per_new = batch_size, replayed_per_new

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """As `TianshouAgent`, and only streams that have logged rows."""
        reason = super().accepts(stream)
        if reason is None and stream.unwrapped.data(0) is None:
            reason = "it learns from logged rows, and the stream has none: it is lived"
        return reason

    def explores_at_random(self) -> bool:
        """Never."""
        return False
