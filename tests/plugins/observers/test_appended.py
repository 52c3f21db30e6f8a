import pytest

from recollect.errors import CheckpointError, OptionError
from recollect.plugins.observers.appended import AppendedFile


def test_pieces_are_on_disk_at_once(tmp_path):
    file = AppendedFile("events.jsonl", "jsonl")
    assert file.begin(tmp_path) is True
    file.append(b"one\n")
    assert (tmp_path / "events.jsonl").read_bytes() == b"one\n"
    file.append(b"two\n")
    assert (tmp_path / "events.jsonl").read_bytes() == b"one\ntwo\n"
    assert file.state_dict() == {"offset": 8}


def test_a_restored_file_forgets_what_the_checkpoint_does_not_know(tmp_path):
    file = AppendedFile("deep/er.txt", "jsonl")
    file.begin(tmp_path)
    file.append(b"known")
    state = file.state_dict()
    file.append(b"and lost")
    again = AppendedFile("deep/er.txt", "jsonl")
    again.load_state_dict(state)
    assert again.begin(tmp_path) is False
    again.append(b"!")
    assert (tmp_path / "deep" / "er.txt").read_bytes() == b"known!"


def test_a_run_without_any_checkpoint_begins_anew(tmp_path):
    (tmp_path / "events.jsonl").write_bytes(b"from before the kill")
    assert AppendedFile("events.jsonl", "jsonl").begin(tmp_path) is True
    assert (tmp_path / "events.jsonl").read_bytes() == b""


def test_a_file_that_was_removed_is_not_filled_with_zeros(tmp_path):
    file = AppendedFile("events.jsonl", "jsonl")
    file.load_state_dict({"offset": 100})
    assert file.begin(tmp_path) is True
    file.append(b"x")
    assert (tmp_path / "events.jsonl").read_bytes() == b"x"


def test_a_run_without_a_folder_is_refused():
    with pytest.raises(OptionError, match=r"'jsonl' writes events.jsonl .* pass directory=") as caught:
        AppendedFile("events.jsonl", "jsonl").begin(None)
    assert "--out" in str(caught.value)


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(CheckpointError, match="cannot write"):
        AppendedFile("taken/events.jsonl", "jsonl").begin(tmp_path)


def test_a_folder_that_vanishes_is_reported(tmp_path):
    file = AppendedFile("deep/events.jsonl", "jsonl")
    file.begin(tmp_path)
    (tmp_path / "deep" / "events.jsonl").unlink()
    (tmp_path / "deep").rmdir()
    with pytest.raises(CheckpointError, match="cannot write"):
        file.append(b"x")


def test_nothing_is_written_before_the_run_began():
    with pytest.raises(CheckpointError, match="before the run began"):
        AppendedFile("events.jsonl", "jsonl").append(b"x")
