"""SpokenDigits: the Free Spoken Digit Dataset, two new digits in every task."""

import re
from collections import defaultdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from recollect import data
from recollect.envs.speech.audio import read_audio
from recollect.envs.speech.features import log_mel
from recollect.envs.speech.spoken import Spoken
from recollect.envs.speech.utterances import SpokenSet, Utterances, spoken_set
from recollect.errors import DataError, UnknownName

RATE = 8_000  # Hz, that of the set
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
TAKES = 5  # the first five of each digit and speaker are tested, as the set's authors do


class SpokenDigits(Spoken):
    """Recordings of single digits (FSDD); the intent is the digit, the transcript its word.

    Read from `recordings/{digit}_{speaker}_{take}.wav`. Tested are takes 0 to 4 of every digit and speaker, the split
    of the set's authors, or all takes of some speakers.

    Args:
        source: the folder, or the name of a data set that is one.
        test_speakers: who is tested and never learned; None: the first five takes of everybody.
        tasks: how many tasks, or the digits of each as a list of lists, by word or number.
        order_seed: of the order of the digits; None for ascending.
        batch_size: utterances of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        MissingExtra: if soundfile or jiwer are not installed.
        DataError: for data that are not there (it says how to get them), a file with another name or that cannot be
            read.
        UnknownName: for a speaker who does not occur.
    """

    def __init__(
        self,
        source: str = "fsdd",
        *,
        test_speakers: list[str] | None = None,
        tasks: int | list[list[int]] | list[list[str]] = 5,
        order_seed: int | None = None,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        place = data.path(source) if source in data.SETS else Path(source).expanduser()
        spoken = spoken_digits(place, None if test_speakers is None else tuple(test_speakers))
        super().__init__(
            spoken, tasks=tasks, order_seed=order_seed, batch_size=batch_size, steps_per_task=steps_per_task,
            schedule=schedule,
        )  # fmt: skip


def spoken_digits(place: Path, test_speakers: tuple[str, ...] | None = None) -> SpokenSet:
    """The recordings below `place`; see `SpokenDigits`."""
    files = sorted((place / "recordings").glob("*.wav"))
    if not files:
        raise DataError(f"{place}: expected recordings/{{digit}}_{{speaker}}_{{take}}.wav, got no such file")
    known_by = tuple((str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return _read(known_by, test_speakers)


@lru_cache(maxsize=4)
def _read(files: tuple[tuple[str, int, int], ...], test_speakers: tuple[str, ...] | None) -> SpokenSet:
    splits: dict[bool, Any] = defaultdict(lambda: Utterances([], [], [], []))
    named = [(Path(name), *_parts(Path(name))) for name, _, _ in files]
    speakers = {speaker for _, _, speaker, _ in named}
    for speaker in test_speakers or ():
        if speaker not in speakers:
            raise UnknownName("speaker", speaker, speakers)
    for path, digit, speaker, take in named:
        split = splits[take < TAKES if test_speakers is None else speaker in test_speakers]
        split.frames.append(log_mel(read_audio(path, RATE), RATE))
        for values in (split.transcripts, split.intents, split.groups):
            values.append(DIGITS[digit])
    present = set(splits[False].groups)
    return spoken_set(splits[False], splits[True], [digit for digit in DIGITS if digit in present])


def _parts(path: Path) -> tuple[int, str, int]:
    """Digit, speaker and take of a file."""
    match = re.fullmatch(r"(\d)_(.+)_(\d+)", path.stem)
    if match is None:
        raise DataError(f"{path}: expected a name such as 7_jackson_32.wav: rename the file, or remove it")
    return int(match[1]), match[2], int(match[3])
