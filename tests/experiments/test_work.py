"""One task as a worker performs it: nothing is raised, everything is answered."""

import json

import dying
import pytest

from recollect.catalogue import Entry
from recollect.errors import OptionError
from recollect.experiments.spec import RunSpec
from recollect.experiments.work import names_of_program, perform, register
from recollect.folder import Folder
from recollect.registry import registry


@pytest.fixture
def task(small, tmp_path):
    spec = small.cells[0].spec
    given = {"stop": str(tmp_path / "stop"), "plugins": ["jsonl"], "names": names_of_program([spec])}
    return json.loads(json.dumps({"spec": spec.as_json(), "directory": str(tmp_path / "run"), **given}))


def test_a_run_is_performed_and_reported(task, tmp_path):
    told = []
    assert perform(task, told.append) == {"status": "finished", "error": None, "warnings": []}
    assert told[0] == 0.0
    assert (tmp_path / "run/events.jsonl").exists()
    assert json.loads((tmp_path / "run/run.json").read_text())["plugins"] == ["jsonl"]


def test_it_does_not_begin_once_it_is_to_stop(task, tmp_path):
    (tmp_path / "stop").touch()
    assert perform(task)["status"] == "interrupted"
    assert not (tmp_path / "run").exists()


def test_it_stops_in_mid_run_and_goes_on(task, tmp_path, monkeypatch):
    monkeypatch.setattr("recollect.experiments.work.LOOK_SECONDS", 0.0)
    task["spec"]["run"] = {"passes": 2, "checkpoint_seconds": 0}

    def stop_halfway(progress):
        if progress >= 0.5:
            (tmp_path / "stop").touch()

    assert perform(task, stop_halfway) == {"status": "interrupted", "error": None, "warnings": []}
    assert Folder(tmp_path / "run").started
    assert not Folder(tmp_path / "run").complete
    (tmp_path / "stop").unlink()
    assert perform(task)["status"] == "finished"
    RunSpec.from_json(task["spec"]).execute(tmp_path / "whole")
    assert (tmp_path / "run/history.npz").read_bytes() == (tmp_path / "whole/history.npz").read_bytes()


def test_our_errors_are_a_line_and_others_say_where(task):
    assert perform(task | {"plugins": ["json"]})["error"].endswith("Did you mean jsonl?")
    dying.register_dying()
    spec = RunSpec(**dying.DIGITS, agent="failing")
    answer = perform(task | {"spec": spec.as_json(), "names": names_of_program([spec])})
    assert answer["status"] == "failed"
    assert answer["error"].startswith("RuntimeError: division by cucumber (dying.py, line ")
    assert answer["warnings"] == ["UserWarning: the end is near"]


def test_workers_are_told_of_the_names_that_the_program_has_given():
    dying.register_dying()
    specs = [RunSpec("recollect/SplitDigits-v0", "mortal", "fifo"), RunSpec("recollect/ToyBlobs-v0", "toy-means")]
    names = names_of_program(specs)
    assert [(one["kind"], one["name"]) for one in names] == [
        ("stream", "recollect/ToyBlobs-v0"),
        ("agent", "toy-means"),
        ("replay", "toy-nearest"),
        ("agent", "mortal"),
    ]
    assert names[3]["target"] == "dying:Mortal"
    entries = dict(registry.entries)
    register(names)  # all there already
    assert registry.entries == entries
    new = {"kind": "replay", "name": "told-of", "target": "dying:Mortal", "summary": "s", "options": {}}
    register([new])
    assert registry.entry("replay", "told-of").target == "dying:Mortal"
    del registry.entries["replay", "told-of"]


@pytest.mark.parametrize(
    ("target", "options", "said"),
    [
        (
            "__main__:Mine",
            {"replay": "fifo"},
            "agent 'mine' is defined in the program itself .*: move it into a module",
        ),
        ("dying:Mortal", {"replay": print}, "agent 'mine' options replay must be a number, a string"),
    ],
)
def test_what_no_worker_can_find_is_refused(monkeypatch, target, options, said):
    entry = Entry("agent", "mine", target, "", "this program", "this program", options)
    monkeypatch.setitem(registry.entries, ("agent", "mine"), entry)
    assert names_of_program([RunSpec("a", "other")]) == []
    with pytest.raises(OptionError, match=said):
        names_of_program([RunSpec("a", "mine")])
