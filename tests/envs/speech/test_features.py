import numpy as np
import pytest

from recollect.envs.speech.features import BANDS, filters, log_mel


def test_frames_are_counted_and_normalised():
    frames = log_mel(np.random.default_rng(0).standard_normal(8000).astype(np.float32), 8000)
    assert frames.shape == (1 + (8000 - 200) // 80, BANDS)
    assert frames.dtype == np.float32
    assert frames.mean(0) == pytest.approx(np.zeros(BANDS), abs=1e-4)
    assert frames.std(0) == pytest.approx(np.ones(BANDS), abs=1e-4)


def test_a_clip_shorter_than_a_window_is_one_frame():
    assert log_mel(np.ones(50, np.float32), 8000).tolist() == [[0.0] * BANDS]


def test_silence_is_no_nan():
    assert np.isfinite(log_mel(np.zeros(8000, np.float32), 8000)).all()


@pytest.mark.parametrize("rate", [8000, 16000])
def test_triangles_have_peaks_of_one_at_equal_distances_in_mel(rate):
    fine = filters(rate, 1 << 17)  # so fine that every peak is met
    assert fine.max(0) == pytest.approx(np.ones(BANDS), abs=0.01)
    peaks = np.fft.rfftfreq(1 << 17, 1 / rate)[fine.argmax(0)]
    steps = np.diff(2595 * np.log10(1 + peaks / 700))
    assert steps == pytest.approx(np.full(BANDS - 1, 2595 * np.log10(1 + rate / 2 / 700) / (BANDS + 1)), rel=0.01)
    inside = fine[(fine.argmax(1) > 0) & (fine.argmax(1) < BANDS - 1)]
    assert inside.sum(1) == pytest.approx(np.ones(len(inside)), abs=1e-6)  # neighbours overlap to one


def test_a_tone_that_switches_pitch_switches_the_loudest_band():
    time = np.arange(4000) / 8000
    wave = np.concatenate([np.sin(2 * np.pi * hertz * time) for hertz in (300, 2000)]).astype(np.float32)
    frames = log_mel(wave, 8000)
    low, high = filters(8000, 256)[[round(300 * 256 / 8000), round(2000 * 256 / 8000)]].argmax(1)
    assert frames[:40, low].min() > frames[60:, low].max()
    assert frames[:40, high].max() < frames[60:, high].min()
