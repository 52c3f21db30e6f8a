"""The whole contract: task streams, agents, replay strategies and penalties.

    for task in schedule:                                   # recollect.run
        agent.begin_task; penalty.begin_task; replay.begin_task
        for new in Experience(stream, agent):               # rows: lived or logged, it makes no difference
            agent.learn(new):                               # Agent.learn, below
                for n in agent.owed(len(new)):
                    agent.update(view(new), view(replay.sample(n, like=new)))
                replay.add(new)
        replay.end_task; agent.end_task; penalty.end_task; evaluate all tasks -> history

A stream needs `reset` and `step`; an agent `act` and `update` (`predict` too where streams are batched); a
replay strategy `add`, `sample` and `__len__`; a penalty `loss` or `project`. Everything else has a default.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Literal

import gymnasium
import numpy as np

from recollect import scoring
from recollect.errors import OptionError
from recollect.rows import Rows, leaves, num_rows
from recollect.schedule import Walk, command
from recollect.schema import QUERY, SAMPLE, TEXT, TRANSITION, Schema
from recollect.state import Stateful, nbytes_of, unchanged


class TaskStream(gymnasium.Env):
    """A Gymnasium environment whose tasks come one after another.

    Attributes say what it is. `reset` and `step` are the subclass's: `reset` calls `choose`, `step` calls `count`, and
    both return `self.info(...)`.
    """

    schema: Schema = TRANSITION
    target: Literal["class", "mask", "sequence", "tokens", None] = None  # what y is; agents say which they take
    tasks: tuple[str, ...] = ()  # their names, in order
    scores: ClassVar[dict[str, Literal["max", "min"]]] = {"return": "max"}  # the first is the primary one
    horizon: int | None = None  # longest episode; required to serve TRAJECTORY
    deterministic: bool = True  # an episode is a function of (task, drift, seed, actions)
    batched: bool = False  # obs and act carry their own batch axis; never vectorised
    drifts: bool = False  # reset understands options["drift"]

    steps_per_task: int | list[int] | None = None  # of its own schedule, in env steps
    schedule: Any = "sequential"
    task: int = 0  # of the open episode, as are split and drift
    split: str = "train"
    drift: float = 0.0
    walk: Walk | None = None  # the stream's own schedule, if it was given steps_per_task
    commanded: bool = False

    def __init__(self, *, steps_per_task: int | list[int] | None = None, schedule: Any = "sequential") -> None:
        """Sets up the stream's own schedule; call it when `tasks` is known.

        Args:
            steps_per_task: env steps of each task; None leaves the stream on task 0 until it is commanded.
            schedule: see `recollect.schedule`.
        """
        self.steps_per_task, self.schedule = steps_per_task, schedule
        if steps_per_task is not None:
            self.walk = Walk(schedule, len(self.tasks), steps_per_task, drifts=self.drifts)
        self.outermost: gymnasium.Env = self  # the env that wraps this one, through which test episodes are played

    def choose(self, options: dict[str, Any] | None) -> None:
        """Sets task, split and drift for a new episode, from `reset`'s options or the stream's own schedule.

        A commanded task is sticky, and turns the stream's own schedule off. `reset(seed=)` does not rewind it.

        Raises:
            UnknownName, OptionError: see `recollect.schedule.command`.
        """
        if options:
            self.task, self.split, self.drift = command(options, self.task, len(self.tasks), self.drifts)
            self.commanded = True
        elif self.walk is not None and not self.commanded:
            if self.walk.left <= 0 and not self.walk.over:
                self.walk.next()  # past the last position its task goes on, without boundaries
            self.task, self.drift = self.walk.draw()

    def count(self, steps: int = 1) -> bool:
        """Counts env steps; True when the stream's own schedule ends its task with this one (then truncate)."""
        return not self.commanded and self.walk is not None and self.walk.advance(steps)

    def info(self, *, score: float = 0.0, boundary: bool = False, goal: int = -1, **more: Any) -> dict[str, Any]:
        """The info of `reset` and `step`; batched streams add target, answer, cost, mask. A boundary ends a task."""
        return {"task": self.task, "boundary": boundary, "score": float(score), "goal": goal, **more}

    def data(self, task: int, split: str = "train") -> Rows | None:
        """The logged rows of a task, or None where the agent must live it."""
        return None

    def record(
        self, obs: Any, act: Any, rew: Any, obs_next: Any, terminated: Any, truncated: Any, info: dict[str, Any]
    ) -> Rows:
        """Lived steps as rows: pure, batched over lanes (or the stream's own batch axis), copies."""
        if self.schema in (SAMPLE, TEXT):
            mask = leaves("mask", info["mask"]) if self.schema is TEXT else {}
            return leaves("x", obs) | leaves("y", info["target"]) | mask
        if self.schema is QUERY:  # only what was answered: a budget may end in mid-batch
            answered = len(info["answer"])
            return leaves("x", act[:answered]) | leaves("y", info["answer"]) | leaves("cost", info["cost"])
        ends = {"rew": np.array(rew, np.float32), "terminated": np.array(terminated), "truncated": np.array(truncated)}
        return leaves("obs", obs) | leaves("act", act) | ends | leaves("obs_next", obs_next)

    def measure(self, rows: Rows, predicted: Rows) -> dict[str, np.ndarray]:
        """Scores of single predictions, name -> (n,), that `score` averages; given for class and tokens targets."""
        return scoring.measure(self, rows, predicted)

    def score(
        self, agent: "Agent", tasks: list[int], *, episodes: int | None, seed: int, announce_tasks: bool = True
    ) -> dict[str, np.ndarray]:
        """Scores of `agent` on the test split, score name -> (len(tasks),), by `recollect.scoring`.

        Lived streams average the last `score` of `episodes` episodes of each task; batched ones call `agent.predict`
        on batches that mix the tasks, for at most `episodes` rows of each (None: all).
        """
        judge = scoring.examine if self.batched else scoring.play
        return judge(self, agent, list(tasks), episodes, seed, announce_tasks)


class Part(Stateful):
    """What replay strategies and penalties share: they serve one agent, and hear of its tasks."""

    asks: tuple[str, ...] = ()  # agent methods it calls: act, act_task, embed, losses, gradients, ...
    targets: tuple[str, ...] = ()  # what y must be for it, of TaskStream.target; () is anything
    needs_tasks: bool = False  # works at task ends
    needs_data: bool = False  # reads their logged data

    def bind(self, agent: "Agent") -> None:
        """Once, by make_agent: whom to ask."""
        self.agent = agent

    def begin_task(self, task: int, data: Rows | None) -> None:
        """A task begins; `data` is its logged rows, if it has any. Not called where tasks are hidden."""

    def end_task(self, task: int, data: Rows | None) -> None:
        """A task has ended. Not called where tasks are hidden."""

    @property
    def nbytes(self) -> int:
        """All bytes it holds: rows, logits, keys, networks (comparisons are at equal bytes)."""
        return nbytes_of(self.state_dict())


class ReplayStrategy(Part):
    """Keeps some rows and gives some back. Required: `add`, `sample`, `__len__`."""

    reads: tuple[str, ...] = ()  # fields it looks at
    gives: tuple[str, ...] = ()  # fields its rows have beyond the stream's: "weight", "key", ...
    remembers: bool = True  # False: it keeps nothing, as `none` does

    def __init__(self, capacity: int, *, seed: int = 0) -> None:
        """Raises OptionError unless `capacity` is a whole number, at least 1, of rows (episodes for TRAJECTORY)."""
        if isinstance(capacity, bool) or not isinstance(capacity, int | np.integer) or capacity < 1:
            raise OptionError(f"capacity must be a whole number of rows, at least 1, got {capacity!r}")
        self.capacity, self.seed, self.rng = int(capacity), seed, np.random.default_rng(seed)

    def __bool__(self) -> bool:
        return True  # an empty memory is not falsy

    def add(self, rows: Rows) -> None:
        """Offers new rows, many at once."""
        raise NotImplementedError("add(rows) -> None")

    def sample(self, n: int, like: Rows | None = None) -> Rows:
        """Up to `n` rows and "index" (generated: index, task, step = -1), near `like` if it retrieves, or `{}`."""
        raise NotImplementedError("sample(n, like=None) -> rows + index")

    def __len__(self) -> int:
        raise NotImplementedError("__len__() -> rows stored")

    def contents(self) -> Rows:
        """All stored rows, to look at and not to write on. Given: a draw of all, which changes nothing in the end."""
        with unchanged(self):
            return self.sample(len(self))

    def feedback(self, index: np.ndarray, **signals: np.ndarray) -> None:
        """What the agent found out about sampled rows: priority=|td|, loss=..., (n,); negative indices are ignored."""

    def update(self) -> dict[str, float]:
        """The strategy's own learning (a generator, a world model); what to log."""
        return {}


class Penalty(Part):
    """A part of any agent: an additional loss, a projection of gradients, or both. Required: one of the two."""

    def __init__(self, *, seed: int = 0) -> None:
        self.seed, self.rng = seed, np.random.default_rng(seed)

    def loss(self, new: Rows, replayed: Rows) -> Any:
        """What is added to the loss: a scalar tensor or 0.0."""
        return 0.0

    def project(self, new: Rows, replayed: Rows) -> None:
        """Rewrites the parameters' `.grad` after the backward pass."""


class Agent(Stateful):
    """Acts, and learns from `(new, replayed)` rows. Required: `act`, `update` (`predict` for batched streams)."""

    schema: Schema = TRANSITION
    reads: tuple[str, ...] = ()  # fields it needs in replayed rows
    adds: tuple[str, ...] = ()  # fields annotate() adds, e.g. ("logits",)
    batch_size: int = 32  # rows of one logged batch
    replayed_per_new: float = 1.0  # replayed rows owed per new row; fractions are carried
    replay_batch: int | None = None  # replayed rows per update; None: one update beside the new rows
    warmup: int = 0  # rows in memory before the first replay; nothing is owed before
    remember: Literal["after", "before"] = "after"  # new rows enter the memory after or before the draw
    memory: Literal["any", "required", "none"] = "any"  # sac needs one, on-policy learners take none
    group_size: int = 1  # TRAJECTORY: episodes of one reset seed and options, differing in the policy's draws
    groups: int = 1  # TRAJECTORY: groups per step
    needs_tasks: bool = False

    def __init__(
        self, stream: gymnasium.Env, replay: ReplayStrategy, *, penalty: Penalty | None = None, seed: int = 0,
        device: str = "auto",
    ) -> None:  # fmt: skip
        """Keeps spaces, parts and seed; subclasses build their networks."""
        self.observation_space, self.action_space = stream.observation_space, stream.action_space
        self.replay, self.penalty = replay, penalty
        self.seed, self.device, self.rng = seed, device, np.random.default_rng(seed)
        self.debt, self.updates = 0.0, 0  # replayed rows owed but not yet drawn; update() calls so far

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """None, or the reason why it cannot learn on `stream` (spaces, target)."""
        return None

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> Any:
        """Actions for a batch; `task` (N,) or None. With explore=False it may draw from memory, never learn or add."""
        raise NotImplementedError("act(obs (N, ...), *, task=None, explore=False) -> act (N, ...)")

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step; either may have no rows."""
        raise NotImplementedError("update(new, replayed) -> losses")

    def predict(self, rows: Rows) -> Rows:
        """Predictions by target.

        class {"y" (N,), "logits" (N, C)}; mask {"y" (N, H, W)}; sequence {"y" (N, L), "mask"}; tokens
        {"y" (N, T) argmax, "logp" (N, T) of rows["y"]}, the only target whose rows still hold y.
        """
        raise NotImplementedError("predict(rows) -> rows with y")

    def annotate(self, rows: Rows) -> Rows:
        """`rows` and the fields in `adds`, from the network that meets them."""
        return rows

    def view(self, rows: Rows) -> Rows:
        """`rows` as an update sees them, augmented anew at every use; memories keep them as they came."""
        return rows

    def learn(self, new: Rows) -> dict[str, float]:
        """Everything one step of new rows brings: updates with replayed rows, and remembering."""
        new, losses = self.annotate(new), {}
        if self.remember == "before":
            self.replay.add(new)
        for n in self.owed(num_rows(new)):
            replayed = self.replay.sample(n, like=new) if n and len(self.replay) else {}
            losses = self.update(self.view(new), self.view(replayed))
            self.updates += 1
        if self.remember == "after":
            self.replay.add(new)
        return losses | self.replay.update()

    def owed(self, count: int) -> list[int]:
        """How many rows to replay in each update that `count` new rows bring."""
        if len(self.replay) < max(self.warmup, 1):
            return [0] if self.replay_batch is None else []
        self.debt += count * self.replayed_per_new
        whole = int(self.debt + 1e-9)  # 1e-9: ten tenths are one
        times, n = (1, whole) if self.replay_batch is None else (whole // self.replay_batch, self.replay_batch)
        self.debt -= n * times
        return [n] * times

    def descend(self, loss: Any, optimiser: Any, new: Rows, replayed: Rows) -> None:
        """One gradient step on `loss` and the penalty; every gradient step of every agent goes through it."""
        if self.penalty is not None:
            loss = loss + self.penalty.loss(new, replayed)
        for parameter in (one for group in optimiser.param_groups for one in group["params"]):
            parameter.grad = None  # as zero_grad() does, which also makes a record for profilers, at 20 times the cost
        loss.backward()
        if self.penalty is not None:
            self.penalty.project(new, replayed)
        optimiser.step()

    def named_parameters(self) -> Iterator[tuple[str, Any]]:
        """The parameters of every network that is an attribute of the agent, by name."""
        for name, value in vars(self).items():
            if hasattr(value, "named_parameters"):
                yield from ((f"{name}.{key}", parameter) for key, parameter in value.named_parameters())

    def begin_task(self, task: int, data: Rows | None) -> None:
        """A task begins (heads grow); not called where tasks are hidden."""

    def end_task(self, task: int, data: Rows | None) -> None:
        """A task has ended; not called where tasks are hidden."""
