"""A worker process of the local executor: a task a line on stdin, lines of progress and answers on stdout.

python -m recollect.experiments.worker

It lives for many runs, keeps to one thread, and ends at once when its stdin closes: a grid that is killed leaves no
process behind that writes into its folders.
"""

import json
import os
import queue
import sys
import threading

import torch

from recollect.experiments.work import perform


def main() -> None:
    """Performs tasks until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what runs print is none of our lines
    torch.set_num_threads(1)
    tasks: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(tasks,), daemon=True).start()

    def say(**what: object) -> None:
        answers.write(json.dumps(what) + "\n")
        answers.flush()

    while True:
        say(answer=perform(json.loads(tasks.get()), lambda progress: say(progress=progress)))


def _read(tasks: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)  # checkpoints survive it, as they survive a kill


if __name__ == "__main__":
    main()
