import gymnasium
import pytest
import soundfile
import tiny_speech

from recollect.envs.speech.digits import SpokenDigits, spoken_digits
from recollect.errors import DataError, UnknownName


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_speech.write_digits(tmp_path_factory.mktemp("fsdd"), takes=7)


def test_the_first_five_takes_of_everybody_are_tested(folder):
    stream = SpokenDigits(str(folder))
    assert stream.tasks == ("zero-one", "two-three", "four-five", "six-seven", "eight-nine")
    assert [len(stream.data(0, split)["x"]) for split in ("train", "test")] == [2 * 2 * 2, 2 * 2 * 5]
    seven = stream.vocabulary.encode(["seven"], ["seven"])[0]
    assert any((row[: len(seven)] == seven).all() for row in stream.data(3)["y"])


def test_speakers_may_be_held_out(folder):
    stream = SpokenDigits(str(folder), test_speakers=["bob"], tasks=[["nine", "zero"], [1, 2, 3, 4, 5, 6, 7, 8]])
    assert stream.tasks[0] == "nine-zero"
    assert [len(stream.data(0, split)["x"]) for split in ("train", "test")] == [14, 14]
    with pytest.raises(UnknownName, match="speaker 'carl' does not exist"):
        SpokenDigits(str(folder), test_speakers=["carl"])


def test_it_is_found_below_the_data_folder():
    assert len(gymnasium.make("recollect/SpokenDigits-v0").unwrapped.tasks) == 5


def test_other_names_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(DataError, match="expected recordings/"):
        spoken_digits(tmp_path)
    folder = tiny_speech.write_digits(tmp_path / "set", takes=1)
    soundfile.write(folder / "recordings" / "seven.wav", tiny_speech.noise(0.1, 8000), 8000)
    with pytest.raises(DataError, match=r"seven\.wav: expected a name such as 7_jackson_32\.wav"):
        spoken_digits(folder)


def test_without_the_set_it_says_where_it_belongs(tmp_path, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    with pytest.raises(DataError, match="'fsdd' is missing: comes from Free Spoken Digit Dataset"):
        SpokenDigits()


def test_a_damaged_recording_is_named(tmp_path):
    folder = tiny_speech.write_digits(tmp_path / "set", takes=6)
    path = folder / "recordings" / "3_ann_5.wav"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"3_ann_5\.wav is cut off"):
        SpokenDigits(str(folder))
