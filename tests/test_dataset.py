import gzip
import hashlib

import pytest
from test_fetching import archive, files

from recollect.dataset import DataSet
from recollect.errors import DataError


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("RECOLLECT_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def test_a_set_without_download_is_put_there():
    one = DataSet("toy", "toys/toy.npz", "a toy", "one npz file", "a friend")
    assert not one.found
    assert one.status == f"missing: comes from a friend; put it at {one.place}: one npz file"
    one.place.parent.mkdir(parents=True)
    one.place.write_bytes(b"x")
    assert one.status == f"found at {one.place}"


def test_an_archive_is_there_when_its_members_are(served, kept):
    folder, address = served
    path = archive(folder / "a.tar.gz", {"in/x": b"1", "in/y": b"2"})
    source = {"a.tar.gz": (f"{address}/a.tar.gz", hashlib.sha256(path.read_bytes()).hexdigest())}
    one = DataSet("toy", "toy", "a toy", "in/x and in/y", "nowhere", source, {"a.tar.gz": ("in/x", "in/y")})
    assert one.status.endswith(f"`recollect data fetch toy`, or put it at {kept / 'toy'}: in/x and in/y")
    one.fetch()
    assert one.found
    assert files(kept) == ["toy/in/x", "toy/in/y"]
    path.unlink()
    one.fetch()  # nothing is asked of the server again
    (kept / "toy/in/y").unlink()
    assert not one.found
    with pytest.raises(
        DataError, match=r"'toy': .*a.tar.gz could not be fetched .*404.* put it at .*toy by hand: in/x"
    ):
        one.fetch()
    assert files(kept) == ["toy/in/x"]


def test_a_damaged_archive_is_one_error(served, kept):
    folder, address = served
    (folder / "a.tar.gz").write_bytes(gzip.compress(b"no tar"))
    checksum = hashlib.sha256((folder / "a.tar.gz").read_bytes()).hexdigest()
    one = DataSet("toy", "toy", "", "", "", {"a.tar.gz": (f"{address}/a.tar.gz", checksum)}, {"a.tar.gz": ("x",)})
    with pytest.raises(DataError, match="could not be fetched"):
        one.fetch()
    assert not one.found


def test_a_gzipped_file_may_lie_there_unzipped(kept):
    one = DataSet("toy", "toy", "", "", "", {"a.gz": ("http://nowhere", "0" * 64)})
    assert not one.found
    (kept / "toy").mkdir(parents=True)
    (kept / "toy/a").write_bytes(b"x")
    assert one.found


def test_a_package_that_is_not_installed():
    with pytest.raises(DataError, match="bundled with nopackage, which is not installed"):
        DataSet("toy", "package:nopackage/a", "", "", "").place.exists()
