"""Tiny sets of speech in the exact layouts of the big ones; what sounds is noise, but for its length."""

import csv
import json
from pathlib import Path

import numpy as np
import soundfile

from recollect.envs.speech import commands
from recollect.envs.speech.digits import DIGITS
from recollect.envs.speech.features import BANDS
from recollect.envs.speech.phrasings import PHRASINGS
from recollect.envs.speech.utterances import Utterances


def noise(seconds, rate, seed=0, channels=1):
    return 0.1 * np.random.default_rng(seed).standard_normal((round(seconds * rate), channels)).astype(np.float32)


def write_digits(folder, speakers=("ann", "bob"), takes=14, rate=8000):
    (folder / "recordings").mkdir(parents=True)
    for digit in range(len(DIGITS)):
        for speaker in speakers:
            for take in range(takes):
                path = folder / "recordings" / f"{digit}_{speaker}_{take}.wav"
                soundfile.write(path, noise(0.06 + 0.01 * (digit + take % 3), rate, take), rate)
    return folder


def write_fluent(folder, intents=6, count=10):
    (folder / "wavs").mkdir(parents=True)
    (folder / "data").mkdir()
    for split, times in (("train", count), ("valid", 2), ("test", 2)):
        with (folder / "data" / f"{split}_data.csv").open("w", newline="") as file:
            table = csv.writer(file)
            table.writerow(("", "path", "speakerId", "transcription", "action", "object", "location"))
            for row in range(times * intents):
                path = f"wavs/{split}-{row}.wav"
                soundfile.write(folder / path, noise(0.06 + 0.01 * (row % 5), 16000, row), 16000)
                table.writerow((row, path, "ann", f"Do it {row % 3}, now.", f"do{row % intents}", "lamp", "none"))
    return folder


def write_slurp(folder, scenarios=6, count=5):
    (folder / "dataset/slurp").mkdir(parents=True)
    (folder / "audio/slurp_real").mkdir(parents=True)
    for split, times in (("train", count), ("devel", 1), ("test", 1)):
        lines = []
        for row in range(times * scenarios):
            names = [f"{split}-{row}-{take}.flac" for take in range(2)]
            for name in names:
                soundfile.write(folder / "audio/slurp_real" / name, noise(0.06 + 0.01 * (row % 5), 16000, row), 16000)
            what = {"scenario": f"scene{row % scenarios}", "action": f"set{row // scenarios % 2 if times > 1 else 0}"}
            recordings = [{"file": name, "status": "correct"} for name in names]
            lines.append(json.dumps({"sentence": f"please do {row % 4}", "recordings": recordings, **what}))
        (folder / f"dataset/slurp/{split}.jsonl").write_text("\n".join(lines))
    return folder


def write_commands(count=2, **options):
    """What SpokenCommands keeps, in the place of the set with the defaults: so that no test waits for espeak-ng."""
    rng, splits = np.random.default_rng(0), {}
    for split, times in (("train", count), ("test", 1)):
        lines = [(i, text) for i, texts in PHRASINGS.items() for text in texts[2:] * times]
        frames = [rng.standard_normal((12 + row % 9, BANDS)).astype(np.float32) for row in range(len(lines))]
        intents, texts = map(list, zip(*lines, strict=True))
        splits[split] = Utterances(frames, texts, intents, intents)
    given = {"count": 24, "test_count": 6, "snr": (10.0, 20.0), "seed": 0} | options
    place = commands.kept_at(**given)
    commands.keep(place, splits)
    return place


def write_all(folder):
    """Every set that built-in streams are made of without options; a task has more rows than a batch."""
    write_digits(Path(folder) / "fsdd")
    write_fluent(Path(folder) / "speech/fluent-speech-commands", count=40)
    write_slurp(Path(folder) / "speech/slurp", count=20)
    write_commands()
