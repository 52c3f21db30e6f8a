import numpy as np
import pytest

from recollect.envs.speech import synthesis
from recollect.envs.speech.synthesis import Speaker, speakers, synthesise, synthesise_all, with_noise
from recollect.errors import DataError, MissingExtra


def test_speakers_are_seeded_and_voices_come_once_before_they_come_again():
    found = speakers(14, ("m1", "f1"), np.random.default_rng(0))
    assert found == speakers(14, ("m1", "f1"), np.random.default_rng(0))
    assert found != speakers(14, ("m1", "f1"), np.random.default_rng(1))
    assert len({one.voice for one in found[:12]}) == 12
    assert all(130 <= one.rate <= 200 and 30 <= one.pitch <= 70 for one in found)


def test_espeak_says_the_same_twice_and_voices_differ():
    lines = [(Speaker(voice, 160, 50), "lights on") for voice in ("en-us+m1", "en-us+m1", "en-gb+f2")]
    first, again, other = synthesise_all(lines, 16000)
    assert np.array_equal(first, again)
    assert 0.3 < len(first) / 16000 < 1.5
    assert len(first) != len(other)
    assert 0.05 < np.abs(first).max() <= 1


def test_slow_speech_is_longer():
    slow, fast = (synthesise(Speaker("en-us+m1", rate, 50), "lights on", 8000) for rate in (130, 200))
    assert len(slow) > 1.2 * len(fast)


def test_a_voice_that_does_not_exist_is_named():
    with pytest.raises(DataError, match="-v nosuch .*voice does not exist"):
        synthesise(Speaker("nosuch", 160, 50), "lights on", 16000)


def test_nothing_said_is_refused():
    with pytest.raises(DataError, match="it said nothing"):
        synthesise(Speaker("en-us+m1", 160, 50), " ", 16000)


def test_without_espeak_the_package_is_named(monkeypatch):
    monkeypatch.setattr(synthesis.shutil, "which", lambda name: None)
    with pytest.raises(MissingExtra, match="SpokenCommands-v0 is synthesised by espeak-ng.*apt-get install espeak-ng"):
        synthesis.require_program("recollect/SpokenCommands-v0")


@pytest.mark.parametrize("decibels", [0.0, 20.0])
def test_noise_has_the_strength_that_was_drawn(decibels):
    wave = np.sin(np.arange(100_000) / 7).astype(np.float32)
    noise = with_noise(wave, (decibels, decibels), np.random.default_rng(0)) - wave
    assert 10 * np.log10(np.mean(wave**2) / np.mean(noise**2)) == pytest.approx(decibels, abs=0.1)
