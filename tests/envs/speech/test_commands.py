import gymnasium
import numpy as np
import pytest
import tiny_speech

from recollect.envs.speech import commands, phrasings
from recollect.errors import DataError, MissingExtra, OptionError

FEW = {
    "lights-on": ("lights on", "lamp on", "turn the lights on", "the lamp on"),
    "play": ("play", "go", "play on", "go on"),
}


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Two commands of two learned and two tested phrasings, and a data folder of their own."""
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    monkeypatch.setattr(commands, "PHRASINGS", FEW)
    return tmp_path


def test_clips_are_synthesised_once_and_then_read(few, monkeypatch):
    first = commands.SpokenCommands(speakers=2, test_speakers=1, tasks=2)
    assert first.tasks == ("lights-on", "play")
    assert [first.data(0, split)["x"].shape[0] for split in ("train", "test")] == [4, 2]
    assert len(list(few.rglob("*.npz"))) == 1
    monkeypatch.setattr(commands, "spoken_by", None)  # nothing is said again
    commands._read.cache_clear()
    again = commands.SpokenCommands(speakers=2, test_speakers=1, tasks=2)
    for task in (0, 1):
        for field, values in first.data(task).items():
            assert np.array_equal(values, again.data(task)[field])


def test_voices_and_phrasings_are_held_out(monkeypatch):
    lines = []
    monkeypatch.setattr(
        commands,
        "synthesise_all",
        lambda all_of_them, rate: lines.append(all_of_them) or [np.ones(800, np.float32)] * len(all_of_them),
    )
    learned, tested = commands.spoken_by("train", 24, (10, 20), 0), commands.spoken_by("test", 6, (10, 20), 0)
    assert (len(learned.frames), len(tested.frames)) == (1728, 144)
    assert not set(learned.transcripts) & set(tested.transcripts)
    variants = [{speaker.voice.split("+")[1] for speaker, _ in said} for said in lines]
    assert not variants[0] & variants[1]
    assert learned.intents == [intent for intent, texts in phrasings.PHRASINGS.items() for _ in texts[2:]] * 24


def test_the_same_seed_says_and_blurs_the_same(few):
    first, same, other = (commands.spoken_by("train", 1, (10.0, 20.0), seed) for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first.frames, same.frames, strict=True))
    assert any(a.shape != b.shape for a, b in zip(first.frames, other.frames, strict=True))


def test_what_decides_names_the_file():
    given = {"count": 24, "test_count": 6, "snr": (10.0, 20.0), "seed": 0}
    changed = [{"count": 23}, {"test_count": 5}, {"snr": (10.0, 21.0)}, {"seed": 1}]
    assert len({commands.kept_at(**given | change) for change in [{}, *changed]}) == 5


def test_the_tasks_of_the_defaults():
    stream = gymnasium.make("recollect/SpokenCommands-v0").unwrapped
    assert stream.tasks[0] == "lights-on-music-play-door-lock"
    assert len(stream.tasks) == 4


def test_without_espeak_the_package_is_named(few, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingExtra, match="apt-get install espeak-ng"):
        commands.SpokenCommands()


@pytest.mark.parametrize("content", [b"", b"no zip at all", None])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, content):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    place = tiny_speech.write_commands(1)
    place.write_bytes(place.read_bytes()[:-2000] if content is None else content)
    with pytest.raises(DataError, match=rf"{place.name} is damaged .*remove it"):
        commands.SpokenCommands()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="could not be written.*Set RECOLLECT_DATA"):
        commands.keep(tmp_path / "file" / "set.npz", {})


@pytest.mark.parametrize(
    "options", [{"speakers": 0}, {"test_speakers": 1.5}, {"speakers": True}, {"snr": (20, 10)}, {"snr": (1,)}]
)
def test_options_out_of_range_are_refused(options):
    with pytest.raises(OptionError, match=next(iter(options))):
        commands.SpokenCommands(**options)
