"""Recording: what a trained agent does, with noise, what it remembers, and random play, as Minari datasets."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium
import numpy as np

from recollect.core import Agent
from recollect.errors import DataError, OptionError, UnknownName
from recollect.evaluation import untouched
from recollect.folder import Folder
from recollect.logs.playing import check_budget, play_rows
from recollect.logs.policies import NoisyPolicy, random_policy
from recollect.logs.writing import check_free, write_rows
from recollect.loop import load
from recollect.opening import Source, opener, task_stream
from recollect.randomness import check_seed, seed_everything, seed_for
from recollect.rows import Rows, concat, num_rows, take
from recollect.schema import TRANSITION, missing

if TYPE_CHECKING:
    import minari

SOURCES = ("agent", "random", "memory")


def record(
    directory: str | Path,
    dataset: str,
    *,
    tasks: int | Sequence[int] = 0,
    noise: float = 0.0,
    mix: Mapping[str, float] | None = None,
    episodes: int | None = None,
    steps: int | None = None,
    seed: int = 0,
    reference: tuple[float, float] | None = None,
    stream: Source | None = None,
    agent: Agent | None = None,
) -> "minari.MinariDataset":
    """Writes a Minari dataset of what a run has trained; every episode says its task in `task_id`.

    The mixtures of D4RL (Fu et al. 2020, arXiv:2004.07219): random is `{"random": 1}`, medium an agent that
    is half trained, medium-replay `{"memory": 1}`, mixtures any shares, such as `{"agent": 0.5, "random": 0.5}`.

    Args:
        directory: of the run; its latest checkpoint is taken.
        dataset: id of the new dataset, such as "hopper-gravity/medium-v0".
        tasks: a task's index, or several; each is recorded in full.
        noise: on the agent's actions. Box: a Gaussian whose deviation is `noise` times half the range, clipped (as
            TD3 explores, Fujimoto et al. 2018, arXiv:1802.09477, with 0.1). Discrete: the chance of a random action.
        mix: what is recorded, in which shares of `episodes` or `steps`: "agent", "random" play, and the run's "memory",
            newest rows first. None: all by the agent.
        episodes: of each task; the memory has no episodes, and takes no share of them.
        steps: of each task; the last episode of a part is cut (truncated) there. Neither of the two: all of the
            memory, where nothing else is asked for.
        seed: of episodes, noise and random play.
        reference: returns of a random and of an expert policy, on which Minari normalises scores.
        stream: needed where run.json cannot hold the stream, as for `recollect.load`.
        agent: needed where the agent was not made by `make_agent`, as for `recollect.load`.

    Returns:
        The dataset, as `minari.load_dataset` gives it.

    Raises:
        DataError: if the id is taken or cannot be used, and if the memory has no such rows, or not so many.
        OptionError: for a task, noise, shares, steps or episodes that cannot be used.
        CheckpointError: see `recollect.load`.
    """
    check_free(dataset)
    shares = _shares(mix, episodes, steps)
    learner = load(directory, stream=stream, agent=agent)
    folder = Folder(Path(directory))
    spec = folder.spec()
    with closing(opener(folder.stream(spec) if stream is None else stream).make()) as env:
        names = task_stream(env).tasks
        chosen = _tasks(tasks, len(names))
        act = NoisyPolicy(learner, env.action_space, noise, seed_for(check_seed(seed), "noise"))
        parts = []
        with untouched(learner):
            seed_everything(seed_for(seed, "record"))
            for task in chosen:
                act.task = np.array([task]) if spec["settings"]["announce_tasks"] else None
                for source, share in shares.items():
                    parts.append(_part(source, share, act, env, task, seed))
        name = (spec["agent"] or {}).get("name", type(learner).__name__)
        about = {"algorithm_name": name, "description": f"{_told(shares)}; noise {noise}; recorded by Recollect"}
        return write_rows(dataset, _in_sequence(parts), env, names=names, reference=reference, **about)


def _shares(mix: Mapping[str, float] | None, episodes: int | None, steps: int | None) -> dict[str, dict[str, Any]]:
    """How many episodes or steps of each source, `{"agent": {"steps": 500}}`; largest remainders first."""
    given = {"agent": 1.0} if mix is None else dict(mix)
    for source, share in given.items():
        if source not in SOURCES:
            raise UnknownName("source", str(source), SOURCES)
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share < float("inf"):
            raise OptionError(f"the share of {source!r} must be a number above 0, got {share!r}")
    if not given:
        raise OptionError(f"mix must name at least one of {', '.join(SOURCES)}")
    if set(given) == {"memory"} and episodes is None and steps is None:
        return {"memory": {"steps": None}}
    check_budget(episodes, steps)
    if "memory" in given and episodes is not None:
        raise OptionError("a memory has no whole episodes: say how many steps to take, steps=, not episodes=")
    shares: dict[str, dict[str, Any]] = {source: {} for source in given}
    for name, total in (("episodes", episodes), ("steps", steps)):
        if total is not None:
            exact = np.array(list(given.values())) / sum(given.values()) * total
            whole = np.floor(exact + 1e-9).astype(int)
            for place in np.argsort(whole - exact, kind="stable")[: total - whole.sum()]:
                whole[place] += 1
            if not whole.all():
                raise OptionError(f"{name}={total} are too few for the shares {given}: one of them gets none")
            for source, count in zip(given, whole.tolist(), strict=True):
                shares[source][name] = count
    return shares


def _tasks(tasks: int | Sequence[int], count: int) -> list[int]:
    chosen = [tasks] if isinstance(tasks, int | np.integer) else list(tasks)
    for task in chosen:
        if isinstance(task, bool) or not isinstance(task, int | np.integer) or not 0 <= task < count:
            raise OptionError(f"there is no task {task!r}: the stream has tasks 0 to {count - 1}")
    if not chosen or len(set(chosen)) < len(chosen):
        raise OptionError(f"tasks must be different tasks, at least one, got {tasks!r}")
    return [int(task) for task in chosen]


def _part(source: str, budget: dict[str, Any], act: NoisyPolicy, env: gymnasium.Env, task: int, seed: int) -> Rows:
    """The rows of one task from one source."""
    if source == "memory":
        return remembered(act.agent, task, budget["steps"], len(task_stream(env).tasks))
    policy: Callable[[Any], Any] = act
    if source == "random":
        policy = random_policy(env.action_space, seed_for(seed, "random", task))
    return play_rows(env, policy, task, seed=seed_for(seed, source), **budget)


def remembered(agent: Agent, task: int, steps: int | None, num_tasks: int = 1) -> Rows:
    """The transitions of a task that an agent's memory holds, the newest `steps` of them, by the step they were met at.

    Raises:
        DataError: if they are no transitions of single steps, say no task, or are fewer.
    """
    rows, title = agent.replay.contents(), f"the memory, {type(agent.replay).__name__},"
    if lacking := missing(TRANSITION.fields, rows) if num_rows(rows) else []:
        raise DataError(f"{title} holds no transitions: its rows lack {lacking}")
    if getattr(getattr(agent.replay, "joined", None), "steps", 1) > 1:
        raise DataError(f"{title} holds steps joined n at a time, of which the single ones cannot be told")
    if num_rows(rows) and "task" not in rows and num_tasks > 1:
        raise DataError(f"{title} does not say of which task its rows are: tasks were not announced in this run")
    held = np.flatnonzero(rows.get("task", np.full(num_rows(rows), task)) == task)
    if len(held) < max(steps or 1, 1):
        raise DataError(f"{title} holds {len(held)} rows of task {task}, and {steps or 'at least 1'} were asked for")
    met = rows.get("step", np.zeros(num_rows(rows), np.int64))[held]
    newest = held[np.argsort(met, kind="stable")][-(steps or 0) :]
    return take(rows, newest) | {"task": np.full(len(newest), task)}


def _in_sequence(parts: list[Rows]) -> Rows:
    """All parts as one, whose steps are counted on, so that no part runs into the next."""
    counted, start = [], 0
    for part in parts:
        step = part.get("step", np.arange(num_rows(part)))
        counted.append(part | {"step": step - step.min() + start})
        start = int(counted[-1]["step"].max()) + 2
    return concat(counted)


def _told(shares: dict[str, dict[str, Any]]) -> str:
    """Such as `agent 500 steps, random 500 steps`."""
    amounts = {s: " ".join(f"{n} {name}" for name, n in budget.items() if n) for s, budget in shares.items()}
    return ", ".join(f"{source} {amount or 'whole'}" for source, amount in amounts.items())
