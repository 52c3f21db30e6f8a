import json

import noisy_claims
import pytest

from recollect.errors import CheckpointError, DataError
from recollect.experiments.records import is_void, read_records, record_of, write_records
from recollect.experiments.reproduce import ArmOutcome, Reproduction
from recollect.experiments.statistics import Estimate
from recollect.experiments.verdict import judge

NAN = float("nan")


@pytest.fixture(autouse=True)
def noisy(monkeypatch):
    noisy_claims.register(monkeypatch)


def outcome(name="noisy/true", better=0.8):
    values = {"able": {1: better, 2: better + 0.01}, "plain": {1: 0.4, 2: NAN}}
    arms = tuple(ArmOutcome(arm, seeds, Estimate(0.5, NAN, NAN), {"nbytes": 8.0}) for arm, seeds in values.items())
    return Reproduction(
        name, noisy_claims.TRUE, "cpu", arms, tuple(judge(noisy_claims.TRUE, values)), {"machine": {"cores": 2}}
    )


def test_a_record_is_json_without_nan():
    record = record_of(outcome())
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert record["arms"][1]["seeds"] == {"1": 0.4, "2": None}
    assert record["arms"][0]["score"] == {"value": 0.5, "low": None, "high": None}
    assert record["findings"][0]["value"] is None
    assert record["claimed"] == noisy_claims.TRUE.as_json("cpu")
    assert (record["says"], record["machine"]) == ("the first guesses better", {"cores": 2})


def test_a_record_takes_the_place_of_its_earlier_one(tmp_path):
    write_records([outcome("noisy/true", 0.8), outcome("noisy/none")], tmp_path)
    (path,) = write_records([outcome("noisy/true", 0.9)], tmp_path)
    assert path == tmp_path / "noisy.cpu.json"
    records = read_records(path)
    assert [record["claim"] for record in records] == ["noisy/none", "noisy/true"]
    assert [record["arms"][0]["seeds"]["1"] for record in records] == [0.8, 0.9]


def test_claims_that_are_gone_leave_the_file(tmp_path):
    (path,) = write_records([outcome("noisy/gone"), outcome("noisy/true")], tmp_path)
    assert [record["claim"] for record in read_records(path)] == ["noisy/true"]


def test_what_could_not_be_checked_changes_nothing(tmp_path):
    assert write_records([Reproduction("noisy/true", noisy_claims.TRUE, "cpu", error="no")], tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_record_is_void_when_its_claim_is_another_one_or_gone():
    record = record_of(outcome())
    assert not is_void(record)
    for changes in ({"hash": "0"}, {"claim": "noisy/gone"}, {"scale": "paper"}):
        assert is_void({**record, **changes})


def test_without_a_file_there_are_no_records(tmp_path):
    assert read_records(tmp_path / "none.json") == []


BOGUS = {"claim": "noisy/true", "hash": "0", "scale": "cpu", "verdict": "proved"}


@pytest.mark.parametrize("text", ["{", "{}", '[{"claim": "a"}]', "[3]", json.dumps([BOGUS])])
def test_a_damaged_file_is_named_and_kept(tmp_path, text):
    path = tmp_path / "noisy.cpu.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"noisy\.cpu\.json is damaged"):
        write_records([outcome()], tmp_path)
    assert path.read_text() == text


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot write .*noisy.cpu.json"):
        write_records([outcome()], tmp_path / "file")


def test_a_reproduction_with_an_error_has_no_verdict():
    failed = Reproduction("noisy/true", noisy_claims.TRUE, "cpu", error="no")
    assert (failed.verdict, failed.as_claimed) == (None, False)
