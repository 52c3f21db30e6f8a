"""Local: runs of a grid on worker processes of this machine, each with one thread, each for many runs."""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
COMMAND = (sys.executable, "-P", "-m", "recollect.experiments.worker")
Answered = tuple[int, dict[str, Any]]  # the number of a task, and its answer as of `recollect.experiments.work`


class Local:
    """Performs tasks on processes of its own; a thread for each hands tasks out and reads answers.

    Args:
        tasks: as of `recollect.experiments.work.perform`.
        workers: processes; None: one for each core that this process may use.
        retries: how often a task is tried again whose worker died.
        report: is told the number of a task and its progress, from other threads.
    """

    def __init__(
        self, tasks: Sequence[dict[str, Any]], workers: int | None, retries: int, report: Callable[[int, float], None]
    ) -> None:
        self.tasks, self.retries, self.report = tasks, retries, report
        self.waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.answers: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self.left = len(tasks)  # answers that are still to come
        self.closed = False
        for number in range(len(tasks)):
            self.waiting.put(number)
        self.processes: list[Worker | None] = [None] * min(workers or cores(), len(tasks))
        self.threads = [
            threading.Thread(target=self._serve, args=(i,), daemon=True) for i in range(len(self.processes))
        ]
        for thread in self.threads:
            thread.start()

    def next(self, timeout: float | None = None) -> Answered | None:
        """The next answer, in the order in which they come; None if none comes in `timeout` seconds."""
        try:
            answered = self.answers.get(timeout=timeout)
        except queue.Empty:
            return None
        self.left -= 1
        return answered

    def close(self) -> None:
        """Ends all workers at once; what they were at can be resumed."""
        self.closed = True
        for worker in filter(None, list(self.processes)):
            worker.process.kill()
        for thread in self.threads:
            thread.join()

    def _serve(self, place: int) -> None:
        """The life of one place: a worker, and another one when it dies."""
        while not self.closed:
            try:
                number = self.waiting.get_nowait()
            except queue.Empty:
                break
            self.answers.put((number, self._attempt(place, number)))
        if (worker := self.processes[place]) is not None:
            worker.end()

    def _attempt(self, place: int, number: int) -> dict[str, Any]:
        """The answer of one task, from as many workers as it takes."""
        death = ""
        for _ in range(1 + self.retries):
            worker = self.processes[place]
            if worker is None:
                worker = self.processes[place] = Worker()
            answer = None if self.closed else worker.ask(self.tasks[number], lambda done: self.report(number, done))
            if answer is not None:
                return answer
            death, self.processes[place] = worker.death(), None
            if self.closed:
                return {"status": "interrupted", "error": None, "warnings": []}
        times = f" {1 + self.retries} times" if self.retries else ""
        return {"status": "failed", "error": f"its worker died{times}, at last {death}", "warnings": []}


class Worker:
    """One process, and the lines to and from it."""

    def __init__(self) -> None:
        path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)  # what can be imported here can be there
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115, it lives as long as the process
        self.process = subprocess.Popen(
            COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, encoding="utf-8",
            env=os.environ | ONE_THREAD | {"PYTHONPATH": path}, start_new_session=True,  # Ctrl-C is not for it
        )  # fmt: skip

    def ask(self, task: dict[str, Any], report: Callable[[float], None]) -> dict[str, Any] | None:
        """The answer to a task; None if the process dies over it."""
        try:
            self.process.stdin.write(json.dumps(task) + "\n")
            self.process.stdin.flush()
            for line in self.process.stdout:
                said = json.loads(line)
                if "answer" in said:
                    return said["answer"]
                report(said["progress"])
        except (OSError, ValueError):  # a broken pipe; half a line
            pass
        return None

    def death(self) -> str:
        """How the process ended, with the last line that it wrote to stderr."""
        self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(self.errors.tell() - 2000, 0))
        lines = self.errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        code = self.end()
        how = f"with signal {-code}" if code < 0 else f"with exit code {code}"
        return how + (f" ({last:.200})" if last else "")

    def end(self) -> int:
        """Ends it, if it has not ended; its exit code."""
        self.process.stdout.close()
        with suppress(OSError):  # what could not be sent any more
            self.process.stdin.close()
        try:
            code = self.process.wait(1)  # without its stdin it ends by itself
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.errors.close()
        return code


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
