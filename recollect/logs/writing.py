"""Writing rows as Minari datasets, which `minari.load_dataset` reads without Recollect."""

import shutil
import warnings
from collections.abc import Sequence
from typing import Any

import gymnasium
import minari
import numpy as np
from minari.data_collector import EpisodeBuffer
from minari.storage import get_dataset_path

from recollect.errors import DataError
from recollect.logs.chains import chains
from recollect.logs.reading import check_id
from recollect.rows import Rows, num_rows, take
from recollect.schema import TRANSITION, missing


def check_free(dataset_id: str) -> None:
    """Raises DataError if the id cannot be used, or there is a dataset of that id already."""
    if get_dataset_path(check_id(dataset_id)).exists():
        raise DataError(
            f"there is a Minari dataset {dataset_id!r} already: choose another version, or remove it with "
            f"`minari delete {dataset_id}`"
        )


def write_rows(
    dataset_id: str,
    rows: Rows,
    env: gymnasium.Env,
    *,
    names: Sequence[str] | None = None,
    reference: tuple[float, float] | None = None,
    **about: Any,
) -> minari.MinariDataset:
    """Writes transitions as a dataset of episodes, each with its `task_id`; nothing is lost or compressed.

    Rows become episodes by `recollect.logs.chains`. A piece whose end is not among the rows keeps its last flags as
    they are, neither terminated nor truncated. Fields beyond TRANSITION's and `task` are left out.

    Args:
        dataset_id: of the new dataset, such as "hopper-gravity/medium-v0".
        rows: TRANSITION rows; `task` becomes the episodes' `task_id`.
        env: whose spaces the rows are of. Its spec, if JSON can hold it, is what `recover_environment` makes.
        names: of the tasks; the name of its task is kept with every episode.
        reference: returns of a random and of an expert policy, by which Minari normalises scores.
        **about: what else `minari.create_dataset_from_buffers` notes: algorithm_name, author, description, ...

    Returns:
        The dataset, as loaded.

    Raises:
        DataError: for an id that cannot be used or is taken, and for rows that lack a field. Nothing is written then.
    """
    check_free(dataset_id)
    if lacking := missing(TRANSITION.fields, rows):
        raise DataError(f"rows lack {lacking}, which every transition of a Minari dataset has")
    if not num_rows(rows):
        raise DataError(f"there are no rows to write into the Minari dataset {dataset_id!r}")
    pieces = chains(rows)
    buffers = [_buffer(take(rows, piece)) for piece in pieces]
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*is set to None|env_spec is", UserWarning)  # what is not known
            made = minari.create_dataset_from_buffers(
                dataset_id, buffers, env=env if _storable(env) else None, jpeg_encoding=False, **spaces, **about
            )
        if "task" in rows:
            made.storage.update_episode_metadata([_tags(int(rows["task"][piece[0]]), names) for piece in pieces])
        if reference is not None:
            low, high = map(float, reference)
            made.storage.update_metadata({"ref_min_score": low, "ref_max_score": high})
    except BaseException:  # an interruption too: half a dataset would keep its id
        shutil.rmtree(get_dataset_path(dataset_id), ignore_errors=True)
        raise
    return minari.load_dataset(dataset_id)


def _tags(task: int, names: Sequence[str] | None) -> dict[str, Any]:
    return {"task_id": task} | ({"task_name": names[task]} if names is not None and task >= 0 else {})


def _storable(env: gymnasium.Env) -> bool:
    """Whether the env has a spec that JSON can hold."""
    try:
        return env.spec is not None and bool(env.spec.to_json())
    except (TypeError, ValueError):
        return False


def _buffer(rows: Rows) -> EpisodeBuffer:
    """T transitions that follow one another as T + 1 observations and T steps."""
    obs = {
        field: np.concatenate([values, rows["obs_next" + field[3:]][-1:]])
        for field, values in rows.items()
        if field.split("/")[0] == "obs"
    }
    act = {field: values for field, values in rows.items() if field.split("/")[0] == "act"}
    return EpisodeBuffer(
        observations=_tree(obs),
        actions=_tree(act),
        rewards=rows["rew"],
        terminations=rows["terminated"],
        truncations=rows["truncated"],
    )


def _tree(fields: Rows) -> Any:
    """`{"obs/a/b": v}` as `{"a": {"b": v}}`; a single array as it is, texts as lists."""
    tree: dict[str, Any] = {}
    for field, values in fields.items():
        *path, last = field.split("/")
        place = tree
        for key in path:
            place = place.setdefault(key, {})
        place[last] = values.tolist() if values.dtype.kind == "U" else values
    return tree.popitem()[1]
