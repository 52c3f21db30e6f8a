"""ReplayWindow: any replay strategy as the buffer of a plain tianshou program."""

from typing import Any

import numpy as np
from tianshou.data import Batch, VectorReplayBuffer
from tianshou.data.batch import create_value

from recollect.core import ReplayStrategy
from recollect.errors import OptionError, SchemaError
from recollect.rows import Rows, leaves, num_rows

FIELDS = ("obs", "act", "rew", "terminated", "truncated", "obs_next")  # of a row, in tianshou's words
ABSENT = "a drawn row has no field"


class ReplayWindow(VectorReplayBuffer):
    """A vector buffer for `num_envs` environments, and one more sub-buffer: the window on what the strategy gives.

    tianshou's Collector adds to the first ones as usual; every row it adds enters the strategy, once. `sample(n)` asks
    the strategy, writes what it gives into the window, each row as an episode of one step, and returns that part of the
    buffer with its indices. So the indices by which tianshou's algorithms look up targets mean these rows:
    `next(i) == i`, terminated rows are not bootstrapped, truncated ones are. `len` is the strategy's.

    Returns of one step only (`n_step_return_horizon=1`): rows from a memory have no neighbours, and a longer horizon
    would silently act as 1. Algorithms on policy ask for `sample(0)`, all rows in order, and are refused.

    Args:
        strategy: any replay strategy over transitions.
        num_envs: environments of the Collector.
        lived: steps of each environment that the buffer itself keeps, for the Collector; more than an episode has.
        sampled: rows at most of one sample.

    Raises:
        OptionError: if `sampled` or `lived` is below 1.
    """

    def __init__(self, strategy: ReplayStrategy, *, num_envs: int = 1, lived: int = 2000, sampled: int = 4096) -> None:
        if min(num_envs, lived, sampled) < 1:
            raise OptionError(f"num_envs, lived and sampled must be at least 1, got {num_envs}, {lived}, {sampled}")
        size = max(lived, sampled)
        super().__init__(size * (num_envs + 1), num_envs + 1)
        self.strategy, self.num_envs, self.sampled = strategy, num_envs, sampled
        if "weight" in strategy.gives:  # tianshou warns of the method where batches bring no weight
            self.update_weight = self.hear
        if getattr(strategy, "replace", True) is None:  # nobody has said: with replacement, as buffers draw
            strategy.replace = True  # type: ignore[attr-defined]
        self.drawn: Rows = {}

    def _compile(self) -> None:
        """Nothing: tianshou compiles what looks for neighbours ahead of its first use, for seconds."""

    def __len__(self) -> int:
        return len(self.strategy)

    def add(self, batch: Any, buffer_ids: Any = None) -> Any:
        """Adds one step of every environment (or of those in `buffer_ids`), here and to the strategy."""
        buffer_ids = np.arange(self.num_envs) if buffer_ids is None else buffer_ids
        added = super().add(batch, buffer_ids)
        values = {field: _plain(batch[field]) for field in FIELDS}
        values["rew"] = np.asarray(values["rew"], np.float32)
        rows: Rows = {}
        for field, value in values.items():
            rows |= leaves(field, value)
        self.strategy.add(rows)
        return added

    def sample(self, batch_size: int | None) -> tuple[Any, np.ndarray]:
        """Up to `batch_size` rows of the strategy, and their indices in this buffer.

        Raises:
            SchemaError: for 0 or None, all rows in order, which algorithms on policy ask for.
            OptionError: for more rows than the window has room for.
        """
        if not batch_size:
            raise SchemaError(
                "a replay strategy gives samples, not all rows in order: algorithms on policy (PPO, A2C, ...) "
                "learn from what they have just lived, and take tianshou's own VectorReplayBuffer"
            )
        if batch_size > self.sampled:
            raise OptionError(
                f"the window has room for {self.sampled} rows, got {batch_size}: pass sampled={batch_size}"
            )
        self.drawn = self.strategy.sample(batch_size)
        indices = self._show(self.drawn)
        batch = self[indices]
        if "weight" in self.drawn:
            batch.weight = self.drawn["weight"]
        return batch, indices

    def sample_indices(self, batch_size: int | None) -> np.ndarray:
        """Indices of lived steps: all of them for 0 or None, in order; the window is left out."""
        if not batch_size:
            lived = zip(self._offset, self.buffers[: self.num_envs], strict=False)
            return np.concatenate([buffer.sample_indices(0) + offset for offset, buffer in lived])
        return self.sample(batch_size)[1]

    def hear(self, indices: np.ndarray, weight: Any) -> None:
        """What tianshou calls new weights of the last sample, TD errors, is the priority of its rows."""
        errors = weight.detach().cpu().numpy() if hasattr(weight, "detach") else np.asarray(weight)
        self.strategy.feedback(self.drawn["index"], priority=np.abs(errors))

    def _show(self, rows: Rows) -> np.ndarray:
        """Writes rows into the window; their indices (n,)."""
        count, start = num_rows(rows), int(self._offset[self.num_envs])
        indices = np.arange(start, start + count)
        shown = Batch({field: _nested(rows, field) for field in FIELDS if field != "truncated"})
        shown.rew, shown.terminated = shown.rew.astype(float), shown.terminated.astype(bool)
        shown.truncated, shown.done = ~shown.terminated, np.ones(count, bool)
        if not self._meta.get_keys():  # nothing was lived here: the strategy brought its rows along
            self.set_batch(create_value(shown, self.maxsize, stack=False))
        for field in shown.get_keys():
            self._meta[field][indices] = shown[field]
        self._lengths[self.num_envs], self.last_index[self.num_envs] = count, start + count - 1
        return indices


def _plain(value: Any) -> Any:
    """A batch of a Dict observation as a dictionary."""
    return {key: _plain(value[key]) for key in value.get_keys()} if isinstance(value, Batch) else value


def _nested(rows: Rows, field: str) -> Any:
    """A field of rows as tianshou has it: a Dict observation's leaves in a dictionary."""
    if field in rows:
        return rows[field]
    found: dict[str, Any] = {}
    for name, values in rows.items():
        if name.startswith(f"{field}/"):
            *path, last = name.removeprefix(f"{field}/").split("/")
            place = found
            for key in path:
                place = place.setdefault(key, {})
            place[last] = values
    if not found:
        raise SchemaError(f"{ABSENT} {field!r}, it has {', '.join(rows)}: a buffer needs transitions")
    return found
