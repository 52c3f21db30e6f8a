import gymnasium
import pytest
import tiny_speech

from recollect.envs.speech.listed import ListedSpeech, fluent, slurp
from recollect.errors import DataError, OptionError


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    place = tmp_path_factory.mktemp("listed")
    return tiny_speech.write_fluent(place / "fluent"), tiny_speech.write_slurp(place / "slurp")


def test_lines_of_fluent_speech_commands(sets):
    lines = fluent(sets[0], "data/train_data.csv")
    assert len(lines) == 60
    assert lines[1] == (sets[0] / "wavs/train-1.wav", "Do it 1, now.", "do1_lamp_none", "do1_lamp_none")


def test_every_recording_of_a_slurp_sentence_is_a_line(sets):
    lines = slurp(sets[1], "dataset/slurp/train.jsonl")
    assert len(lines) == 60
    assert lines[3] == (sets[1] / "audio/slurp_real/train-1-1.flac", "please do 1", "scene1_set0", "scene1")


def test_fluent_speech_commands_as_a_stream(sets):
    stream = ListedSpeech(str(sets[0]), tasks=3, tested="valid")
    assert stream.tasks[0] == "do0_lamp_none-do1_lamp_none"
    assert [len(stream.data(1, split)["x"]) for split in ("train", "test")] == [20, 4]
    assert stream.vocabulary.words == ("0", "1", "2", "do", "it", "now")


def test_slurp_is_split_by_scenario_and_asks_for_intents(sets):
    stream = ListedSpeech(str(sets[1]))
    assert stream.tasks == tuple(f"scene{i}" for i in range(6))
    assert stream.vocabulary.intents[:2] == ("scene0_set0", "scene0_set1")
    intents = set(stream.data(0)["y"][:, 0])
    assert len(intents) == 2  # two intents of one scenario


def test_the_built_in_ones_are_found():
    assert len(gymnasium.make("recollect/FluentSpeechCommands-v0").unwrapped.tasks) == 6
    assert len(gymnasium.make("recollect/Slurp-v0").unwrapped.tasks) == 6


def test_long_clips_are_cut_and_limits_kept(sets):
    stream = ListedSpeech(str(sets[0]), max_seconds=0.06, limit=12, tasks=2)
    assert stream.data(0)["x"].shape == (6, 4, 40)
    assert len(slurp(sets[1], "dataset/slurp/train.jsonl", limit=5)) == 5


def test_what_is_wrong_is_named(sets, tmp_path):
    with pytest.raises(DataError, match=r"expected data/train_data\.csv .* or dataset/slurp/train\.jsonl"):
        ListedSpeech(str(tmp_path))
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train_data.csv").write_text("path,text\na.wav,hi\n")
    with pytest.raises(DataError, match="expected a table with the columns path, transcription, action"):
        ListedSpeech(str(tmp_path))
    (tmp_path / "dataset/slurp").mkdir(parents=True)
    (tmp_path / "dataset/slurp/train.jsonl").write_text('{"sentence": "hi"}\n')
    with pytest.raises(DataError, match=r"train\.jsonl: expected JSON lines with sentence"):
        slurp(tmp_path, "dataset/slurp/train.jsonl")
    with pytest.raises(DataError, match=r"train_synthetic\.jsonl"):
        ListedSpeech(str(sets[1]), synthetic=True)
    with pytest.raises(OptionError, match="tested must be"):
        ListedSpeech(str(sets[0]), tested="train")
    with pytest.raises(OptionError, match="max_seconds"):
        ListedSpeech(str(sets[0]), max_seconds=0)


def test_a_missing_recording_is_named(tmp_path):
    folder = tiny_speech.write_fluent(tmp_path / "fluent", count=2)
    (folder / "wavs/train-3.wav").unlink()
    with pytest.raises(DataError, match=r"train-3\.wav is missing"):
        ListedSpeech(str(folder))
