"""Records: reproductions/<paper>.<scale>.json, a list with what became of every claim.

A record holds what was claimed, as JSON and as a hash. Once the claim is another one, the record is void.
"""

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recollect.checkpoint import replace_text
from recollect.errors import CheckpointError, DataError
from recollect.experiments.claims import paper_of
from recollect.experiments.verdict import VERDICTS
from recollect.registry import registry

if TYPE_CHECKING:
    from recollect.experiments.reproduce import Reproduction

Record = dict[str, Any]


def record_of(found: "Reproduction") -> Record:
    """One outcome as JSON; numbers that are not finite are null."""
    claim, scale = found.claim, found.scale
    findings = [
        {"what": one.what, **one.estimate._asdict(), "verdict": one.verdict, "seeds": one.seeds}
        for one in found.findings
    ]
    arms = [
        {"name": arm.name, "score": arm.score._asdict(), "seeds": arm.seeds, "costs": arm.costs} for arm in found.arms
    ]
    return _finite(
        {
            "claim": found.name, "says": claim.says, "scale": scale, "verdict": found.verdict, "findings": findings,
            "arms": arms, "hash": claim.digest(scale), "claimed": claim.as_json(scale),
            "command": f"recollect reproduce {found.name} --scale {scale}", **(found.where or {}),
        }
    )  # fmt: skip


def file_of(name: str, scale: str, out: str | Path) -> Path:
    """The file of a claim's, or a paper's, records at a scale."""
    return Path(out) / f"{paper_of(name)}.{scale}.json"


def write_records(found: "Iterable[Reproduction]", out: str | Path) -> list[Path]:
    """Puts outcomes into the files of their papers, in the place of earlier ones; claims that do not exist go.

    What could not be checked leaves its earlier record as it is.

    Raises:
        DataError: if a file there is damaged.
        CheckpointError: if a file cannot be written.
    """
    written: dict[Path, dict[str, Record]] = {}
    for one in found:
        if one.error is None:
            path = file_of(one.name, one.scale, out)
            if path not in written:
                written[path] = {record["claim"]: record for record in read_records(path)}
            written[path][one.name] = record_of(one)
    known = registry.names("claim")
    for path, records in written.items():
        listed = [records[name] for name in sorted(records) if name in known]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_text(path, json.dumps(listed, indent=1, allow_nan=False) + "\n")
        except OSError as error:
            raise CheckpointError(f"cannot write {path}: {error.strerror}. Choose a folder you can write") from error
    return list(written)


def read_records(path: Path) -> list[Record]:
    """The records of one paper at one scale; [] without a file.

    Raises:
        DataError: if it is damaged.
    """
    if not path.exists():
        return []
    try:
        records = json.loads(path.read_text())
        needed = {"claim", "hash", "scale", "verdict"}
        if not isinstance(records, list) or not all(isinstance(one, dict) and needed <= set(one) for one in records):
            raise ValueError("it is no list of records")
        for one in records:
            if one["verdict"] not in VERDICTS:
                raise ValueError(f"{one['verdict']!r} is no verdict")
    except (OSError, ValueError, TypeError) as error:
        raise DataError(f"{path} is damaged ({error}): remove it, and reproduce the claims again") from error
    return records


def is_void(record: Record) -> bool:
    """Whether the claim has changed, or gone, since the record was written."""
    if record["claim"] not in registry.names("claim"):
        return True
    claim = registry.resolve("claim", record["claim"])
    return record["scale"] not in claim.scales or claim.digest(record["scale"]) != record["hash"]


def _finite(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {str(key): _finite(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_finite(value) for value in tree]
    return None if isinstance(tree, float) and not math.isfinite(tree) else tree
