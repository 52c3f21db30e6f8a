"""What is shown of a grid, with and without a terminal."""

import io

import pytest
from rich.console import Console

from recollect.experiments import progress
from recollect.experiments.progress import Display, spell_seconds


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


def lines(console):
    return console.file.getvalue().splitlines()


def test_lines_come_now_and_then_but_failures_always(clock):
    console = Console(file=io.StringIO(), width=200)
    with Display(6, 2, console) as display:
        clock[0] += 10  # 4 runs are left of 6
        display.finish(0, "a/seed-0", None)
        display.finish(1, "a/seed-1", None)  # too soon to tell
        display.finish(2, "b/seed-0", "out of luck")
        clock[0] += 5
        display.finish(3, "b/seed-1", None)
    assert lines(console) == [
        "3/6 runs, about 30 s left | finished a/seed-0",
        "5/6 runs, 1 failed, about 3 s left | failed b/seed-0: out of luck",
        "6/6 runs, 1 failed | finished b/seed-1",
    ]


def test_the_time_left_counts_parts_of_runs(clock):
    display = Display(4, 0, None)
    assert display.line() == "0/4 runs"
    clock[0] += 10
    display.report(0, 0.5)  # resumed there
    assert display.line() == "0/4 runs"
    display.report(0, 0.75)
    display.report(1, 0.0)
    display.report(1, 0.75)  # one run's worth of work in 10 s
    assert display.line() == "0/4 runs, about 30 s left"


def test_a_terminal_has_a_bar():
    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None, legacy_windows=False)
    with Display(2, 0, console) as display:
        display.report(0, 0.5)
        display.finish(0, "a", None)
        display.finish(1, "b", "broken")
    shown = console.file.getvalue()
    assert "2/2 runs, 1 failed" in shown
    assert "failed b: broken" in shown
    assert "finished a" not in shown


def test_nothing_is_shown_without_a_console(capsys):
    with Display(1, 0, None) as display:
        display.finish(0, "a", "broken")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("seconds", "spelt"), [(0.4, "0 s"), (89.0, "89 s"), (120, "2 min"), (5300, "88 min"), (7290, "2 h 2 min")]
)
def test_times_are_spelt(seconds, spelt):
    assert spell_seconds(seconds) == spelt
