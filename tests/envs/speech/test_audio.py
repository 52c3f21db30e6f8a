import numpy as np
import pytest
import soundfile

from recollect.envs.speech.audio import cut_off, read_audio, resample
from recollect.errors import DataError


def tone(seconds, rate, hertz=440):
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def peak(wave, rate):
    """The strongest frequency."""
    return np.fft.rfftfreq(len(wave), 1 / rate)[np.abs(np.fft.rfft(wave)).argmax()]


def test_a_file_at_its_own_rate_comes_back(tmp_path):
    soundfile.write(tmp_path / "a.wav", tone(0.5, 8000), 8000, subtype="FLOAT")
    wave = read_audio(tmp_path / "a.wav", 8000)
    assert wave.dtype == np.float32
    assert np.array_equal(wave, tone(0.5, 8000))


@pytest.mark.parametrize("name", ["cd.wav", "cd.flac"])
def test_stereo_at_44100_hz_becomes_one_channel_at_the_wanted_rate(tmp_path, name):
    both = np.stack([tone(0.5, 44100), 0.5 * tone(0.5, 44100)], 1)
    soundfile.write(tmp_path / name, both, 44100)
    wave = read_audio(tmp_path / name, 16000)
    assert wave.shape == (8000,)
    assert peak(wave, 16000) == pytest.approx(440, abs=2)
    assert np.abs(wave[100:-100]).max() == pytest.approx(0.375, abs=0.01)


def test_what_lies_above_half_the_rate_is_filtered_out_and_not_folded():
    wave = resample(tone(0.5, 16000, hertz=6000), 16000, 8000)
    assert np.abs(wave[100:-100]).max() < 0.02


@pytest.mark.parametrize("left", [30, 44, 60, 3000])
def test_a_truncated_wav_is_refused(tmp_path, left):
    path = tmp_path / "short.wav"
    soundfile.write(path, tone(0.5, 8000), 8000)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(DataError, match=r"short\.wav (is cut off|is no audio file)"):
        read_audio(path, 8000)


def test_a_truncated_flac_is_refused(tmp_path):
    path = tmp_path / "short.flac"
    soundfile.write(path, np.random.default_rng(0).uniform(-0.5, 0.5, 20000), 8000)
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(DataError, match=r"short\.flac"):
        read_audio(path, 8000)


def test_headers_without_a_length_are_borne(tmp_path):
    path = tmp_path / "streamed.wav"
    soundfile.write(path, tone(0.5, 8000), 8000)
    content = bytearray(path.read_bytes())
    content[40:44] = (0x7FFFF000).to_bytes(4, "little")
    path.write_bytes(content)
    assert not cut_off(path)
    assert len(read_audio(path, 8000)) == 4000


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"this is text", "is no audio file that can be read"), (b"", "is no audio file"), (None, "is missing")],
)
def test_what_is_no_audio_is_refused(tmp_path, content, message):
    if content is not None:
        (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read_audio(tmp_path / "a.wav", 8000)


def test_too_short_and_not_a_number_are_refused(tmp_path):
    soundfile.write(tmp_path / "click.wav", tone(0.02, 8000), 8000)
    with pytest.raises(DataError, match=r"click\.wav lasts 0\.020 s, expected at least 0\.05 s"):
        read_audio(tmp_path / "click.wav", 8000)
    wave = tone(0.5, 8000)
    wave[7] = np.nan
    soundfile.write(tmp_path / "nan.wav", wave, 8000, subtype="FLOAT")
    with pytest.raises(DataError, match="NaN or infinite"):
        read_audio(tmp_path / "nan.wav", 8000)
