import json
import warnings

import noisy_claims
import numpy as np
import pytest

from recollect.errors import DataError, SchemaError, UnknownName
from recollect.experiments.records import is_void, read_records
from recollect.experiments.reproduce import reproduce
from recollect.experiments.verdict import CONTRADICTED, NOT_SHOWN, REPRODUCED

QUIET = {"progress": False, "workers": 2}


@pytest.fixture(autouse=True)
def noisy(monkeypatch):
    noisy_claims.register(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reproductions")


def check(folder, name, scale="cpu", **more):
    told = []
    found = reproduce(name, scale, runs=folder / "runs", out=folder / "out", tell=told.append, **QUIET, **more)
    return found, told


def test_a_true_effect_none_and_a_reversed_one_get_the_three_verdicts(folder):
    found, told = check(folder, "noisy")
    assert {one.name: one.verdict for one in found} == {
        "noisy/true": REPRODUCED,
        "noisy/none": NOT_SHOWN,
        "noisy/reversed": CONTRADICTED,
    }
    assert told[0] == "arm 1 of 3: similar on recollect/ToyBlobs-v0, 5 seeds"  # arms that claims share run once
    (records,) = [read_records(path) for path in (folder / "out").glob("*.json")]
    assert [record["claim"] for record in records] == ["noisy/none", "noisy/reversed", "noisy/true"]
    true = records[-1]
    difference = [true["arms"][0]["seeds"][str(i)] - true["arms"][1]["seeds"][str(i)] for i in (1, 2, 3, 4, 5)]
    assert true["findings"][0]["value"] == pytest.approx(np.mean(difference))
    assert 0 < true["findings"][0]["low"] < true["findings"][0]["value"] < true["findings"][0]["high"]
    assert true["arms"][0]["costs"]["updates"] == 2
    assert {"torch", "python"} <= true["versions"].keys()
    assert true["machine"]["cores"] > 0
    assert true["command"] == "recollect reproduce noisy/true --scale cpu"
    assert not any(map(is_void, records))


def test_what_was_run_is_not_run_again_and_nothing_else_is_lost(folder, monkeypatch):
    before = (folder / "out/noisy.cpu.json").read_bytes()
    times = {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("history.npz")}
    assert len(times) == 15
    (found,), _ = check(folder, "noisy/true")
    assert found.verdict == REPRODUCED
    assert (folder / "out/noisy.cpu.json").read_bytes() == before
    assert {path: path.stat().st_mtime_ns for path in (folder / "runs").rglob("history.npz")} == times


def test_a_claim_that_has_changed_voids_what_was_found(folder, monkeypatch):
    monkeypatch.setattr(noisy_claims, "TRUE", noisy_claims.claim(noisy_claims.ABLE, noisy_claims.PLAIN, margin=0.05))
    void = {record["claim"]: is_void(record) for record in read_records(folder / "out/noisy.cpu.json")}
    assert void == {"noisy/none": False, "noisy/reversed": False, "noisy/true": True}
    (found,), _ = check(folder, "noisy/true")  # no run is needed for another margin
    assert found.verdict == REPRODUCED
    assert not any(map(is_void, read_records(folder / "out/noisy.cpu.json")))
    monkeypatch.setattr(noisy_claims, "TRUE", noisy_claims.claim(noisy_claims.ABLE, noisy_claims.PLAIN, seeds=(6, 7)))
    assert is_void(read_records(folder / "out/noisy.cpu.json")[-1])


def test_smoke_has_no_verdict_and_leaves_no_file(tmp_path):
    for name, as_claimed in (("noisy/true", True), ("noisy/reversed", False)):
        (found,) = reproduce(name, "smoke", runs=tmp_path / "runs", out=tmp_path / "out", **QUIET)
        assert (found.verdict, found.as_claimed) == (None, as_claimed)
    assert not (tmp_path / "out").exists()


def test_a_failed_run_is_reported_and_the_others_are_judged(folder, monkeypatch):
    failing = noisy_claims.arm("failing", fails=True)
    monkeypatch.setattr(noisy_claims, "NONE", noisy_claims.claim(noisy_claims.PLAIN, failing))
    before = read_records(folder / "out/noisy.cpu.json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found, _ = check(folder, "noisy")
    by_name = {one.name: one for one in found}
    assert "ZeroDivisionError: as told" in by_name["noisy/none"].error
    assert by_name["noisy/none"].verdict is None
    assert not by_name["noisy/none"].as_claimed
    assert by_name["noisy/reversed"].verdict == CONTRADICTED
    assert read_records(folder / "out/noisy.cpu.json")[0] == before[0]  # the earlier one stays


def test_misfits_are_all_told_before_anything_runs(tmp_path, monkeypatch):
    arms = noisy_claims.arm("first", skil=1), noisy_claims.arm("second", skill="high")
    monkeypatch.setattr(noisy_claims, "TRUE", noisy_claims.claim(*arms))
    with pytest.raises(SchemaError, match=r"(?s)2 arms do not fit: .*Did you mean skill.*must be"):
        check(tmp_path, "noisy/true")
    assert not (tmp_path / "runs").exists()


def test_a_scale_that_no_claim_has_is_named(tmp_path):
    with pytest.raises(UnknownName, match="paper"):
        check(tmp_path, "noisy", "paper")


def test_claims_without_the_scale_are_left_out(tmp_path, monkeypatch):
    only = noisy_claims.claim(noisy_claims.ABLE, seeds=(8,), scales=("paper",), test="level")
    monkeypatch.setattr(noisy_claims, "TRUE", only)
    found, _ = check(tmp_path, "noisy", "paper")
    assert [one.name for one in found] == ["noisy/true"]
    assert json.loads((tmp_path / "out/noisy.paper.json").read_text())[0]["verdict"] == NOT_SHOWN


def test_a_damaged_file_is_told_before_anything_runs(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "noisy.cpu.json").write_text("[")
    with pytest.raises(DataError, match=r"noisy\.cpu\.json is damaged"):
        check(tmp_path, "noisy/true")
    assert not (tmp_path / "runs").exists()
