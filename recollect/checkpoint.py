"""Checkpoints: a state on disk, whole or not at all. Nothing is ever unpickled.

    runs/a/checkpoint-1200/  tree.json  arrays.npz  tensors.safetensors  manifest.json
    runs/a/LATEST            "checkpoint-1200"

Writing removes every checkpoint that LATEST does not name, writes `checkpoint-<step>.part`, renames it, replaces
LATEST, and then removes the older one: whenever the process is killed, LATEST names a whole checkpoint.
"""

import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from recollect.errors import CheckpointError

FORMAT = 1
TREE, ARRAYS, TENSORS, MANIFEST, LATEST = "tree.json", "arrays.npz", "tensors.safetensors", "manifest.json", "LATEST"


def write(directory: Path, name: str, state: Any) -> None:
    """Writes `state` as checkpoint `name` and makes it the latest.

    Raises:
        CheckpointError: if it cannot be written; the one before is then still whole.
    """
    part, final = directory / f"{name}.part", directory / name
    try:
        _remove_all_but(directory, latest(directory))
        part.mkdir()
        _write_state(part, state)
        part.rename(final)
        replace_text(directory / LATEST, name)
        _remove_all_but(directory, name)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise CheckpointError(
            f"cannot write {final}: {error.strerror or error}. The checkpoint before it is untouched: "
            f"make room or access, then `recollect resume {directory}`"
        ) from error


def read(directory: Path) -> Any:
    """The state of the latest checkpoint in `directory`.

    Raises:
        CheckpointError: if there is none, or it is damaged, foreign or newer; nothing is changed.
    """
    name = latest(directory)
    if name is None:
        raise CheckpointError(f"{directory} holds no checkpoint: expected a file LATEST that names one")
    folder = directory / name
    files = _manifest(folder)["files"]
    for file, (size, checksum) in files.items():
        path = folder / file
        if not path.is_file() or path.stat().st_size != size or (checksum is not None and _checksum(path) != checksum):
            raise CheckpointError(f"{path} is damaged or missing: the checkpoint cannot be used, and was left as it is")
    try:
        tensors = load_file(folder / TENSORS)
        with np.load(folder / ARRAYS, allow_pickle=False) as archive:
            arrays = dict(archive)
        return _decode(json.loads((folder / TREE).read_text()), arrays, tensors)
    except (OSError, ValueError, KeyError, TypeError, BadZipFile, SafetensorError) as error:
        raise CheckpointError(f"{folder} cannot be read ({error}): it was left as it is") from error


def latest(directory: Path) -> str | None:
    """The name of the latest checkpoint, or None."""
    try:
        name = (directory / LATEST).read_text().strip()
    except OSError:
        return None
    if not name.startswith("checkpoint-") or "/" in name:
        raise CheckpointError(f"{directory / LATEST} does not name a checkpoint: it holds {name[:40]!r}")
    return name


def replace_text(path: Path, text: str) -> None:
    """Replaces a small file at once: readers see the old text or the new, never a part."""
    part = path.with_name(path.name + ".part")
    with part.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


def _remove_all_but(directory: Path, kept: str | None) -> None:
    for folder in directory.glob("checkpoint-*"):
        if folder.name != kept:
            shutil.rmtree(folder)


def _write_state(folder: Path, state: Any) -> None:
    arrays: dict[str, Any] = {}
    tensors: dict[str, torch.Tensor] = {}
    tree = _encode(state, "state", arrays, tensors)
    (folder / TREE).write_text(json.dumps(tree))
    np.savez(folder / ARRAYS, **arrays)
    save_file(tensors, folder / TENSORS)
    # arrays.npz carries checksums of its own
    files = {f: (folder / f).stat().st_size for f in (TREE, ARRAYS, TENSORS)}
    sums = {f: None if f == ARRAYS else _checksum(folder / f) for f in files}
    manifest = {"recollect_checkpoint": FORMAT, "files": {f: [size, sums[f]] for f, size in files.items()}}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    for file in (*files, MANIFEST):
        with (folder / file).open("rb") as written:
            os.fsync(written.fileno())


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        version, _ = manifest["recollect_checkpoint"], manifest["files"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{folder / MANIFEST} is missing or not a manifest of ours: {folder} was left") from error
    if version != FORMAT:
        raise CheckpointError(
            f"{folder} has checkpoint format {version}, this Recollect reads {FORMAT}: use the version that wrote it"
        )
    return manifest


def _checksum(path: Path) -> int:
    value = 0
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value


def _encode(value: Any, path: str, arrays: dict[str, np.ndarray], tensors: dict[str, torch.Tensor]) -> Any:
    """Plain JSON, in which arrays and tensors are references, and dictionaries are lists of pairs."""
    if value is None or (isinstance(value, bool | int | float | str) and not isinstance(value, np.generic)):
        return value
    if isinstance(value, torch.Tensor):
        tensors[key := f"t{len(tensors)}"] = value.detach().cpu().clone().contiguous()
        return {"tensor": key}
    if isinstance(value, np.ndarray | np.generic) and np.asarray(value).dtype != object:
        arrays[key := f"a{len(arrays)}"] = np.asarray(value)
        return {"scalar" if isinstance(value, np.generic) else "array": key}
    if isinstance(value, dict):
        return {"dict": [[k, _encode(v, f"{path}.{k}", arrays, tensors)] for k, v in value.items()]}
    if isinstance(value, list | tuple):
        items = [_encode(item, f"{path}[{i}]", arrays, tensors) for i, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    raise CheckpointError(
        f"{path} is a {type(value).__name__}, which a checkpoint cannot hold: numbers, strings, arrays, tensors, "
        "lists, tuples and dictionaries can be saved"
    )


def _decode(value: Any, arrays: dict[str, np.ndarray], tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, list):
        return [_decode(item, arrays, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind in ("array", "scalar"):
        return arrays[content] if kind == "array" else arrays[content][()]
    if kind == "tuple":
        return tuple(_decode(item, arrays, tensors) for item in content)
    return {k: _decode(v, arrays, tensors) for k, v in content}
