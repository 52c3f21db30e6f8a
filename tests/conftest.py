"""What all tests share: two processes may run side by side, so each keeps to one thread."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch is imported; child processes inherit it
os.environ.setdefault("MPLBACKEND", "Agg")


def pytest_addoption(parser):
    parser.addoption("--full-cube", action="store_true", help="all stream x agent x replay triples, not a cover")
