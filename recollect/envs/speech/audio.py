"""Audio files as waveforms of one channel at one rate."""

from math import gcd
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from recollect.errors import DataError, require

require("soundfile", "a stream of speech", "speech")

import soundfile  # noqa: E402  # after the sentence that says how to install it

SHORTEST = 0.05  # seconds: two frames of features and no sound of speech
UNTOLD = 0x7FFF0000  # sizes from here on stand in headers that were written before the length was known


def read_audio(path: Path, rate: int) -> np.ndarray:
    """The waveform (n,) float32 in [-1, 1] at `rate` Hz; channels are averaged, other rates resampled.

    Resampling is scipy's polyphase filter, which takes away what lies above half of the new rate.

    Raises:
        DataError: for a file that is missing, is no audio, is cut off, is shorter than 0.05 s, or holds NaN.
    """
    if not path.is_file():
        raise DataError(f"{path} is missing: put the recording there, or take it out of the list")
    try:
        wave, found = soundfile.read(path, dtype="float32", always_2d=True)  # (n, channels)
        told = soundfile.info(path).frames
    except (soundfile.LibsndfileError, OSError, TypeError) as error:
        raise DataError(f"{path} is no audio file that can be read: {error}. Replace it, or remove it") from error
    if len(wave) < told or cut_off(path):
        raise DataError(f"{path} is cut off: it is shorter than its header says. Copy or fetch it again")
    if len(wave) < SHORTEST * found:
        raise DataError(f"{path} lasts {len(wave) / found:.3f} s, expected at least {SHORTEST} s: remove it")
    if not np.isfinite(wave).all():
        raise DataError(f"{path} holds numbers that are NaN or infinite: replace it, or remove it")
    return resample(wave.mean(1), found, rate)


def cut_off(path: Path) -> bool:
    """Whether a RIFF (wav) file ends before one of its chunks; libsndfile reads such files without a word."""
    size = path.stat().st_size
    with path.open("rb") as file:
        if file.read(4) != b"RIFF":
            return False
        start = 12
        while start + 8 <= size:
            file.seek(start)
            head = file.read(8)
            length = int.from_bytes(head[4:], "little")
            if length < UNTOLD and start + 8 + length > size:
                return True
            start += 8 + length + length % 2
    return False


def resample(wave: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """`wave` (n,) at `wanted` instead of `rate` Hz: (ceil(n * wanted / rate),) float32."""
    if rate == wanted:
        return np.asarray(wave, np.float32)
    common = gcd(rate, wanted)
    return resample_poly(wave, wanted // common, rate // common).astype(np.float32)
