"""MinariStream: Minari datasets as the tasks of a stream."""

from collections.abc import Sequence as SequenceOf
from functools import partial
from typing import Any, Literal

import gymnasium
import minari
import numpy as np

from recollect.core import Agent, TaskStream
from recollect.envs.offline.logged import LoggedTasks, Share
from recollect.envs.sequence import Item, Sequence
from recollect.errors import OptionError, StreamError, UnknownName
from recollect.logs.reading import episode_tasks, open_dataset
from recollect.rows import Rows
from recollect.trust import mistrust


class OneTask(gymnasium.Wrapper):
    """A task stream that stays in one of its tasks.

    Args:
        env: the stream.
        task: an index into its tasks.
    """

    def __init__(self, env: gymnasium.Env, task: int) -> None:
        super().__init__(env)
        self.task = task

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict]:
        """Begins an episode of the task."""
        return self.env.reset(seed=seed, options={"task": self.task})


class MinariStream(Sequence):
    """Minari datasets, each a task: agents learn from the logged rows and are scored by episodes that they live.

    Score `return` is the sum of rewards in the environment of the task. Where every dataset has the returns of a random
    and of an expert policy (`ref_min_score`, `ref_max_score`), `normalised` is the return on the scale on which they
    are 0 and 1 (Fu et al. 2020, arXiv:2004.07219, who print it in percent).

    Args:
        dataset_ids: of local datasets (`minari download <id>` fetches published ones).
        by: what is a task: each "dataset", or each "task_id" that a dataset's episodes have. None: "task_id" if
            there is a single dataset whose episodes all have one, else "dataset".
        env: where agents are evaluated: an id or `{"id", "kwargs"}`, or a list with one for each dataset; None: the
            environment that a dataset names, its `eval_env` first, as Minari recovers it.
        names: of the tasks; made of ids when None.
        render_mode: of the environments.
        steps_per_task: of the stream's own schedule, where it is lived.
        schedule: the stream's own schedule.

    Raises:
        DataError: for a dataset that is not here or cannot be read.
        StreamError: if an environment is not named, not known here, or has other spaces than its dataset.
        OptionError: for no ids, or a wrong number of environments.
    """

    def __init__(
        self,
        dataset_ids: SequenceOf[str],
        *,
        by: Literal["dataset", "task_id"] | None = None,
        env: Any = None,
        names: SequenceOf[str] | None = None,
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if isinstance(dataset_ids, str) or not len(dataset_ids):
            raise OptionError(f"dataset_ids must be a list of at least one Minari id, got {dataset_ids!r}")
        if by not in (None, "dataset", "task_id"):
            raise UnknownName("by", str(by), ("dataset", "task_id"))
        datasets = [open_dataset(one) for one in dataset_ids]
        given = env if isinstance(env, list) else [env] * len(datasets)
        if len(given) != len(datasets):
            raise OptionError(f"env lists {len(given)} environments for {len(datasets)} datasets: give one for each")
        items, titles, shares = [], [], []
        for dataset, its in zip(datasets, given, strict=True):
            for title, share, task_id in _tasks_of(dataset, by, len(datasets) == 1):
                items.append(_environment(dataset, its, task_id, render_mode))
                titles.append(title)
                shares.append(share)
        self.logged = LoggedTasks(shares)
        super().__init__(
            items, names=titles if names is None else names, render_mode=render_mode, steps_per_task=steps_per_task,
            schedule=schedule,
        )  # fmt: skip
        self.logged.check_spaces(self.tasks, self.observation_space, self.action_space)
        found = [_references(share.dataset) for share in shares]
        self.references = None if None in found else np.array(found, float)  # (T, 2)
        if self.references is not None:
            self.scores = {"return": "max", "normalised": "max"}

    def data(self, task: int, split: str = "train") -> Rows | None:
        """The logged rows of a task, read-only; None for the test split, which is lived."""
        return self.logged.rows(task) if split == "train" else None

    def score(
        self, agent: Agent, tasks: list[int], *, episodes: int | None, seed: int, announce_tasks: bool = True
    ) -> dict[str, np.ndarray]:
        """Mean return of test episodes, and normalised."""
        scores = super().score(agent, tasks, episodes=episodes, seed=seed, announce_tasks=announce_tasks)
        if self.references is not None:
            low, high = self.references[list(tasks)].T
            scores["normalised"] = (scores["return"] - low) / (high - low)
        return scores


def _tasks_of(dataset: minari.MinariDataset, by: str | None, alone: bool) -> list[tuple[str, Share, int | str | None]]:
    """Name, episodes and task id of every task of a dataset."""
    name, ids = dataset.id, episode_tasks(dataset)
    whole = None not in ids
    if by == "dataset" or (by is None and not (alone and whole)):
        single = ids[0] if whole and len(set(ids)) == 1 else None
        return [(name, Share(dataset), single)]
    if not whole:
        raise StreamError(f"by='task_id': episodes of the Minari dataset {name!r} have no task_id; use by='dataset'")
    found = sorted(set(ids), key=lambda one: (isinstance(one, str), one))
    episodes = {one: tuple(i for i, other in enumerate(ids) if other == one) for one in found}
    return [(f"{name} task {one}", Share(dataset, episodes[one]), one) for one in found]


def _environment(dataset: minari.MinariDataset, given: Any, task_id: int | str | None, render_mode: str | None) -> Item:
    """What makes the environment of a task."""
    if given is not None:
        return given
    spec = dataset._eval_env_spec or dataset.env_spec  # the first has no public name in Minari 0.5
    if spec is None:
        raise StreamError(f"the Minari dataset {dataset.id!r} names no environment: say where to evaluate, env='...'")
    if reason := mistrust(spec):
        raise StreamError(
            f"the Minari dataset {dataset.id!r} was recorded in {reason}: import the package that has it, or say where "
            "to evaluate, env='...'"
        )
    return partial(_recovered, dataset, task_id, {} if render_mode is None else {"render_mode": render_mode})


def _recovered(dataset: minari.MinariDataset, task_id: int | str | None, render: dict[str, str]) -> gymnasium.Env:
    """The environment that a dataset names; a task stream is kept in the task of `task_id`."""
    env = dataset.recover_environment(eval_env=True, disable_env_checker=True, **render)
    if not isinstance(env.unwrapped, TaskStream):
        return env
    tasks = env.unwrapped.tasks
    place = tasks.index(task_id) if task_id in tasks else task_id
    if place is None and len(tasks) == 1:
        place = 0
    if not isinstance(place, int) or not 0 <= place < len(tasks):
        raise StreamError(
            f"the Minari dataset {dataset.id!r} was recorded in the task stream {env.spec.id}, of which it holds "
            + ("several tasks: take by='task_id'" if place is None else f"task {place!r}, which it does not have")
        )
    return OneTask(env, place)


def _references(dataset: minari.MinariDataset) -> tuple[float, float] | None:
    """The returns of a random and of an expert policy, if the dataset has two that differ."""
    metadata = dataset.storage.metadata
    low, high = metadata.get("ref_min_score"), metadata.get("ref_max_score")
    return None if low is None or high is None or low == high else (float(low), float(high))
