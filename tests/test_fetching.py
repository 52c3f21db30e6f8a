import hashlib
import io
import tarfile
import threading
from socketserver import StreamRequestHandler, TCPServer

import pytest

from recollect.fetching import FAILURES, Downloads, unpack

CONTENT = bytes(range(256)) * 40


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def archive(path, members, links=()):
    """A .tar.gz with files, name -> content, and symbolic links, name -> to where."""
    with tarfile.open(path, "w:gz") as opened:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            opened.addfile(entry, io.BytesIO(content))
        for name, target in dict(links).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            opened.addfile(entry)
    return path


def get(url, checksum, target, members=()):
    with Downloads() as downloads:
        downloads.get(url, checksum, target, members)


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_checksums_of_any_algorithm(served, tmp_path, capsys):
    folder, address = served
    (folder / "a.bin").write_bytes(CONTENT)
    md5 = hashlib.md5(CONTENT).hexdigest()
    for name, checksum in (("a", sha256(CONTENT)), ("b", f"sha256:{sha256(CONTENT)}"), ("c", f"md5:{md5}")):
        get(f"{address}/a.bin", checksum, tmp_path / "data" / name)
        assert (tmp_path / "data" / name).read_bytes() == CONTENT
    assert "c" in capsys.readouterr().out
    with pytest.raises(FAILURES, match="hash"):
        get(f"{address}/a.bin", f"md5:{md5[::-1]}", tmp_path / "data" / "d")
    assert files(tmp_path / "data") == ["a", "b", "c"]


def test_an_archive_leaves_its_members_and_nothing_else(served, tmp_path):
    folder, address = served
    path = archive(folder / "a.tar.gz", {"in/x.bin": CONTENT, "in/readme": b"r", "../escaped": b"e", "/rooted": b"e"})
    checksum = sha256(path.read_bytes())
    get(f"{address}/a.tar.gz", checksum, tmp_path / "data" / "a.tar.gz", ["in/x.bin"])
    assert files(tmp_path / "data") == ["in/x.bin"]
    assert (tmp_path / "data/in/x.bin").read_bytes() == CONTENT
    assert not (tmp_path / "escaped").exists()


@pytest.mark.parametrize("members", [["in/x.bin", name] for name in ("in/y.bin", "in/out", "in/near", "in")])
def test_a_member_that_is_missing_or_no_file_leaves_nothing(tmp_path, members):
    path = archive(
        tmp_path / "a.tar.gz", {"in/x.bin": CONTENT}, {"in/out": "/etc/passwd", "in/near": "x.bin", "in": "there"}
    )
    with pytest.raises(KeyError):
        unpack(path, members)
    assert files(tmp_path) == ["a.tar.gz"]


def test_a_damaged_archive_leaves_nothing(tmp_path):
    path = archive(tmp_path / "a.tar.gz", {"x.bin": CONTENT, "y.bin": bytes(10_000)})
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(FAILURES):
        unpack(path, ["x.bin", "y.bin"])
    assert files(tmp_path) == ["a.tar.gz"]


class Breaking(StreamRequestHandler):
    """Promises 10,240 bytes, sends 3,000 and hangs up."""

    def handle(self):
        while self.rfile.readline().strip():
            pass
        self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10240\r\n\r\n" + CONTENT[:3000])


def test_a_broken_transfer_leaves_nothing(tmp_path):
    with TCPServer(("127.0.0.1", 0), Breaking) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        with pytest.raises(OSError, match="(?i)incomplete|broken"):
            get(f"http://127.0.0.1:{server.server_address[1]}/a", sha256(CONTENT), tmp_path / "data" / "a")
        thread.join()
    assert files(tmp_path) == []


def test_no_network_leaves_nothing(tmp_path):
    with TCPServer(("127.0.0.1", 0), Breaking) as server:
        port = server.server_address[1]  # nobody listens there any more
    with pytest.raises(OSError, match="(?i)refused"):
        get(f"http://127.0.0.1:{port}/a", sha256(CONTENT), tmp_path / "data" / "a")
    assert files(tmp_path) == []
