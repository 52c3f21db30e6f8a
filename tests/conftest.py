"""What all tests share: two processes may run side by side, so each keeps to one thread.

Data sets are tiny ones, in a temporary folder, so that every registered stream can be made anywhere.
"""

import os
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import tiny_images

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; child processes inherit it
os.environ.setdefault("MPLBACKEND", "Agg")

DATA = tempfile.TemporaryDirectory(prefix="recollect-data-")
os.environ["RECOLLECT_DATA"] = tiny_images.write_all(DATA.name)

import tiny_speech  # noqa: E402  # it imports recollect, and with it numpy, which must see the settings above

tiny_speech.write_all(DATA.name)


def pytest_addoption(parser):
    parser.addoption("--full-cube", action="store_true", help="all stream x agent x replay triples, not a cover")


def pytest_unconfigure():
    DATA.cleanup()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder and the address at which a local server shows it."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
