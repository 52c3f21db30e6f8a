"""SpokenCommands: commands to a household, spoken by espeak-ng, kept on disk once they have been."""

import hashlib
import json
import os
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from recollect import data
from recollect.envs.speech.features import log_mel
from recollect.envs.speech.phrasings import HELD_OUT, PHRASINGS
from recollect.envs.speech.spoken import Spoken
from recollect.envs.speech.synthesis import require_program, speakers, synthesise_all, with_noise
from recollect.envs.speech.utterances import SpokenSet, Utterances, spoken_set
from recollect.errors import DataError, OptionError

RATE = 16_000  # Hz
VARIANTS = {"train": ("m1", "m2", "m3", "m4", "f1", "f2", "f3"), "test": ("m5", "m6", "m7", "f4")}
FORM = 1  # of the files; a change of features or synthesis makes older ones foreign
WHERE = Path("speech", "spoken-commands")  # below the data folder


class SpokenCommands(Spoken):
    """Twelve household commands, three in every task unless told otherwise; voices and phrasings are held out.

    Every speaker (accent, voice variant, rate, pitch, drawn from `seed`) says each of six phrasings of every command;
    the two others are tested, on speakers whose voice variants no training clip has. White noise of 10 to 20 dB is
    added. With the defaults 1,728 clips are learned and 144 tested, of 0.6 to 2.3 seconds at 16 kHz. Commands that are
    easily taken for one another ("lights on", "lights off") lie in different tasks.

    They are synthesised at first use, in about half a minute of one core, and kept below the data folder; later
    uses, in any process, read that file. Another version of espeak-ng may speak otherwise: compare runs on one file.

    Args:
        speakers: of the training clips, at least 1.
        test_speakers: of the test clips, at least 1.
        snr: signal to noise in decibels, (least, most).
        seed: of speakers and noise.
        tasks: how many tasks, or the commands of each as a list of lists, by name or number.
        order_seed: of the order of the commands; None for that of `recollect.envs.speech.phrasings`.
        batch_size: utterances of one observation.
        steps_per_task: of the stream's own schedule, in batches.
        schedule: the stream's own schedule.

    Raises:
        MissingExtra: if espeak-ng is needed and not installed, or soundfile or jiwer are not.
        OptionError: for numbers out of range.
        DataError: if espeak-ng fails, or the kept file is damaged or cannot be written.
    """

    def __init__(
        self,
        *,
        speakers: int = 24,
        test_speakers: int = 6,
        snr: tuple[float, float] = (10.0, 20.0),
        seed: int = 0,
        tasks: int | list[list[int]] | list[list[str]] = 4,
        order_seed: int | None = None,
        batch_size: int = 32,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        for option, value in (("speakers", speakers), ("test_speakers", test_speakers)):
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise OptionError(f"{option} must be a whole number of at least 1, got {value!r}")
        if len(snr) != 2 or not snr[0] <= snr[1]:
            raise OptionError(f"snr must be (least, most) in decibels, got {snr!r}")
        spoken = spoken_commands(int(speakers), int(test_speakers), (float(snr[0]), float(snr[1])), int(seed))
        super().__init__(
            spoken, tasks=tasks, order_seed=order_seed, batch_size=batch_size, steps_per_task=steps_per_task,
            schedule=schedule,
        )  # fmt: skip


def spoken_commands(count: int, test_count: int, snr: tuple[float, float], seed: int) -> SpokenSet:
    """The set from the kept file, or from espeak-ng, which then is kept; see `SpokenCommands`."""
    place = kept_at(count, test_count, snr, seed)
    if not place.is_file():
        require_program("recollect/SpokenCommands-v0")
        keep(place, {split: spoken_by(split, n, snr, seed) for split, n in (("train", count), ("test", test_count))})
    return _read(place, place.stat().st_mtime_ns)


def kept_at(count: int, test_count: int, snr: tuple[float, float], seed: int) -> Path:
    """The file of a set: its name is a hash of all that decides what is said, but for the version of espeak-ng."""
    decides = [FORM, RATE, count, test_count, snr, seed, VARIANTS, PHRASINGS, HELD_OUT]
    digest = hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:16]
    return data.folder() / WHERE / f"{digest}.npz"


def spoken_by(split: str, count: int, snr: tuple[float, float], seed: int) -> Utterances:
    """All phrasings of a split by all its speakers, from espeak-ng; each clip's noise is its own."""
    lines = [
        (intent, sentence, speaker)
        for speaker in speakers(count, VARIANTS[split], np.random.default_rng([seed, split == "test"]))
        for intent, sentences in PHRASINGS.items()
        for sentence in (sentences[HELD_OUT:] if split == "train" else sentences[:HELD_OUT])
    ]
    intents, sentences, voices = map(list, zip(*lines, strict=True))
    clips = synthesise_all(list(zip(voices, sentences, strict=True)), RATE)
    noises = np.random.default_rng([seed, split == "test", 1]).spawn(len(clips))
    frames = [log_mel(with_noise(clip, snr, rng), RATE) for clip, rng in zip(clips, noises, strict=True)]
    return Utterances(frames, sentences, intents, intents)


def keep(place: Path, splits: dict[str, Utterances]) -> None:
    """Writes a set as one npz file, wholly or not at all; frames as float16, half the size.

    Raises:
        DataError: where it cannot be written.
    """
    arrays: dict[str, np.ndarray] = {}
    for split, found in splits.items():
        arrays[f"{split}_frames"] = np.concatenate(found.frames).astype(np.float16)  # (sum of T_i, M)
        arrays[f"{split}_lengths"] = np.array([len(clip) for clip in found.frames])
        arrays[f"{split}_transcripts"] = np.array(found.transcripts)
        arrays[f"{split}_intents"] = np.array(found.intents)
    part = place.with_suffix(f".{os.getpid()}.part")  # two processes may write at once
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            np.savez(file, **arrays)
        part.replace(place)
    except OSError as error:
        raise DataError(f"{place} could not be written: {error}. Set RECOLLECT_DATA to a folder that can be") from error


@lru_cache(maxsize=4)
def _read(place: Path, known_by: int) -> SpokenSet:
    splits = {}
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:  # a damaged file is closed too
            for split in ("train", "test"):
                ends = arrays[f"{split}_lengths"].cumsum()
                frames = np.split(arrays[f"{split}_frames"].astype(np.float32), ends[:-1])
                intents = arrays[f"{split}_intents"].tolist()
                splits[split] = Utterances(frames, arrays[f"{split}_transcripts"].tolist(), intents, intents)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{place} is damaged ({error}): remove it, and it is synthesised again") from error
    return spoken_set(splits["train"], splits["test"], tuple(PHRASINGS))
