"""Cluster: runs of a grid on Ray, a local one that starts by itself or one that is there (extra `ray`).

Folders must be the same on all machines (a shared file system). A run with device "cuda" asks for one GPU; without,
Ray shows a task none.
"""

import logging
import os
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from recollect.errors import OptionError, require
from recollect.experiments.local import ONE_THREAD, Answered, cores
from recollect.experiments.work import perform

require("ray", "the executor 'ray'", "ray")

import ray  # noqa: E402

STORE_BYTES = 100 * 2**20  # tasks and answers are a few hundred bytes
REACH_SECONDS = 5.0  # for the head of a cluster to answer at all
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))  # with no settings: RFC 9113
SETTINGS = 4  # the type of the frame with which an HTTP/2 server, as Ray's head is, answers


class Cluster:
    """Performs tasks as Ray tasks; the parameters are those of `recollect.experiments.local.Local`.

    Args:
        tasks: as of `recollect.experiments.work.perform`.
        workers: runs at a time; None: one for each core.
        retries: how often a task is tried again whose worker died.
        report: not called; a run on Ray is only heard of at its end.
        address: of a cluster ("auto", "host:port", "ray://host:port"); None: a local Ray, which is started if the
            program has not done so, and ended again.

    Raises:
        OptionError: if there is no cluster at `address`.
        MissingExtra: if Ray is not installed.
    """

    def __init__(
        self,
        tasks: Sequence[dict[str, Any]],
        workers: int | None,
        retries: int,
        report: Callable[[int, float], None],
        address: str | None = None,
    ) -> None:
        self.tasks, self.retries, self.left = tasks, retries, len(tasks)
        self.deaths = [0] * len(tasks)
        self.started = not ray.is_initialized()
        if self.started:
            start(address, workers)
        self.workers = workers or int(ray.cluster_resources().get("CPU", 1))
        local = {"PYTHONPATH": os.pathsep.join(entry or os.getcwd() for entry in sys.path)} if address is None else {}
        self.env = {"env_vars": ONE_THREAD | local}
        self.waiting = deque(range(len(tasks)))
        self.running: dict[Any, int] = {}  # reference -> number of the task

    def next(self, timeout: float | None = None) -> Answered | None:
        """The next answer, in the order in which they come; None if none comes in `timeout` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            while self.waiting and len(self.running) < self.workers:
                self._submit(self.waiting.popleft())
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            done, _ = ray.wait(list(self.running), num_returns=1, timeout=left)
            if not done:
                return None
            number = self.running.pop(done[0])
            answer = self._answer(number, done[0])
            if answer is not None:
                self.left -= 1
                return number, answer

    def close(self) -> None:
        """Ends all tasks at once, and Ray if it was started here; what they were at can be resumed."""
        for reference in self.running:
            ray.cancel(reference, force=True)
        self.running.clear()
        if self.started:
            ray.shutdown()

    def _submit(self, number: int) -> None:
        task = self.tasks[number]
        gpus = 1 if task["spec"]["device"].startswith("cuda") else 0
        options = {"num_cpus": 1, "num_gpus": gpus, "max_retries": 0, "runtime_env": self.env}
        self.running[ray.remote(work).options(**options).remote(task)] = number

    def _answer(self, number: int, reference: Any) -> dict[str, Any] | None:
        """What a task has answered; None if its worker died, and it is to be tried again."""
        try:
            return ray.get(reference)
        except ray.exceptions.RayError as error:
            self.deaths[number] += 1
            if self.deaths[number] <= self.retries:
                self.waiting.appendleft(number)
                return None
            times = f" {self.deaths[number]} times" if self.retries else ""
            first = str(error).strip().split("\n")[0]
            error = f"its worker died{times}, at last with {type(error).__name__}: {first:.200}"
            return {"status": "failed", "error": error, "warnings": []}


def work(task: dict[str, Any]) -> dict[str, Any]:
    """One task, in a Ray worker."""
    return perform(task)


def start(address: str | None, workers: int | None) -> None:
    """Starts a local Ray, or connects to the cluster at `address`.

    Raises:
        OptionError: if there is none, in reasonable time.
    """
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR, "configure_logging": False}
    if address is None:
        ray.init(num_cpus=workers or cores(), include_dashboard=False, object_store_memory=STORE_BYTES, **quiet)
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        if port.isdigit():
            greet(host, int(port))
        ray.init(address=address, **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        raise OptionError(
            f"there is no Ray cluster at {address!r} ({reason}): `ray start --head` starts one, and without an address "
            "a local Ray starts by itself"
        ) from error


def greet(host: str, port: int) -> None:
    """Returns if an HTTP/2 server answers there: Ray itself tries for minutes before it gives up.

    Raises:
        OSError: if nothing answers, or something else does.
    """
    with socket.create_connection((host, port), REACH_SECONDS) as connection:
        if os.environ.get("RAY_USE_TLS", "0") != "0":
            return
        connection.settimeout(REACH_SECONDS)
        connection.sendall(GREETING)
        answer = connection.recv(4)  # three bytes of length, then the type
    if len(answer) < 4 or answer[3] != SETTINGS:
        raise OSError("what answers there is not Ray")
