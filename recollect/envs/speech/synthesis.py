"""Synthesis: sentences spoken by espeak-ng, by speakers that differ in accent, voice, rate and pitch, with noise."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from recollect.envs.speech.audio import resample
from recollect.errors import DataError, MissingExtra

PROGRAM = "espeak-ng"
ACCENTS = ("en-gb", "en-us", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-029")
RATES, PITCHES = (130, 200), (30, 70)  # words per minute and espeak's own scale, both ends included
HEADER = 44  # bytes of the wav that espeak-ng writes
SPOKEN_AT = 22050  # Hz
QUIET = 0.01  # of the loudest sample: what is below at the ends of a clip is silence
SECONDS = 60  # after which a synthesis is given up


@dataclass(frozen=True)
class Speaker:
    """Who speaks.

    Attributes:
        voice: of espeak-ng, accent and variant, such as "en-us+f2".
        rate: words per minute.
        pitch: 0 to 99.
    """

    voice: str
    rate: int
    pitch: int


def speakers(count: int, variants: Sequence[str], rng: np.random.Generator) -> list[Speaker]:
    """`count` speakers; voices (accents x variants) in random order, each once before one comes again."""
    voices = [f"{accent}+{variant}" for accent in ACCENTS for variant in variants]
    order = np.concatenate([rng.permutation(len(voices)) for _ in range(-(-count // len(voices)))])[:count]
    return [
        Speaker(voices[i], int(rng.integers(RATES[0], RATES[1] + 1)), int(rng.integers(PITCHES[0], PITCHES[1] + 1)))
        for i in order
    ]


def require_program(needed_by: str) -> None:
    """Refuses to go on without espeak-ng.

    Raises:
        MissingExtra: naming the package.
    """
    if shutil.which(PROGRAM) is None:
        raise MissingExtra(
            f"{needed_by} is synthesised by {PROGRAM}, which is not installed: apt-get install espeak-ng (Debian, "
            "Ubuntu), brew install espeak-ng (macOS)"
        )


def synthesise(speaker: Speaker, sentence: str, rate: int) -> np.ndarray:
    """What `speaker` says, (n,) float32 in [-1, 1] at `rate` Hz, without the silence at both ends.

    The same version of espeak-ng gives the same samples.

    Raises:
        DataError: if espeak-ng fails, or says nothing.
    """
    command = [PROGRAM, "-v", speaker.voice, "-s", str(speaker.rate), "-p", str(speaker.pitch), "--stdout", sentence]
    try:
        done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DataError(f"{' '.join(command)} failed: {error}") from error
    samples = done.stdout[HEADER : len(done.stdout) - len(done.stdout) % 2]
    wave = np.frombuffer(samples, "<i2").astype(np.float32) / 2**15
    loud = np.flatnonzero(np.abs(wave) > QUIET * np.abs(wave).max(initial=0.0))
    if done.returncode or not len(loud):
        said = done.stderr.decode(errors="replace").strip() or "it said nothing"
        raise DataError(f"{' '.join(command)} failed: {said}. Is its data of voices complete (espeak-ng --voices=en)?")
    return resample(wave[loud[0] : loud[-1] + 1], SPOKEN_AT, rate)


def synthesise_all(lines: Sequence[tuple[Speaker, str]], rate: int) -> list[np.ndarray]:
    """The clips of all `lines`, in their order; a process of espeak-ng for each, as many at a time as there are cores.

    Raises:
        DataError: as for `synthesise`.
    """
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda line: synthesise(*line, rate), lines))


def with_noise(wave: np.ndarray, snr: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """`wave` (n,) and white noise, weaker by a number of decibels drawn from `snr`, (least, most)."""
    strength = np.sqrt(np.mean(wave**2) / 10 ** (rng.uniform(*snr) / 10))
    return wave + (strength * rng.standard_normal(len(wave))).astype(np.float32)
