"""What all tests share: two processes may run side by side, so each keeps to one thread.

Data sets are tiny ones, in a temporary folder, so that every registered stream can be made anywhere.
"""

import atexit
import os
import tempfile
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import tiny_datasets
import tiny_images
import tiny_masks

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; child processes inherit it
os.environ.setdefault("MPLBACKEND", "Agg")

DATA = tempfile.TemporaryDirectory(prefix="recollect-data-")
atexit.register(DATA.cleanup)
os.environ["RECOLLECT_DATA"] = tiny_images.write_all(DATA.name)
os.environ["MINARI_DATASETS_PATH"] = tiny_datasets.write_all(DATA.name)
tiny_masks.write_beside(Path(DATA.name) / "camvid", range(12))  # its own coding: 11 is void
tiny_masks.write_beside(Path(DATA.name) / "segmentation", range(4))

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
