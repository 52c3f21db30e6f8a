"""n-step rows, built when they are added, so that drawing them costs nothing more."""

from typing import Any

import numpy as np

from recollect.errors import DataError, OptionError
from recollect.rows import Rows, concat, num_rows, take
from recollect.state import Stateful

ENDS = ("obs_next", "terminated", "truncated")  # fields (and obs_next/...) that a joined row has from its last step


class NStep(Stateful):
    """Joins `steps` consecutive TRANSITION rows of a lane into one (Watkins 1989; Sutton 1988; Hessel et al. 2018).

    A joined row begins at step t and ends at t + m - 1, where m is `steps`, or less where the episode terminates
    before: rew = sum_{k<m} gamma^k rew_{t+k}; obs_next, terminated and truncated are the last step's, all else
    (obs, act, step, task, ...) the first one's. The target is rew + gamma^steps (1 - terminated) V(obs_next).
    No row holds two episodes. Where an episode is truncated, the starts that have fewer than `steps` steps before
    the end are left out: their bootstrap would need another power of gamma. Where it terminates nothing is
    bootstrapped, and each start has its row.

    Lanes are told apart by position: row i of each `add` is lane i, as `run` gives the steps of `num_envs` lanes.
    That a lane goes on is checked: its obs must be the obs_next before, unless an episode has ended there. Rows that
    come in another order, such as shuffled logged ones, are refused.

    Args:
        steps: at least 1; 1 leaves rows as they are; (paper: 3, Hessel et al. 2018, arXiv:1710.02298).
        gamma: in [0, 1].

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(self, steps: int = 3, gamma: float = 0.99) -> None:
        if isinstance(steps, bool) or not isinstance(steps, int | np.integer) or steps < 1:
            raise OptionError(f"replay option n_step must be a whole number of at least 1, got {steps!r}")
        if not 0 <= gamma <= 1:
            raise OptionError(f"replay option gamma must be in [0, 1], got {gamma!r}")
        self.steps, self.gamma = int(steps), float(gamma)
        self.waiting: list[Rows] = []  # the last steps of all lanes, oldest first; at most `steps`
        self.length = np.zeros(0, np.int64)  # (lanes,) how many of them belong to the lane's open episode

    def join(self, rows: Rows) -> Rows:
        """The rows (m, ...) that one step of every lane completes, or `{}`: by start, oldest first, then by lane.

        Raises:
            DataError: for rows that are no transitions, another number of lanes, or a lane that does not go on.
        """
        self._check(rows)
        lanes = num_rows(rows)
        if not self.waiting:
            self.length = np.zeros(lanes, np.int64)
        self.waiting = [*self.waiting, {field: values.copy() for field, values in rows.items()}][-self.steps :]
        self.length = np.minimum(self.length + 1, self.steps)
        done, cut = rows["terminated"].astype(bool), rows["truncated"].astype(bool)
        joined = []
        for back in range(len(self.waiting), 0, -1):  # steps from the start to now, both included
            complete = (self.length >= back) & (done | (back == self.steps))
            if complete.any():
                joined.append(self._row(back, np.flatnonzero(complete)))
        self.length[done | cut] = 0
        return concat(joined) if joined else {}

    def _row(self, back: int, lanes: np.ndarray) -> Rows:
        """Rows of `lanes` that begin `back` steps ago and end now."""
        first, last = self.waiting[-back], self.waiting[-1]
        row = take(first, lanes)
        discounted = [self.gamma**k * self.waiting[k - back]["rew"][lanes].astype(np.float64) for k in range(back)]
        row["rew"] = np.sum(discounted, axis=0).astype(first["rew"].dtype)
        return row | {field: last[field][lanes] for field in last if field.split("/")[0] in ENDS}

    def _check(self, rows: Rows) -> None:
        fields = {field.split("/")[0] for field in rows}
        if not {"obs", "rew", *ENDS} <= fields:
            raise DataError(f"n_step joins transitions (obs, rew, {', '.join(ENDS)}), got rows with {', '.join(rows)}")
        if not self.waiting:
            return
        last, going = self.waiting[-1], self.length > 0
        if num_rows(rows) != len(going):
            if not going.any():
                self.waiting = []  # other lanes, all of which begin an episode
                return
            raise DataError(
                f"n_step tells lanes apart by their position: it has met {len(going)} of them and their episodes are "
                f"open, got {num_rows(rows)} rows. Add one step of every lane at a time"
            )
        for field in rows:
            if field.split("/")[0] == "obs":
                before = last[f"obs_next{field[3:]}"]
                differs = (rows[field] != before).reshape(len(going), -1).any(1)
                if (differs & going).any():
                    raise DataError(
                        f"lane {np.flatnonzero(differs & going)[0]} does not go on: its {field} is not the obs_next of "
                        "the step before, whose episode is open. n_step needs rows in the order in which they were "
                        "lived, one step of every lane at a time; logged rows come shuffled"
                    )

    def state_dict(self) -> dict[str, Any]:
        """The steps of open episodes."""
        return {"waiting": list(self.waiting), "length": self.length}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on with them."""
        self.waiting = [{field: np.array(values) for field, values in rows.items()} for rows in state["waiting"]]
        self.length = np.array(state["length"])
