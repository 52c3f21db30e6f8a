"""stream_from: your arrays, datasets and environments as a task stream, in one line."""

import inspect
from collections.abc import Sequence as SequenceOf
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

from recollect.envs.division import divide
from recollect.envs.samples import SCENARIOS, Samples
from recollect.envs.sequence import Sequence
from recollect.envs.sources import read
from recollect.errors import OptionError, UnknownName


def stream_from(source: Any, **options: Any) -> gymnasium.Env:
    """A task stream made from labelled samples or from Gymnasium environments.

        stream = recollect.stream_from((x, y), tasks=5)                               # class-incremental
        stream = recollect.stream_from(torch_dataset, scenario="domain", tasks=5)     # labels within the task
        stream = recollect.stream_from(huggingface_dataset, scenario="task", x="img") # one head for each task
        stream = recollect.stream_from((x, y), task=year_of_each_row)                 # a task column of your own
        stream = recollect.stream_from(["CartPole-v1", lambda: MyCartPole()], steps_per_task=10_000)

    Args:
        source: a tuple (x, y) or (x, y, task) of arrays; any map-style dataset of pairs (x, y), such as a torch
            Dataset; a Hugging Face dataset; or a list of Gymnasium environments (ids, `{"id", "kwargs"}`, EnvSpecs,
            made ones, callables).
        **options: those of `samples_from` or `envs_from`, below.

    Returns:
        A made environment. Its spec makes further copies, which share the data; it is JSON only for a list of ids.

    Raises:
        RecollectError: for an unknown option, and for a source that cannot be used (see `read`, `divide`, `Sequence`).
    """
    make = envs_from if _are_envs(source) else samples_from
    known = [name for name in inspect.signature(make).parameters if name != "source"]
    for option in options:
        if option not in known:
            what = "a list of environments" if make is envs_from else "labelled samples"
            raise UnknownName(f"option of a stream from {what}:", option, known)
    return make(source, **options)


def samples_from(
    source: Any,
    *,
    scenario: str = "class",
    tasks: int | SequenceOf[SequenceOf[int]] | None = None,
    task: Any = None,
    test: Any = None,
    test_fraction: float = 0.2,
    x: str | None = None,
    y: str | None = None,
    names: SequenceOf[str] | None = None,
    order_seed: int | None = None,
    seed: int = 0,
    batch_size: int = 32,
    steps_per_task: int | list[int] | None = None,
    schedule: Any = "sequential",
) -> gymnasium.Env:
    """Labelled samples as a stream.

    Args:
        source: as in `stream_from`, no environments.
        scenario: "class" (every label, one head), "domain" (the label within the task), "task" (every label, judged
            among those of the row's task).
        tasks: into how many tasks to divide the classes, 5 when None, or a list of lists of classes.
        task: instead, the task id of every row (N,), or the name of such a column in a Hugging Face dataset.
        test: a source of the same kind that is tested on; with a task column (x, y, task), or a Hugging Face dataset
            that has the column.
        test_fraction: without `test`, the share of every class that is set aside.
        x: column of a Hugging Face dataset.
        y: column of a Hugging Face dataset.
        names: of the tasks.
        order_seed: of the order of the classes; None for ascending labels.
        seed: of the rows set aside.
        batch_size: rows of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        RecollectError: see `read`, `divide` and `Samples`.
    """
    if scenario not in SCENARIOS:  # before the data are read
        raise UnknownName("scenario", str(scenario), SCENARIOS)
    train = read(source, x=x, y=y, task=task)
    tested = None
    if test is not None:
        tested = read(test, x=x, y=y, task=task if isinstance(task, str) else None, name="test")
        if ("task" in train) != ("task" in tested):
            raise OptionError("with a task column the test rows need one too: test=(x, y, task)")
    if "task" in train and (tasks is not None or order_seed is not None):
        raise OptionError("the task column says which task a row has: leave tasks= and order_seed= out")
    division = divide(
        train,
        tested,
        tasks=5 if tasks is None else tasks,
        test_fraction=test_fraction,
        names=names,
        order_seed=order_seed,
        split_seed=seed,
    )

    def make(**kwargs: Any) -> Samples:  # holds the data, which gymnasium.make would copy if they were kwargs
        return Samples(division, **kwargs)

    kwargs = {
        "scenario": scenario,
        "batch_size": batch_size,
        "steps_per_task": steps_per_task,
        "schedule": schedule,
    }
    return gymnasium.make(EnvSpec("recollect/Samples-v0", entry_point=make, kwargs=kwargs))


def envs_from(
    source: SequenceOf[Any],
    *,
    names: SequenceOf[str] | None = None,
    score: str = "return",
    one_hot: bool = False,
    render_mode: str | None = None,
    steps_per_task: int | list[int] | None = None,
    schedule: Any = "sequential",
) -> gymnasium.Env:
    """Gymnasium environments as a stream.

    Args:
        source: ids, `{"id", "kwargs"}`, EnvSpecs, made environments (their specs are used), callables.
        names: of the tasks.
        score: "return" or "success".
        one_hot: append the task to the observation.
        render_mode: of the environments.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.

    Raises:
        RecollectError: see `Sequence`.
    """
    kwargs: dict[str, Any] = {"score": score, "steps_per_task": steps_per_task, "schedule": schedule}
    if names is not None:
        kwargs["names"] = list(names)
    if one_hot:
        kwargs["one_hot"] = True
    if render_mode is not None:
        kwargs["render_mode"] = render_mode
    items = list(source)
    wild = not Sequence(items).deterministic
    if all(isinstance(item, str | dict) for item in items):
        kwargs["envs"] = items
        entry_point = "recollect.envs.sequence:Sequence"
        return gymnasium.make(EnvSpec("recollect/Sequence-v0", entry_point, nondeterministic=wild, kwargs=kwargs))

    def make(**kwargs: Any) -> Sequence:  # holds the callables, which gymnasium.make would copy if they were kwargs
        return Sequence(items, **kwargs)

    return gymnasium.make(EnvSpec("recollect/Sequence-v0", make, nondeterministic=wild, kwargs=kwargs))


def _are_envs(source: Any) -> bool:
    """Whether `source` is a list of things that can only be environments."""
    kinds = str | dict | EnvSpec | gymnasium.Env
    return isinstance(source, list | tuple) and all(isinstance(one, kinds) or callable(one) for one in source)
