"""Listed sets: utterances in files that a list names, in the layouts of Fluent Speech Commands and of SLURP."""

import csv
import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from recollect import data
from recollect.envs.speech.audio import read_audio
from recollect.envs.speech.features import log_mel
from recollect.envs.speech.spoken import Spoken
from recollect.envs.speech.utterances import SpokenSet, Utterances, spoken_set
from recollect.errors import DataError, OptionError

RATE = 16_000  # Hz, that of both sets
FLUENT = {"train": "data/train_data.csv", "valid": "data/valid_data.csv", "test": "data/test_data.csv"}
SLOTS = ("action", "object", "location")
SLURP = {"train": "dataset/slurp/train.jsonl", "valid": "dataset/slurp/devel.jsonl", "test": "dataset/slurp/test.jsonl"}
SYNTHETIC = "dataset/slurp/train_synthetic.jsonl"
FOLDERS = ("audio/slurp_real", "audio/slurp_synth")


class ListedSpeech(Spoken):
    """Fluent Speech Commands or SLURP, by what lies in the folder; all frames are held in memory.

    Fluent Speech Commands (Lugosch et al. 2019, arXiv:1904.03670): `data/{train,test}_data.csv` with the columns path,
    transcription, action, object, location; the intent is the last three, 31 of them. SLURP (Bastianelli et al. 2020,
    arXiv:2011.13205): `dataset/slurp/{train,test}.jsonl`, recordings below `audio/slurp_real`; the intent is
    scenario_action, and tasks are made of the 18 scenarios. Words that no training transcript has are one token.
    The paper `coconut` decodes byte pairs instead; its order of classes is not known for certain.

    Args:
        source: the folder, or the name of a data set that is one.
        max_seconds: what is longer is cut, as in the paper (112,000 samples).
        tested: "test" or "valid", the split that is tested.
        synthetic: learn SLURP's synthetic recordings too, where `train_synthetic.jsonl` is there.
        limit: read only the first so many utterances of each split; None: all.
        tasks: how many tasks, or the classes of each as a list of lists, by name or number.
        order_seed: of the order of the classes; None for that of their names.
        batch_size: utterances of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        MissingExtra: if soundfile or jiwer are not installed.
        OptionError: for a length that is not above 0, or another split.
        DataError: for data that are not there (it says how to get them), damaged, or of another layout.
    """

    def __init__(
        self,
        source: str,
        *,
        max_seconds: float = 7.0,
        tested: str = "test",
        synthetic: bool = False,
        limit: int | None = None,
        tasks: int | list[list[int]] | list[list[str]] = 6,
        order_seed: int | None = None,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if not max_seconds > 0:
            raise OptionError(f"max_seconds must be above 0, got {max_seconds!r}")
        if tested not in ("test", "valid"):
            raise OptionError(f"tested must be 'test' or 'valid', got {tested!r}")
        place = data.path(source) if source in data.SETS else Path(source).expanduser()
        spoken = read_listed(place, max_seconds, tested, synthetic, limit)
        super().__init__(
            spoken, tasks=tasks, order_seed=order_seed, batch_size=batch_size, steps_per_task=steps_per_task,
            schedule=schedule,
        )  # fmt: skip


@lru_cache(maxsize=1)
def read_listed(
    place: Path, max_seconds: float = 7.0, tested: str = "test", synthetic: bool = False, limit: int | None = None
) -> SpokenSet:
    """The set at `place`; see `ListedSpeech`. What was read last is kept."""
    if (place / FLUENT["train"]).is_file():
        lists, read = FLUENT, fluent
    elif (place / SLURP["train"]).is_file():
        lists, read = SLURP, slurp
    else:
        raise DataError(f"{place}: expected {FLUENT['train']} (Fluent Speech Commands) or {SLURP['train']} (SLURP)")
    named = {"train": read(place, lists["train"], limit), "test": read(place, lists[tested], limit)}
    if synthetic:
        named["train"] += slurp(place, SYNTHETIC, limit)
    splits = {}
    for split, lines in named.items():
        cut = round(max_seconds * RATE)
        frames = [log_mel(read_audio(path, RATE)[:cut], RATE) for path, *_ in lines]
        splits[split] = Utterances(frames, *([line[i] for line in lines] for i in (1, 2, 3)))
    return spoken_set(splits["train"], splits["test"])


Line = tuple[Path, str, str, str]  # file, transcript, intent, group


def fluent(place: Path, inside: str, limit: int | None = None) -> list[Line]:
    """What a list of Fluent Speech Commands names.

    Raises:
        DataError: for a list that is missing, or lacks a column.
    """
    try:
        with (place / inside).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))[:limit]
        named = [(place / row["path"], row["transcription"], "_".join(row[slot] for slot in SLOTS)) for row in rows]
    except (OSError, KeyError, TypeError, UnicodeDecodeError, csv.Error) as error:
        wanted = ", ".join(("path", "transcription", *SLOTS))
        raise DataError(f"{place / inside}: expected a table with the columns {wanted}, got {error!r}") from error
    return [(*line, line[2]) for line in named]


def slurp(place: Path, inside: str, limit: int | None = None) -> list[Line]:
    """What a list of SLURP names: every recording of every sentence.

    Raises:
        DataError: for a list that is missing, or a line that is none of SLURP's.
    """
    lines: list[Line] = []
    try:
        with (place / inside).open(encoding="utf-8") as file:
            for text in file:
                row = json.loads(text)
                what = (row["sentence"], f"{row['scenario']}_{row['action']}", row["scenario"])
                lines += [(_found(place, recording["file"]), *what) for recording in row["recordings"]]
                if limit is not None and len(lines) >= limit:
                    break
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"{place / inside}: expected JSON lines with sentence, scenario, action and recordings, got {error!r}"
        ) from error
    return lines[:limit]


def _found(place: Path, name: str) -> Path:
    """Where a recording lies: in the first folder that has it, else where it belongs."""
    every = [place / folder / name for folder in FOLDERS]
    return next((path for path in every if path.is_file()), every[0])
