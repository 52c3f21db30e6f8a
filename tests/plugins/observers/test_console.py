import gc
import io
import re
from types import SimpleNamespace

import numpy as np
import rich.console

from recollect.plugins.observers.console import Console, describe

SCORES = {"accuracy": np.array([1.0, 0.25]), "loss": np.array([0.1, 2.0])}


def view(**more):
    return SimpleNamespace(
        **{"tasks": ("a", "[b]"), "step": 0, "position": 0, "num_positions": 2, "progress": 0.0} | more
    )


def screen(**options):
    return rich.console.Console(file=io.StringIO(), width=100, **options)


def shown(console):
    """What was written, without the codes of a terminal."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", console.file.getvalue())


def test_an_evaluation_is_one_line():
    assert (
        describe(("a", "[b]"), 1, 30, SCORES) == "step 30 | [b] | accuracy 0.625 [1.00 0.25] | loss 1.050 [0.10 2.00]"
    )
    assert describe(("a", "[b]"), -1, 0, SCORES).startswith("step 0 | before learning | accuracy 0.625")


def test_without_a_terminal_there_are_plain_lines_only():
    console = screen(force_terminal=False)
    observer, run = Console(console), view()
    observer.recollect_run_start(run)
    observer.recollect_evaluated(run, -1, 0, SCORES)
    observer.recollect_task_start(run, 0)
    observer.recollect_step_end(view(step=1, progress=0.5), 1)
    observer.recollect_evaluated(view(progress=0.5), 1, 30, SCORES)
    observer.recollect_run_end(run)
    assert console.file.getvalue().splitlines() == [
        "  0% | step 0 | before learning | accuracy 0.625 [1.00 0.25] | loss 1.050 [0.10 2.00]",
        " 50% | step 30 | [b] | accuracy 0.625 [1.00 0.25] | loss 1.050 [0.10 2.00]",
    ]


def test_a_long_line_is_not_broken_without_a_terminal():
    console = screen(force_terminal=False)
    Console(console).recollect_evaluated(view(tasks=("a",) * 60), 0, 1, {"accuracy": np.ones(60)})
    assert len(console.file.getvalue().splitlines()) == 1


def test_on_a_terminal_there_is_a_bar_with_task_step_and_share():
    console = screen(force_terminal=True)
    observer = Console(console)
    observer.recollect_run_start(view())
    observer.recollect_task_start(view(position=1), 1)
    observer.recollect_step_end(view(step=7, progress=0.25), 7)
    observer.progress.refresh()
    assert re.search(r"\[b\] \(2/2\).* 25% step 7", shown(console))
    observer.recollect_evaluated(view(progress=0.25), 1, 7, SCORES)
    observer.recollect_run_end(view(step=28, progress=1.0))
    assert " 25% | step 7 | [b] | accuracy 0.625 [1.00 0.25]" in shown(console)
    assert "100% step 28" in shown(console)


def test_a_resumed_bar_begins_where_the_run_is():
    console = screen(force_terminal=True)
    observer = Console(console)
    observer.recollect_run_start(view(step=14, progress=0.5))
    observer.recollect_run_end(view(step=14, progress=0.5))
    assert "50% step 14" in shown(console)


def test_a_run_that_was_broken_off_leaves_the_terminal_as_it_was():
    console = screen(force_terminal=True)
    observer = Console(console)
    observer.recollect_run_start(view())
    assert console.file.getvalue().count("\x1b[?25l") == 1  # the cursor is hidden
    del observer
    gc.collect()
    assert console.file.getvalue().count("\x1b[?25h") == 1  # and shown again
