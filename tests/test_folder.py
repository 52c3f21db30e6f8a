"""A run's folder, file by file; how runs use it is in test_loop and test_resume."""

import json

import gymnasium
import pytest

import recollect  # noqa: F401, registers the streams
from recollect import checkpoint
from recollect.errors import CheckpointError
from recollect.folder import Folder, versions


def test_an_empty_folder_may_be_used(tmp_path):
    folder = Folder(tmp_path)
    folder.create({"stream": None, "stream_name": "mine", "agent": None, "settings": {}, "plugins": []})
    assert folder.spec()["stream_name"] == "mine"
    assert folder.spec()["versions"] == versions()
    assert not folder.complete


def test_options_that_are_not_plain_data_are_refused_before_anything_is_made(tmp_path):
    with pytest.raises(CheckpointError, match="Options must be plain data"):
        Folder(tmp_path / "a").create({"agent": {"options": {"f": lambda: 0}}})
    assert not (tmp_path / "a").exists()


def test_a_stream_that_run_json_could_not_hold(tmp_path):
    with pytest.raises(CheckpointError, match="was run on my arrays, which a file cannot describe: pass stream="):
        Folder(tmp_path).stream({"stream": None, "stream_name": "my arrays"})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"entry_point": "os:mkdir", "kwargs": {"path": "stolen"}}, "from os:mkdir, which is not registered so here"),
        ({"vector_entry_point": "os:mkdir"}, "is not registered so here"),
        ({"id": "recollect/Nowhere-v0"}, "recollect/Nowhere-v0 .* install or import the plugin"),
        (
            {"additional_wrappers": [{"name": "w", "entry_point": "os:mkdir", "kwargs": {"path": "stolen"}}]},
            "in the wrapper os:mkdir, .* or pass stream=",
        ),
        ({"additional_wrappers": 7}, "does not hold the spec of a stream"),
    ],
)
def test_a_strangers_folder_brings_no_code(tmp_path, monkeypatch, changed, message):
    monkeypatch.chdir(tmp_path)
    described = json.loads(gymnasium.spec("recollect/SplitDigits-v0").to_json()) | changed
    with pytest.raises(CheckpointError, match=message):
        Folder(tmp_path).stream({"stream": json.dumps(described), "stream_name": ""})
    assert list(tmp_path.iterdir()) == []


def test_wrappers_of_gymnasium_are_remade(tmp_path):
    stream = gymnasium.wrappers.RecordEpisodeStatistics(gymnasium.make("recollect/SplitDigits-v0", tasks=2))
    found = Folder(tmp_path).stream({"stream": stream.spec.to_json(), "stream_name": ""})
    assert isinstance(gymnasium.make(found), gymnasium.wrappers.RecordEpisodeStatistics)


def test_finishing_makes_it_complete(tmp_path):
    folder = Folder(tmp_path)
    checkpoint.write(tmp_path, "checkpoint-5", 0)
    assert not folder.complete
    folder.finish(5, {"done": True})
    assert folder.complete
    assert checkpoint.latest(tmp_path) == "checkpoint-5-end"
    assert checkpoint.read(tmp_path) == {"done": True}


def test_a_spec_of_a_newer_format(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"recollect_run": 2}))
    with pytest.raises(CheckpointError, match="has format 2, this Recollect reads 1"):
        Folder(tmp_path).spec()


def test_what_a_process_leaves_that_dies_making_the_folder_is_no_run(tmp_path):
    (tmp_path / "run.json.part").write_text("{")
    Folder(tmp_path).require_free()
    (tmp_path / "thesis.txt").write_text("")
    with pytest.raises(CheckpointError, match="exists already"):
        Folder(tmp_path).require_free()
