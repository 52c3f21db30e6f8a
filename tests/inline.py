"""An executor that needs no process, for the tests of grids."""

from recollect.experiments.work import perform


class Inline:
    """Performs tasks one by one, here; raises KeyboardInterrupt instead of answer number `interrupted`."""

    made, interrupted = [], None

    def __init__(self, tasks, workers, retries, report):
        self.tasks, self.left, self.closed = tasks, len(tasks), False
        self.made.append(self)

    def next(self, timeout=None):
        number = len(self.tasks) - self.left
        if number == self.interrupted:
            Inline.interrupted = None
            raise KeyboardInterrupt
        self.left -= 1
        return number, perform(self.tasks[number])

    def close(self):
        self.closed = True
