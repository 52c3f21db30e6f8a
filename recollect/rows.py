"""Rows: named arrays that share their first axis, the form in which every record travels.

num_rows   how many
take       some of them, as copies
concat     several into one
pad        ragged sequences into one array and its mask
describe   field, dtype and shape of each, for messages and for people
leaves     a batched observation as fields
stack      observations or actions of several lanes as one batch; unstack takes them apart

A row is one transition, one episode, one labelled sample, one query or one piece of text,
as `recollect.schema` says. No rows is `{}`.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from recollect.errors import DataError

Rows = dict[str, np.ndarray]


def num_rows(rows: Mapping[str, np.ndarray]) -> int:
    """The number of rows; 0 for `{}`.

    Raises:
        DataError: if two fields differ in length, naming both, or a field is a single value.
    """
    count, first = None, ""
    for field, values in rows.items():
        try:
            length = len(values)
        except TypeError as error:
            raise DataError(f"field {field!r} is a single value, expected an array with one entry per row") from error
        if count is None:
            count, first = length, field
        elif length != count:
            raise DataError(
                f"rows of unequal length: field {first!r} has {count}, field {field!r} has {length}. "
                "Every field holds one entry per row."
            )
    return count or 0


def take(rows: Mapping[str, np.ndarray], index: np.ndarray) -> Rows:
    """The rows at `index`, (n,) integers or (N,) booleans, as copies (also out of a memory-mapped file)."""
    index = np.asarray(index, dtype=None if len(index) else int)  # an empty list would be one of floats
    return {field: np.asarray(values)[index] for field, values in rows.items()}


def concat(parts: Iterable[Mapping[str, np.ndarray]]) -> Rows:
    """All rows of `parts`, one after another, with the fields that every part has.

    Parts without rows are passed over. Fields that only some parts have (replayed rows carry
    "index", new rows do not) are left out.
    """
    filled = [part for part in parts if num_rows(part)]
    if not filled:
        return {}
    shared = [field for field in filled[0] if all(field in part for part in filled)]
    return {field: np.concatenate([np.asarray(part[field]) for part in filled]) for field in shared}


def pad(sequences: Sequence[np.ndarray], length: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Ragged sequences (T_i, ...) as one zero-padded array (N, T, ...) and its mask (N, T), bool.

    Args:
        sequences: at least one array; all share dtype and trailing shape.
        length: T; the longest sequence when None.

    Raises:
        DataError: if there is no sequence, or one is longer than `length`.
    """
    if not len(sequences):
        raise DataError("pad needs at least one sequence, got none")
    longest = max(len(sequence) for sequence in sequences)
    width = longest if length is None else length
    if longest > width:
        raise DataError(f"a sequence of {longest} does not fit the length {width}: cut it, or raise the length")
    first = np.asarray(sequences[0])
    padded = np.zeros((len(sequences), width, *first.shape[1:]), first.dtype)  # (N, T, ...)
    mask = np.zeros((len(sequences), width), bool)  # (N, T)
    for i, sequence in enumerate(sequences):
        padded[i, : len(sequence)] = sequence
        mask[i, : len(sequence)] = True
    return padded, mask


def describe(rows: Mapping[str, np.ndarray]) -> str:
    """One line such as `x float32 (32, 64) | y int64 (32,)`; `no rows` for `{}`."""
    return " | ".join(f"{field} {v.dtype} {v.shape}" for field, v in rows.items()) or "no rows"


def leaves(field: str, value: object) -> Rows:
    """A batched value as fields: an array is `{field: array}`, a Dict observation one field per leaf (`obs/goal`)."""
    if isinstance(value, dict):
        found: Rows = {}
        for key, leaf in value.items():
            found |= leaves(f"{field}/{key}", leaf)
        return found
    return {field: np.array(value)}  # a copy, always


def stack(values: Sequence[object]) -> object:
    """Observations or actions of N lanes as one batch: arrays (N, ...), dictionaries leaf by leaf."""
    first = values[0]
    if isinstance(first, dict):
        return {key: stack([value[key] for value in values]) for key in first}  # type: ignore[index]
    if not isinstance(first, np.ndarray):
        return np.asarray(values)
    # copies, because an env may go on writing into what it gave; for one lane np.stack takes four times as long
    return first[None].copy() if len(values) == 1 else np.stack(values)  # type: ignore[arg-type]


def unstack(batch: object, count: int) -> list:
    """The `count` entries of a batch that `stack` made, or an agent returned."""
    if isinstance(batch, dict):
        columns = {key: unstack(values, count) for key, values in batch.items()}
        return [{key: column[i] for key, column in columns.items()} for i in range(count)]
    return list(batch)  # type: ignore[call-overload]


def length_of(batch: object) -> int:
    """How many entries a batch of observations or actions has."""
    return length_of(next(iter(batch.values()))) if isinstance(batch, dict) else len(batch)  # type: ignore[arg-type]
