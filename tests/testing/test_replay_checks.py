"""Every check of replay strategies is failed by a strategy that is broken in just that way, and by no other check."""

import numpy as np
import pytest

from recollect.errors import OptionError
from recollect.rows import num_rows, take
from recollect.testing import run_checks
from recollect.testing.replay_checks import REPLAY_CHECKS, ReplaySubject
from recollect.testing.toy_replays import ToyGaussian, ToyNearest, ToySelector, check_count


class AnyCapacity(ToyNearest):
    def __init__(self, capacity, *, seed=0):
        super().__init__(max(int(capacity or 1), 1), seed=seed)


class Falsy(ToyNearest):
    def __bool__(self):
        return len(self) > 0


class OneTooMany(ToyNearest):
    def add(self, rows):
        self.capacity += 1
        try:
            super().add(rows)
        finally:
            self.capacity -= 1


class ForgetsSilently(ToyNearest):
    def add(self, rows):
        num_rows(rows)


class Widens(ToyNearest):
    def sample(self, n, like=None):
        return {field: v.astype(np.float64) if v.dtype == "f4" else v for field, v in super().sample(n, like).items()}


class DropsStep(ToyNearest):
    def sample(self, n, like=None):
        return {field: values for field, values in super().sample(n, like).items() if field != "step"}


class GeneratesWithTask(ToyGaussian):
    def sample(self, n, like=None):
        rows = super().sample(n, like)
        return rows | {"task": np.zeros_like(rows["task"])} if rows else rows


class KeepsTheArrays(ToyNearest):
    def __init__(self, capacity, *, seed=0):
        super().__init__(capacity, seed=seed)
        self.parts = []

    def add(self, rows):
        super().add(rows)
        if num_rows(rows):
            self.parts = [rows]  # not copied

    def sample(self, n, like=None):
        count = min(check_count(n), num_rows(self.parts[0]) if self.parts else 0)
        return take(self.parts[0], np.arange(count)) | {"index": np.arange(count)} if count else {}


class GivesItsArrays(ToyNearest):
    def sample(self, n, like=None):
        n = min(check_count(n), len(self))
        return {field: v[:n] for field, v in self.rows.items()} | {"index": np.arange(n)} if n else {}


class GlobalRandomness(ToyNearest):
    def sample(self, n, like=None):
        n = min(check_count(n), len(self))
        index = np.random.permutation(len(self))[:n]
        return take(self.rows, index) | {"index": index} if n else {}


class ForgetsItsGenerator(ToyNearest):
    def state_dict(self):
        return {"rows": self.rows}

    def load_state_dict(self, state):
        self.rows = state["rows"]


class SavesAnObject(ToyNearest):
    def state_dict(self):
        return super().state_dict() | {"type": type(self).__name__, "callable": len}


class TakesAnyCount(ToyNearest):
    def sample(self, n, like=None):
        return super().sample(max(int(n or 0), 0), like)


class FloatIndex(ToyNearest):
    def sample(self, n, like=None):
        rows = super().sample(n, like)
        return rows | {"index": rows["index"].astype(float)} if rows else rows


class LosesOnBadRows(ToyNearest):
    def add(self, rows):
        kept, self.rows = self.rows, {}
        num_rows(rows)
        self.rows = kept
        super().add(rows)


class EmptiedByNothing(ToyNearest):
    def add(self, rows):
        super().add(rows)
        if not num_rows(rows):
            self.rows = {}


class Weightless(ToyNearest):
    nbytes = 0


class CountsItsFirstField(ToyNearest):
    @property
    def nbytes(self):
        return next(iter(self.rows.values())).nbytes if self.rows else 0


class NeedsTwo(ToyNearest):
    def add(self, rows):
        if self.capacity < 2 and num_rows(rows):
            raise OptionError("capacity must be at least the number of classes")
        super().add(rows)


class LooksUpAnyIndex(ToyNearest):
    def feedback(self, index, **signals):
        self.rows["step"][index[index >= 0]] += 0


class FeedsBackBackwards(ToyNearest):
    def __init__(self, capacity, *, seed=0):
        super().__init__(capacity, seed=seed)
        self.priority = np.ones(capacity)

    def feedback(self, index, **signals):
        self.priority[index] = signals["priority"]


class PromisesWeights(ToyNearest):
    gives = ("weight",)


class LogsText(ToyNearest):
    def update(self):
        return {"state": "fine"}


class ShowsSome(ToyNearest):
    def contents(self):
        return take(self.rows, np.arange(1)) if self.rows else {}


class DrawsToShow(ToyNearest):
    def contents(self):
        return take(self.rows, self.rng.permutation(len(self))) if self.rows else {}


BROKEN = {
    AnyCapacity: {"capacity_is_checked"},
    Falsy: {"starts_empty"},
    OneTooMany: {"capacity_is_kept"},
    ForgetsSilently: {"something_is_kept", "count_is_checked", "bad_rows_are_refused", "bytes_are_counted"},
    Widens: {"fields_come_back_untouched"},
    DropsStep: {"fields_come_back_untouched"},
    GeneratesWithTask: {"fields_come_back_untouched"},
    KeepsTheArrays: {"rows_are_copied"},
    GivesItsArrays: {"rows_are_copied"},
    GlobalRandomness: {"same_seed_same_draws", "state_round_trip", "rows_are_copied"},
    ForgetsItsGenerator: {"state_round_trip"},
    SavesAnObject: {"state_round_trip"},
    TakesAnyCount: {"count_is_checked"},
    FloatIndex: {"count_is_checked"},
    LosesOnBadRows: {"bad_rows_are_refused"},
    EmptiedByNothing: {"no_rows_change_nothing"},
    Weightless: {"bytes_are_counted"},
    CountsItsFirstField: {"bytes_are_counted"},
    NeedsTwo: {"one_row_is_enough"},
    LooksUpAnyIndex: {"feedback_ignores_generated_rows"},
    FeedsBackBackwards: {"feedback_ignores_generated_rows"},
    PromisesWeights: {"like_is_taken"},
    LogsText: {"update_gives_numbers"},
    ShowsSome: {"contents_change_nothing"},
    DrawsToShow: {"contents_change_nothing"},
}


@pytest.mark.parametrize("cls", [ToyNearest, ToyGaussian, ToySelector], ids=lambda cls: cls.__name__)
def test_sound_strategies_pass(cls):
    assert [str(result) for result in run_checks("replay", cls) if not result.ok] == []


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_broken_strategies_fail_the_check_that_is_meant(cls):
    assert {result.check for result in run_checks("replay", cls) if not result.ok} == BROKEN[cls]


def test_every_check_can_fail():
    caught = set().union(*BROKEN.values())
    assert {check.__name__.removeprefix("check_") for check in REPLAY_CHECKS} == caught


def test_a_strategy_that_fits_nothing_is_told_so():
    class Reads(ToyNearest):
        reads = ("smell",)

    failed = {result.check: result.message for result in run_checks("replay", Reads) if not result.ok}
    assert failed["starts_empty"] == "Reads fits no registered agent on any registered stream: look at reads and asks"
    assert "can_be_loaded" not in failed


def test_what_is_no_strategy_cannot_be_loaded():
    first = next(iter(run_checks("replay", dict)))
    assert first.message == "replay <class 'dict'> must be a class that inherits from recollect.ReplayStrategy"


def test_one_setting_for_each_schema():
    schemas = [setting.agent.schema.name for setting in ReplaySubject(ToyNearest).settings]
    assert sorted(schemas) == ["QUERY", "SAMPLE", "TEXT", "TRAJECTORY", "TRANSITION"]
