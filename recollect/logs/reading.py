"""Reading Minari datasets, the Farama Foundation's form of logged transitions, as rows."""

import re
import warnings
from collections.abc import Iterable
from typing import Any

import minari
import numpy as np
from minari.storage import get_dataset_path

from recollect.errors import DataError
from recollect.rows import Rows

DATASET_ID = re.compile(r"([-\w][-\w/]*[-\w]/)?[-\w]+-v\d+")  # what Minari takes, with the version it needs
BROKEN = (OSError, KeyError, ValueError, AssertionError, IndexError, TypeError)  # what h5py and Minari raise


def check_id(dataset_id: Any) -> str:
    """`dataset_id`, if it is one.

    Raises:
        DataError: unless it is such as `hopper/medium-v0`; names hold no dots.
    """
    if not isinstance(dataset_id, str) or not DATASET_ID.fullmatch(dataset_id):
        raise DataError(
            f"a Minari id is such as 'hopper-gravity/medium-v0': letters, digits, - and _, a namespace of at least "
            f"two of them before a /, a version at the end; no dots (write 0.5 as 0p5); got {dataset_id!r}"
        )
    return dataset_id


def local_ids() -> list[str]:
    """The ids of the datasets that are here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of damaged ones, which are left out
        return list(minari.list_local_datasets())


def open_dataset(dataset_id: str) -> minari.MinariDataset:
    """A local dataset.

    Raises:
        DataError: if it is not here, saying how to get it and what is here; if it is damaged or of another version.
    """
    if not get_dataset_path(check_id(dataset_id)).joinpath("data").is_dir():
        raise DataError(
            f"there is no Minari dataset {dataset_id!r} below {get_dataset_path()}: `minari download {dataset_id}` "
            f"fetches a published one, `recollect record` makes your own. Here are: {', '.join(local_ids()) or 'none'}"
        )
    try:
        return minari.load_dataset(dataset_id)
    except BROKEN as error:
        raise DataError(f"the Minari dataset {dataset_id!r} cannot be read: {' '.join(str(error).split())}") from error


def episode_tasks(dataset: minari.MinariDataset, episodes: Iterable[int] | None = None) -> list[int | str | None]:
    """The `task_id` in the metadata of episodes, all of them for None; None where there is none."""
    indices = dataset.episode_indices if episodes is None else dataset.episode_indices[list(episodes)]
    found = [metadata.get("task_id") for metadata in dataset.storage.get_episode_metadata(indices)]
    return [one.item() if isinstance(one, np.generic) else one for one in found]


def read_rows(dataset: minari.MinariDataset | str, episodes: Iterable[int] | None = None) -> Rows:
    """The transitions of a dataset, in order, as TRANSITION rows (N = steps of all episodes).

    Args:
        dataset: the dataset, or the id of a local one.
        episodes: places of episodes within the dataset; None: all.

    Returns:
        obs and obs_next (N, *obs), act (N, *act) as stored, a field per leaf of a Dict space; rew (N,) float32;
        terminated and truncated (N,) bool, as logged; task (N,) int64, where every episode has a whole number for it.

    Raises:
        DataError: for a dataset that is not here, is damaged, is empty, or has a Tuple space.
    """
    dataset = open_dataset(dataset) if isinstance(dataset, str) else dataset
    name = dataset.id
    chosen = list(range(len(dataset.episode_indices)) if episodes is None else episodes)
    try:
        parts = [_transitions(name, one) for one in dataset.storage.get_episodes(dataset.episode_indices[chosen])]
        tasks = episode_tasks(dataset, chosen)
    except BROKEN as error:
        raise DataError(f"the Minari dataset {name!r} cannot be read: {' '.join(str(error).split())}") from error
    lengths = [len(part["rew"]) for part in parts]
    if not sum(lengths):
        raise DataError(f"the Minari dataset {name!r} has no steps in the episodes that were asked for")
    rows = {field: np.concatenate([part[field] for part in parts]) for field in parts[0]}
    if all(isinstance(one, int) for one in tasks):
        rows["task"] = np.repeat(np.array(tasks, np.int64), lengths)
    return rows


def _transitions(name: str, episode: dict[str, Any]) -> Rows:
    """One stored episode, of T steps and T + 1 observations, as T rows."""
    obs, act, steps = _arrays("obs", episode["observations"]), _arrays("act", episode["actions"]), episode["rewards"]
    count = len(steps)
    for field, values in (obs | act).items():
        if len(values) != count + (field in obs):
            raise DataError(
                f"episode {episode['id']} of the Minari dataset {name!r} is damaged: {count} rewards go with "
                f"{count + 1} observations and {count} actions, not with {len(values)} of {field}"
            )
    return {
        **{field: values[:-1] for field, values in obs.items()},
        **act,
        "rew": np.asarray(steps, np.float32),
        "terminated": np.asarray(episode["terminations"], bool),
        "truncated": np.asarray(episode["truncations"], bool),
        **{field.replace("obs", "obs_next", 1): values[1:] for field, values in obs.items()},
    }


def _arrays(field: str, value: Any) -> Rows:
    if isinstance(value, tuple):
        raise DataError(f"{field} is a Tuple of {len(value)} parts, which rows cannot hold: they hold Dict spaces")
    if isinstance(value, dict):
        return {name: array for key, leaf in value.items() for name, array in _arrays(f"{field}/{key}", leaf).items()}
    return {field: np.asarray(value)}
