import json
import os
import resource
import zipfile

import numpy as np
import pytest

from recollect.errors import CheckpointError, DataError, StreamError
from recollect.history import History

DIRECTIONS = {"intent": "max", "wer": "min"}
HEADER = {"format": "recollect history", "version": 1, "tasks": ["left", "right"], "directions": DIRECTIONS}


def evaluation(step=0, task=-1, ended=False):
    counters = {"step": step, "rows": 8 * step, "env_steps": 2 * step, "updates": 3 * step}
    return {**counters, "position": task, "task": task, "ended": ended}


def small(evaluations=3):
    """Two tasks, two scores; entry e of task j is e + j / 2, and its wer 100 times that."""
    history = History(("left", "right"), DIRECTIONS)
    for e in range(evaluations):
        values = np.array([e, e + 0.5])
        history.append({"intent": values, "wer": 100 * values}, **evaluation(5 * e, e - 1 if e < 3 else 1, 0 < e < 3))
    return history


def test_an_empty_history_has_all_its_fields():
    history = small(0)
    assert len(history) == 0
    assert history.scores["intent"].shape == (0, 2)
    assert history.step.shape == history.ended.shape == (0,)


def test_it_keeps_what_was_appended():
    history = small()
    assert len(history) == 3
    assert history.tasks == ("left", "right")
    assert history.primary == "intent"
    assert history.scores["intent"].tolist() == [[0.0, 0.5], [1.0, 1.5], [2.0, 2.5]]
    assert history.scores["wer"][2].tolist() == [200.0, 250.0]
    assert history.step.tolist() == [0, 5, 10]
    assert history.rows.tolist() == [0, 40, 80]
    assert history.env_steps.tolist() == [0, 10, 20]
    assert history.updates.tolist() == [0, 15, 30]
    assert history.position.tolist() == history.task.tolist() == [-1, 0, 1]
    assert history.ended.tolist() == [False, True, True]
    assert {history.step.dtype, history.task.dtype} == {np.dtype(np.int64)}
    assert history.scores["wer"].dtype == np.float64
    assert history.ended.dtype == np.bool_


def test_it_grows_past_any_number_and_old_views_stay_as_they_were():
    history, values = small(2), np.zeros(2)
    before = history.step
    for e in range(2, 1000):
        values[:] = e  # the caller's array may be used again
        history.append({"intent": values, "wer": values}, **evaluation(5 * e, 1))
    assert before.tolist() == [0, 5]
    assert len(history) == 1000
    assert np.array_equal(history.step, 5 * np.arange(1000))
    assert np.array_equal(history.scores["intent"][2:, 1], np.arange(2, 1000))


def test_growth_is_amortised():
    history = small(0)
    storages = set()
    for e in range(1025):
        history.append({"intent": [0, 0], "wer": [0, 0]}, **evaluation(e, 0))
        storages.add(len(history.step.base))
    assert storages == {16, 32, 64, 128, 256, 512, 1024, 2048}


@pytest.mark.parametrize("field", ["step", "task", "ended", "rows"])
def test_arrays_handed_out_are_read_only(field):
    history = small()
    with pytest.raises(ValueError, match="read-only"):
        getattr(history, field)[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        history.scores["intent"][0, 0] = 1


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        ({"intent": [0, 0], "wer": [0, 0], "cer": [0, 0]}, ["unknown score 'cer'", "expected intent, wer"]),
        ({"intent": [0, 0]}, ["too few scores", "expected intent, wer, got intent"]),
        ({}, ["got none"]),
        ({"intent": [0, 0], "wer": [0, 0, 0]}, ["score 'wer'", r"shape \(2,\)", r"got shape \(3,\)"]),
        ({"intent": 0.5, "wer": [0, 0]}, ["score 'intent'", r"got shape \(\)"]),
        ({"intent": ["a", "b"], "wer": [0, 0]}, ["score 'intent' must be numbers"]),
        ({"intent": [[0], [0, 1]], "wer": [0, 0]}, ["score 'intent' must be numbers"]),
    ],
)
def test_a_wrong_evaluation_is_refused_and_changes_nothing(scores, words):
    history = small()
    for word in words:
        with pytest.raises(StreamError, match=word):
            history.append(scores, **evaluation(20, 1))
    assert history == small()


@pytest.mark.parametrize(
    ("counters", "words"),
    [
        (evaluation(20, 2), "task 2, ended False: tasks are 0 to 1"),
        (evaluation(20, -2), "task -2"),
        (evaluation(20, -1, True), "task -1, ended True"),
        (evaluation(9, 1), "step 9 after one at step 10"),
    ],
)
def test_an_evaluation_out_of_place_is_refused_and_changes_nothing(counters, words):
    history = small()
    with pytest.raises(DataError, match=words):
        history.append({"intent": [0, 0], "wer": [0, 0]}, **counters)
    assert history == small()


@pytest.mark.parametrize(
    ("tasks", "directions", "words"),
    [
        ((), {"accuracy": "max"}, "at least one task"),
        (("a",), {}, "at least one task and one score"),
        (("a",), {"loss": "down"}, "score 'loss' must be 'max' or 'min', got 'down'"),
    ],
)
def test_a_history_of_nothing_is_refused(tasks, directions, words):
    with pytest.raises(DataError, match=words):
        History(tasks, directions)


def test_equality_looks_at_everything():
    assert small() == small()
    assert small() != small(2)
    assert small() != "small"
    assert History(("a",), DIRECTIONS) != History(("b",), DIRECTIONS)
    assert History(("a",), DIRECTIONS) != History(("a",), {"intent": "max", "wer": "max"})
    assert History(("a",), DIRECTIONS) != History(("a",), {"wer": "min", "intent": "max"})  # another primary score
    one, other = small(2), small(2)
    one.append({"intent": [2, 2.5], "wer": [200, 250]}, **evaluation(10, 1, True))
    other.append({"intent": [2, 2.5], "wer": [200, 250]}, **{**evaluation(10, 1, True), "rows": 81})
    assert one != other


def test_nan_equals_nan():
    one, other = small(), small()
    for history in (one, other):
        history.append({"intent": [np.nan, 1], "wer": [0, 0]}, **evaluation(20, 1))
    assert one == other


def test_repr_has_one_line_per_field_with_dtype_and_shape():
    lines = [line.strip() for line in repr(small()).splitlines()]
    assert lines[1] == "tasks: 2 (left, right)"
    assert "scores/intent: float64 (3, 2) (max)" in lines
    assert "scores/wer: float64 (3, 2) (min)" in lines
    assert "step: int64 (3,)" in lines
    assert "ended: bool (3,)" in lines


@pytest.mark.parametrize("evaluations", [0, 1, 3, 40])
def test_a_saved_history_comes_back_and_goes_on(tmp_path, evaluations):
    history = small(evaluations)
    history.save(tmp_path / "history.npz")
    back = History.load(str(tmp_path / "history.npz"))
    assert back == history
    assert back.primary == "intent"
    for each in (history, back):
        each.append({"intent": [7, 7], "wer": [7, 7]}, **evaluation(1000, 1))
    assert back == history
    assert len(back) == evaluations + 1


def test_equal_histories_are_equal_files(tmp_path):
    small(40).save(tmp_path / "straight.npz")
    small(25).save(tmp_path / "resumed.npz")
    resumed = History.load(tmp_path / "resumed.npz")
    for e in range(25, 40):
        values = np.array([e, e + 0.5])
        resumed.append({"intent": values, "wer": 100 * values}, **evaluation(5 * e, 1))
    resumed.save(tmp_path / "resumed.npz")
    with zipfile.ZipFile(tmp_path / "resumed.npz") as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}  # no clock
    assert (tmp_path / "resumed.npz").read_bytes() == (tmp_path / "straight.npz").read_bytes()


def test_the_file_is_plain_numpy_with_a_json_header(tmp_path):
    small().save(tmp_path / "history.npz")
    with np.load(tmp_path / "history.npz", allow_pickle=False) as archive:
        assert json.loads(str(archive["header"])) == HEADER
        assert archive["scores/wer"].tolist() == [[0, 50], [100, 150], [200, 250]]


def test_names_may_hold_anything(tmp_path):
    history = History(("Größe/ß", "step"), {"step": "min", "a/b .npy": "max"})
    history.append({"step": [1, 2], "a/b .npy": [3, 4]}, **evaluation())
    history.save(tmp_path / "history.npz")
    back = History.load(tmp_path / "history.npz")
    assert back == history
    assert back.scores["step"].tolist() == [[1, 2]]
    assert back.step.tolist() == [0]


def test_a_full_disk_leaves_the_older_file_alone(tmp_path):
    path = tmp_path / "history.npz"
    small().save(path)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))  # as if the disk were full after 2000 bytes
    try:
        with pytest.raises(CheckpointError, match=r"cannot write the history .*history\.npz: File too large"):
            small(1000).save(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert os.listdir(tmp_path) == ["history.npz"]
    assert History.load(path) == small()


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"cannot write the history .*nowhere/history\.npz: No such file"):
        small().save(tmp_path / "nowhere" / "history.npz")
    with pytest.raises(CheckpointError, match=r"cannot read the history .*nowhere/history\.npz: No such file"):
        History.load(tmp_path / "nowhere" / "history.npz")


def test_a_truncated_file_is_refused_wherever_it_ends(tmp_path):
    path = tmp_path / "history.npz"
    small().save(path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(CheckpointError, match=r"history\.npz"):
            History.load(path)
        assert path.read_bytes() == whole[:length]  # left as it was


def test_no_flipped_byte_goes_unnoticed(tmp_path):
    path = tmp_path / "history.npz"
    small().save(path)
    whole = path.read_bytes()
    refused = []
    for place in range(0, len(whole), 3):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x01]) + whole[place + 1 :])
        try:
            assert History.load(path) == small()  # a byte that means nothing: a date, an attribute
        except CheckpointError as error:
            refused.append(str(error))
    assert len(refused) > len(whole) // 6
    assert all(str(path) in message for message in refused)


def rewritten(path, **changes):
    """The file at `path` with some arrays replaced, or left out where None."""
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files} | changes
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"header": None}, "not a history"),
        ({"header": np.array("{")}, "damaged, or not a history"),
        ({"header": np.array("[1]")}, "not a history that Recollect wrote"),
        ({"header": np.array(json.dumps({**HEADER, "format": "episodes"}))}, "not a history that Recollect wrote"),
        ({"header": np.array(json.dumps({**HEADER, "version": 2}))}, "newer Recollect .*version 2.*upgrade recollect"),
        ({"header": np.array(json.dumps({**HEADER, "tasks": ["left"]}))}, "scores/intent must be float64"),
        ({"header": np.array(json.dumps({**HEADER, "tasks": 3}))}, "its header is not that of a history"),
        ({"header": np.array(json.dumps({**HEADER, "directions": {"cer": "min"}}))}, "scores/cer must be"),
        ({"step": None}, "its header is not that of a history"),
        ({"rows": None}, r"rows must be int64 \(3,\)"),
        ({"rows": np.zeros(4, np.int64)}, r"rows must be int64 \(3,\)"),
        ({"rows": np.zeros(3)}, r"rows must be int64 \(3,\)"),
        ({"ended": np.zeros(3, np.int64)}, r"ended must be bool \(3,\)"),
        ({"scores/wer": np.zeros((3, 2), np.float32)}, r"scores/wer must be float64 \(3, 2\)"),
        ({"scores/wer": np.array([[{}, {}]] * 3)}, "damaged, or not a history"),  # a pickle: never opened
    ],
)
def test_foreign_damaged_and_newer_files_are_refused_by_name(tmp_path, changes, words):
    path = tmp_path / "history.npz"
    small().save(path)
    rewritten(path, **changes)
    before = path.read_bytes()
    with pytest.raises(CheckpointError, match=words) as caught:
        History.load(path)
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before


def test_files_of_other_kinds_are_refused(tmp_path):
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "notes.txt").write_text("accuracy was fine")
    np.savez(tmp_path / "other.npz", x=np.zeros(3))
    for name, reason in (("array.npy", "not a zip"), ("notes.txt", "not a zip"), ("other.npz", "header")):
        with pytest.raises(CheckpointError, match=f"{name} is damaged, or not a history .*{reason}"):
            History.load(tmp_path / name)
    with pytest.raises(CheckpointError, match="cannot read the history"):
        History.load(tmp_path)
