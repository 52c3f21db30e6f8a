"""Log-mel features: the energy of short frames in bands that are spaced as we hear pitch."""

from functools import cache

import numpy as np

BANDS = 40  # M
WINDOW, HOP = 0.025, 0.010  # seconds
FLOOR = 1e-10  # of energies, before the logarithm
FLAT = 1e-3  # least standard deviation by which a band is divided: bands without sound stay small


def log_mel(wave: np.ndarray, rate: int) -> np.ndarray:
    """Frames (T, 40) float32 of a waveform (n,), normalised in each band to mean 0 and standard deviation 1 over time.

    Frames of 25 ms every 10 ms (Hann window, no padding, at least one frame), the power spectrum, triangular filters
    with peaks of 1 at equal distances in mel = 2595 log10(1 + f / 700) from 0 Hz to half the rate, the natural
    logarithm. 40 bands, 25 ms and 10 ms are the usual choice, and that of the paper `coconut`'s authors for Fluent
    Speech Commands; there is no pre-emphasis and no dither.
    """
    width, hop = round(WINDOW * rate), round(HOP * rate)
    size = 1 << (width - 1).bit_length()  # of the Fourier transform: the next power of 2
    wave = np.pad(wave, (0, max(width - len(wave), 0)))
    frames = np.lib.stride_tricks.sliding_window_view(wave, width)[::hop]  # (T, width)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(width) / width)
    power = np.abs(np.fft.rfft(frames * hann, size)) ** 2  # (T, size / 2 + 1)
    bands = np.log(np.maximum(power @ filters(rate, size), FLOOR))  # (T, M)
    return ((bands - bands.mean(0)) / np.maximum(bands.std(0), FLAT)).astype(np.float32)


@cache
def filters(rate: int, size: int) -> np.ndarray:
    """The triangles (size / 2 + 1, M) over the frequencies of a Fourier transform of `size`."""
    mel = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), BANDS + 2)
    edges = 700 * (10 ** (mel / 2595) - 1)  # (M + 2,) Hz
    frequencies = np.fft.rfftfreq(size, 1 / rate)[:, None]  # (size / 2 + 1, 1)
    rising = (frequencies - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequencies) / (edges[2:] - edges[1:-1])
    return np.minimum(rising, falling).clip(0)
