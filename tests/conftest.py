"""What all tests share: two processes may run side by side, so each keeps to one thread.

Data sets are tiny ones, in a temporary folder, so that every registered stream can be made anywhere.
"""

import os
import tempfile

import tiny_images

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; child processes inherit it
os.environ.setdefault("MPLBACKEND", "Agg")

DATA = tempfile.TemporaryDirectory(prefix="recollect-data-")
os.environ["RECOLLECT_DATA"] = tiny_images.write_all(DATA.name)


def pytest_addoption(parser):
    parser.addoption("--full-cube", action="store_true", help="all stream x agent x replay triples, not a cover")


def pytest_unconfigure():
    DATA.cleanup()
