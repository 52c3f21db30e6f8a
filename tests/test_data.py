import hashlib

import numpy as np
import pytest

from recollect import data
from recollect.errors import DataError, UnknownName


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def add(monkeypatch, files):
    one = data.DataSet("toy", "toy", "a toy", "two files", "nowhere", files)
    monkeypatch.setitem(data.SETS, "toy", one)
    return one


def test_the_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path))
    assert data.folder() == tmp_path
    monkeypatch.delenv("RECOLLECT_DATA")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert data.folder() == tmp_path / "cache" / "recollect"


def test_digits_are_bundled():
    place = data.path("digits")
    assert np.loadtxt(place, delimiter=",").shape == (1797, 65)
    assert data.fetch("digits") == place


def test_known_sets_say_where_they_are_or_come_from(kept):
    kept.joinpath("tools").mkdir(parents=True)
    kept.joinpath("camvid").mkdir()
    kept.joinpath("tools", "API_list.json").write_text("[]")
    status = {one.name: one.status for one in data.known()}
    assert {"digits", "cifar10-subset", "adbench", "camvid", "fsdd", "text", "tools"} <= set(status)
    assert status["tools"] == f"found at {kept / 'tools'}"
    assert status["camvid"].startswith("missing: comes from CamVid")  # an empty folder is not a data set
    assert str(kept / "fsdd") in status["fsdd"]


def test_a_missing_set_says_where_it_comes_from(kept):
    for ask in (data.path, data.fetch):
        with pytest.raises(DataError, match=r"'adbench' is missing: comes from ADBench.*put it at .*adbench"):
            ask("adbench")
    with pytest.raises(UnknownName, match="Did you mean adbench"):
        data.path("adbnch")
    assert not kept.exists()


def test_fetch_checks_and_keeps(served, kept, monkeypatch, capsys):
    folder, address = served
    files = {}
    for name, content in (("a.bin", b"a" * 5000), ("deep/b.txt", b"b")):
        folder.joinpath(name).parent.mkdir(exist_ok=True)
        folder.joinpath(name).write_bytes(content)
        files[name] = (f"{address}/{name}", hashlib.sha256(content).hexdigest())
    one = add(monkeypatch, files)
    assert not one.found
    assert "recollect data fetch toy" in one.status
    assert data.fetch("toy") == kept / "toy" == data.path("toy")
    assert kept.joinpath("toy", "a.bin").read_bytes() == b"a" * 5000
    assert kept.joinpath("toy", "deep", "b.txt").read_bytes() == b"b"
    assert "a.bin" in capsys.readouterr().out
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    assert data.fetch("toy") == kept / "toy"  # nothing is asked of the server again


def test_a_wrong_checksum_is_refused_and_nothing_kept(served, kept, monkeypatch):
    folder, address = served
    folder.joinpath("a.bin").write_bytes(b"changed")
    add(monkeypatch, {"a.bin": (f"{address}/a.bin", "0" * 64)})
    with pytest.raises(DataError, match="could not be fetched"):
        data.fetch("toy")
    assert not any(path.is_file() for path in kept.rglob("*"))


def test_a_failed_download_is_one_error(served, kept, monkeypatch):
    _, address = served
    add(monkeypatch, {"a.bin": (f"{address}/a.bin", "0" * 64)})
    with pytest.raises(DataError, match=r"'toy': .*a.bin could not be fetched .*404"):
        data.fetch("toy")
