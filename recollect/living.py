"""Living in lanes: by steps or by whole episodes. Used by `recollect.experience` alone."""

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from recollect.core import Agent
from recollect.lanes import Copies, Outcome, Single, Vector
from recollect.randomness import seed_for
from recollect.rows import Rows, length_of, stack, unstack
from recollect.schedule import Walk
from recollect.scoring import check_count, check_numbers

DROPPED = ("obs_next", "terminated", "truncated")  # of a step's row, what an episode's row does not need


class Living:
    """What living in steps and living in episodes share: where episodes start, and what they are told."""

    def __init__(
        self,
        lanes: Copies | Vector | Single,
        stream: Any,
        agent: Agent,
        count: int,
        own_budget: bool,
        announce_tasks: bool,
        seed: int,
        widths: dict[str, str] | None = None,
    ) -> None:
        self.lanes, self.stream, self.agent, self.count = lanes, stream, agent, count
        self.own_budget, self.announce_tasks, self.seed = own_budget, announce_tasks, seed
        self.widths = widths or {}  # dtypes of text fields
        self.env_steps, self.episode = 0, 0
        self.exhausted = False  # whether the stream has said that it has nothing more of this task

    def start(self, walk: Walk) -> tuple[int, dict[str, Any]]:
        """Seed and reset options of a new episode of the task that is due."""
        task, drift = walk.draw()
        seed = seed_for(self.seed, "episode", walk.position, task, self.episode)
        self.episode += 1
        return seed, {"task": task, "split": "train", "drift": drift}

    def act(self, obs: Any, task: np.ndarray) -> Any:
        """The agent's actions; what it is told of the tasks is decided here."""
        if isinstance(self.lanes, Single):
            task = np.repeat(task, length_of(obs))  # one per row of the stream's own batch
        return self.agent.act(obs, task=task if self.announce_tasks else None, explore=True)

    def step(self, lanes: Sequence[int], act: Any, task: np.ndarray, env_step: int) -> Outcome:
        """One step of `lanes`, in which nothing is NaN."""
        outcome = self.lanes.step(lanes, act)
        check_numbers(outcome.obs_next, self.stream, task, "obs_next", env_step)
        check_numbers(outcome.rew, self.stream, task, "rew", env_step)
        self.exhausted = self.exhausted or bool(np.any(outcome.info["boundary"]))
        return outcome

    def record(self, obs: Any, act: Any, outcome: Outcome) -> Rows:
        """The outcome as rows; texts get the width of their space, whatever the longest here is."""
        rows = self.stream.record(obs, act, *outcome)
        return rows if not self.widths else rows | {f: rows[f].astype(w) for f, w in self.widths.items() if f in rows}

    def advance(self, walk: Walk, met: int) -> bool:
        """Counts a step in which `met` env steps were lived; True where the position ends with it."""
        last = walk.advance(met if self.own_budget else 1)
        if self.exhausted and not last:
            last = walk.advance(walk.left)
        self.exhausted = False
        return last

    def close(self) -> None:
        """Closes the lanes."""
        self.lanes.close()


class Steps(Living):
    """One step of every lane at a time; at the end of a position every open episode is truncated."""

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.batched = isinstance(self.lanes, Single)
        self.obs: Any = None  # of every lane, batched
        self.starts: list[tuple[int, dict[str, Any]] | None] = [None] * self.count  # None: no open episode
        self.acts: list[list[Any]] = [[] for _ in range(self.count)]  # of the open episodes
        self.task = np.zeros(self.count, int)  # of each lane

    @property
    def resumable(self) -> bool:
        """Whether the open episodes can be played again, or none is open."""
        return self.stream.deterministic or not any(self.starts)

    def meet(self, walk: Walk) -> tuple[Rows, Any]:
        """One step of every lane as rows, and the task of each."""
        if None in self.starts:
            self._reset(walk)
        obs, act = self.obs, self.act(self.obs, self.task)
        act = act.copy() if isinstance(act, np.ndarray) else deepcopy(act)  # the agent may reuse its arrays
        if not self.batched:
            check_count(act, self.count, self.agent)
        outcome = self.step(range(self.count), act, self.task, self.env_steps)
        if self.advance(walk, self.count):
            outcome = outcome._replace(truncated=outcome.truncated | ~outcome.terminated)
        self.env_steps += self.count
        rows = self.record(obs, act, outcome)
        task = self.task[0] if self.batched else self.task.copy()
        self._go_on(outcome.obs_next, act, outcome.terminated | outcome.truncated)
        return rows, task

    def _reset(self, walk: Walk) -> None:
        """Opens an episode in every lane that has none."""
        closed = [lane for lane, start in enumerate(self.starts) if start is None]
        starts = [self.start(walk) for _ in closed]
        first, _ = self.lanes.reset(closed, [seed for seed, _ in starts], [options for _, options in starts])
        every = [None] * self.count if self.obs is None else self._apart(self.obs)
        for lane, start, obs in zip(closed, starts, first, strict=True):
            every[lane], self.starts[lane], self.acts[lane] = obs, start, []
            self.task[lane] = start[1]["task"]
        self.obs = self._together(every)
        check_numbers(self.obs, self.stream, self.task, "obs", self.env_steps)

    def _go_on(self, obs_next: Any, act: Any, ended: np.ndarray) -> None:
        """Keeps the observations to act on, and the actions that resume would play again."""
        self.obs = obs_next
        for lane, its_act in enumerate(self._apart(act)):
            if ended[lane]:
                self.starts[lane] = None
            elif self.stream.deterministic:
                self.acts[lane].append(its_act)

    def _apart(self, batch: Any) -> list[Any]:
        return [batch] if self.batched else unstack(batch, self.count)

    def _together(self, values: list[Any]) -> Any:
        return values[0] if self.batched else stack(values)

    def state_dict(self) -> dict[str, Any]:
        """Counters, and start and actions of every open episode."""
        acts = [stack(acts) if start else None for acts, start in zip(self.acts, self.starts, strict=True)]
        return {"env_steps": self.env_steps, "episode": self.episode, "starts": list(self.starts), "acts": acts}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Plays the open episodes again; lanes are reset late enough to reach their last step together."""
        self.env_steps, self.episode = state["env_steps"], state["episode"]
        self.starts = [start if start is None else (start[0], start[1]) for start in state["starts"]]
        self.acts = [[] if acts is None else unstack(acts, length_of(acts)) for acts in state["acts"]]
        every = [None] * self.count
        for back in range(max(map(len, self.acts)), 0, -1):
            fresh = [lane for lane, acts in enumerate(self.acts) if len(acts) == back]
            starts = [start for lane in fresh if (start := self.starts[lane])]
            if fresh:
                self.lanes.reset(fresh, [seed for seed, _ in starts], [options for _, options in starts])
            moving = [lane for lane, acts in enumerate(self.acts) if len(acts) >= back]
            obs_next = self.lanes.step(moving, self._together([self.acts[lane][-back] for lane in moving])).obs_next
            for lane, obs in zip(moving, [obs_next] if self.batched else unstack(obs_next, len(moving)), strict=True):
                every[lane] = obs
        for lane, start in enumerate(self.starts):
            if start is not None:
                self.task[lane] = start[1]["task"]
        blank = next((obs for obs in every if obs is not None), None)  # stands where no episode is open
        self.obs = None if blank is None else self._together([blank if obs is None else obs for obs in every])


class Episodes(Living):
    """Groups of whole episodes; the episodes of a group share reset seed and options."""

    resumable = True  # between steps no episode is open

    def __init__(self, *settings: Any) -> None:
        super().__init__(*settings)
        self.group = 0

    def meet(self, walk: Walk) -> tuple[Rows, np.ndarray]:
        """`groups` x `group_size` episodes as rows (N, T, ...), and the task of each."""
        plan = []
        for _ in range(self.agent.groups):
            start = self.start(walk)
            plan += [(*start, self.group)] * self.agent.group_size
            self.group += 1
        waves = [self._live(plan[i : i + self.count]) for i in range(0, len(plan), self.count)]
        rows = {field: np.concatenate([wave[field] for wave in waves]) for field in waves[0]}
        met = int(rows["mask"].sum())
        self.env_steps += met
        self.advance(walk, met)
        return rows, np.array([options["task"] for _, options, _ in plan])

    def _live(self, plan: list[tuple[int, dict[str, Any], int]]) -> Rows:
        """Lives one episode in each of the first lanes, all at once."""
        count, horizon = len(plan), self.stream.horizon
        task = np.array([options["task"] for _, options, _ in plan])
        obs, info = self.lanes.reset(range(count), [seed for seed, _, _ in plan], [options for _, options, _ in plan])
        rows: Rows = {"mask": np.zeros((count, horizon), bool)}
        active, time = np.arange(count), 0
        while len(active) and time < horizon:
            batch = stack(obs)
            act = self.act(batch, task[active])
            check_count(act, len(active), self.agent)
            outcome = self.step(active.tolist(), act, task[active], self.env_steps + time)
            for field, values in self.record(batch, act, outcome).items():
                if field.split("/")[0] not in DROPPED:
                    if field not in rows:
                        rows[field] = np.zeros((count, horizon, *values.shape[1:]), values.dtype)  # (N, T, ...)
                    rows[field][active, time] = values
            rows["mask"][active, time] = True
            going = ~(outcome.terminated | outcome.truncated)
            obs = [o for o, goes in zip(unstack(outcome.obs_next, len(active)), going, strict=True) if goes]
            active, time = active[going], time + 1
        rows["ret"] = rows["rew"].sum(1)  # (N, T) -> (N,)
        rows["goal"] = np.asarray(info["goal"], np.int64)
        rows["group"] = np.array([group for _, _, group in plan])
        return rows

    def state_dict(self) -> dict[str, Any]:
        """Counters; no episode is open."""
        return {"env_steps": self.env_steps, "episode": self.episode, "group": self.group}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on counting."""
        self.env_steps, self.episode, self.group = state["env_steps"], state["episode"], state["group"]
