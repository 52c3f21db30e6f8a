"""What every replay strategy keeps to."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from recollect.core import Agent, ReplayStrategy
from recollect.errors import DataError, OptionError
from recollect.randomness import seeded
from recollect.rows import Rows, num_rows
from recollect.state import nbytes_of
from recollect.testing.comparison import difference, each_row, find_row, frozen, through_checkpoint
from recollect.testing.setting import Setting, first_rows, settings

CAPACITY = 7


@dataclass(frozen=True)
class ReplaySubject:
    """A replay strategy to check, and the settings in which it can be: at most one for each schema.

    Attributes:
        cls: its class.
    """

    cls: type[ReplayStrategy]

    @cached_property
    def settings(self) -> list[Setting]:
        """One for each schema of rows that it can hold."""
        found: dict[str, Setting] = {}
        for setting in settings(replay=self.cls):
            found.setdefault(setting.agent.schema.name, setting)
        assert found, f"{self.cls.__name__} fits no registered agent on any registered stream: look at reads and asks"
        return list(found.values())

    @property
    def remembers(self) -> bool:
        """Whether it keeps anything at all."""
        return getattr(self.cls, "remembers", True)

    @cached_property
    def batches(self) -> list[Rows]:
        """Rows of the first setting, in batches."""
        return self.settings[0].meet(6)

    def build(self, seed: int = 0, capacity: int = CAPACITY) -> ReplayStrategy:
        """An empty one."""
        return self.settings[0].build(capacity, seed).replay

    def filled(self, seed: int = 0, capacity: int = CAPACITY) -> ReplayStrategy:
        """One that has lived through a task."""
        return fill(self.settings[0], self.batches, seed, capacity)


def fill(setting: Setting, batches: list[Rows], seed: int = 0, capacity: int = CAPACITY) -> ReplayStrategy:
    """A strategy that has been given `batches`, and has ended the task if it works at task ends."""
    agent: Agent = setting.build(capacity, seed)
    for rows in batches:
        agent.replay.add(frozen(rows))
        agent.replay.update()
    if agent.replay.needs_tasks or agent.replay.needs_data:
        setting.end_task(agent)
    return agent.replay


def check_capacity_is_checked(subject: ReplaySubject) -> None:
    """A capacity that is not a whole number of at least 1 is an OptionError."""
    for wrong in (0, -1, 2.5, True, "3", None):
        try:
            subject.cls(wrong)
        except OptionError:
            continue
        raise AssertionError(f"{subject.cls.__name__}({wrong!r}) must raise OptionError: call super().__init__")


def check_starts_empty(subject: ReplaySubject) -> None:
    """A new memory has no rows, gives {}, and is not falsy."""
    replay = subject.build()
    assert len(replay) == 0, f"a new memory has len {len(replay)}, not 0"
    assert replay.sample(3) == {}, "an empty memory must give {}"
    assert bool(replay), "an empty memory is falsy: `replay or default` would replace it; leave __bool__ alone"


def check_capacity_is_kept(subject: ReplaySubject) -> None:
    """However much is added, len never exceeds the capacity."""
    agent = subject.settings[0].build(CAPACITY)
    for rows in subject.batches * 3:
        agent.replay.add(frozen(rows))
        agent.replay.update()
        assert 0 <= len(agent.replay) <= CAPACITY, f"len is {len(agent.replay)}, the capacity is {CAPACITY}"
    subject.settings[0].end_task(agent)
    assert len(agent.replay) <= CAPACITY, f"len is {len(agent.replay)} after end_task, the capacity is {CAPACITY}"


def check_something_is_kept(subject: ReplaySubject) -> None:
    """After a task there are rows, and sample gives some."""
    replay = subject.filled()
    kept = len(replay) > 0 and num_rows(replay.sample(3)) > 0
    assert kept == subject.remembers, (
        f"after {len(first_rows(subject.batches)['step'])} rows len is {len(replay)}, and sample(3) gives "
        f"{num_rows(replay.sample(3))} rows (a strategy that keeps nothing says remembers = False)"
    )


def check_fields_come_back_untouched(subject: ReplaySubject) -> None:
    """For every schema: a stored row has all fields as it was added; a generated one has their dtypes and shapes."""
    for setting in subject.settings:
        batches = setting.meet(6)
        replay = fill(setting, batches)
        met, data = first_rows(batches), setting.stream().unwrapped.data(0) if replay.needs_data else None
        for row in each_row(frozen(replay.sample(5))):
            if row["index"][0] < 0:
                _check_generated(row, met)
                continue
            if data is not None and find_row(row, data, [field for field in data if field in row]) >= 0:
                continue
            lost = [field for field in met if field not in row]
            assert not lost, f"{setting.agent.schema.name} rows come back without {lost}"
            assert find_row(row, met, list(met)) >= 0, f"a {setting.agent.schema.name} row came back changed"


def _check_generated(row: Rows, met: Rows) -> None:
    for field in ("index", "task", "step"):
        assert (field not in met and field != "index") or row[field][0] == -1, f"a generated row needs {field} -1"
    for field, values in met.items():
        assert field in row, f"a generated row lacks {field}"
        one, other = (values.dtype, values.shape[1:]), (row[field].dtype, row[field].shape[1:])
        assert one == other, f"generated {field} is {other}, not {one}"


def check_rows_are_copied(subject: ReplaySubject) -> None:
    """Writing on rows after they were added, or on rows that were drawn, changes nothing in the memory."""
    written, clean = subject.build(), subject.build()
    for rows in subject.batches:
        mine = frozen(rows)
        for replay in (written, clean):
            replay.add(mine if replay is written else rows)
            replay.update()
        for values in mine.values():
            values[...] = 0
    assert not difference(frozen(written.sample(3)), frozen(clean.sample(3))), "add must copy: its arrays are reused"
    for values in written.sample(3).values():
        values[...] = 0
    clean.sample(3)
    assert not difference(frozen(written.sample(3)), frozen(clean.sample(3))), "sample must copy: agents write on rows"


def check_same_seed_same_draws(subject: ReplaySubject) -> None:
    """Two with the same seed give the same rows, whatever the global random states are."""
    draws = []
    for world in (1, 2):
        with seeded(world):
            replay = subject.filled(seed=3)
            draws.append([frozen(replay.sample(3)) for _ in range(4)])
    found = difference(*draws, "draws")
    assert not found, f"the same seed gave other draws: {found}. Draw from self.rng only"


def check_state_round_trip(subject: ReplaySubject) -> None:
    """A state that went through a checkpoint, loaded into a new object, gives the same draws from then on."""
    first = subject.filled()
    second = subject.build(seed=99)
    second.load_state_dict(through_checkpoint(first.state_dict()))
    assert len(first) == len(second), f"len was {len(first)}, and is {len(second)} after the round trip"
    for when in ("after the round trip", "and one more batch"):
        found = difference(frozen(first.sample(3)), frozen(second.sample(3)), "rows")
        assert not found, f"the draws differ {when}: {found}"
        for replay in (first, second):
            replay.add(frozen(subject.batches[0]))
            replay.update()


def check_count_is_checked(subject: ReplaySubject) -> None:
    """sample(n) wants a whole number of at least 0; more than is stored gives what there is, 0 gives none."""
    replay = subject.filled()
    for wrong in (-1, 1.5, "3", None) if subject.remembers else ():
        try:
            replay.sample(wrong)
        except OptionError:
            continue
        raise AssertionError(f"sample({wrong!r}) must raise OptionError")
    assert num_rows(replay.sample(0)) == 0, "sample(0) gave rows"
    assert num_rows(replay.sample(1000)) <= 1000, "sample(1000) gave more rows"
    index = replay.sample(3).get("index", np.zeros(0, int))
    assert np.asarray(index).dtype.kind == "i", f"index must be integers, got {np.asarray(index).dtype}"
    assert not subject.remembers or len(index), "sample must give index"


def check_bad_rows_are_refused(subject: ReplaySubject) -> None:
    """Rows of unequal length are a DataError, and so are others than before; none of it changes the memory."""
    replay, rows = subject.filled(), subject.batches[0]
    if not subject.remembers:
        return
    field = max(rows, key=lambda name: rows[name].ndim)
    wrong: dict[str, Rows] = {"of unequal length": rows | {field: rows[field][:-1]}}
    if not replay.needs_data:
        wrong["of another dtype"] = rows | {field: rows[field].astype(np.complex128)}
        wrong["of another shape"] = rows | {field: np.stack([rows[field]] * 2, axis=1)}
        wrong["that lack a field"] = {name: values for name, values in rows.items() if name != field}
    before = frozen(replay.state_dict())
    for what, bad in wrong.items():
        try:
            replay.add(bad)
        except DataError:
            pass
        else:
            raise AssertionError(f"rows {what} (field {field}) must be a DataError")
        found = difference(before, replay.state_dict())
        assert not found, f"refusing rows {what} changed the memory: {found}"


def check_no_rows_change_nothing(subject: ReplaySubject) -> None:
    """add({}) is allowed."""
    replay = subject.filled()
    before = frozen(replay.state_dict())
    replay.add({})
    found = difference(before, replay.state_dict())
    assert not found, f"add({{}}) changed the memory: {found}"


def check_one_row_is_enough(subject: ReplaySubject) -> None:
    """A capacity of one row, below the number of classes, tasks or lanes, works from the first row to the last."""
    agent = subject.settings[0].build(capacity=1)
    for rows in subject.batches:
        agent.replay.add(frozen(rows))
        agent.replay.update()
        agent.replay.sample(3, like=frozen(rows))
    subject.settings[0].end_task(agent)
    drawn = agent.replay.sample(3).get("index", np.zeros(0, int))
    assert len(drawn) or not len(agent.replay), "it holds a row, and sample(3) gives none"


def check_bytes_are_counted(subject: ReplaySubject) -> None:
    """`nbytes` is a whole number, the bytes of all arrays in its state to within 5% and 64 bytes."""
    replay = subject.filled()
    nbytes: Any = replay.nbytes
    assert isinstance(nbytes, int | np.integer), f"nbytes is {type(nbytes).__name__}, not int"
    assert nbytes > 0 or not subject.remembers, f"nbytes is {nbytes} with rows in memory"
    held = nbytes_of(replay.state_dict())
    assert abs(nbytes - held) <= 0.05 * held + 64, f"nbytes is {nbytes}, the arrays of its state have {held}"


def check_feedback_ignores_generated_rows(subject: ReplaySubject) -> None:
    """`feedback` takes any signal of drawn rows, and ignores negative indices, and rows that are not there."""
    replay = subject.filled()
    before = frozen(replay.state_dict())
    for what, index in (("negative indices", -1), ("an index that it never gave", 10**15)):
        replay.feedback(np.array([index, index]), priority=np.array([5.0, 7.0]), loss=np.array([5.0, 7.0]))
        found = difference(before, replay.state_dict())
        assert not found, f"feedback of {what} changed the memory: {found}"
    index = replay.sample(3).get("index", np.zeros(0, int))
    replay.feedback(index, priority=np.ones(len(index)), loss=np.ones(len(index)))


def check_like_is_taken(subject: ReplaySubject) -> None:
    """sample(n, like=rows) gives rows too, and what the class says in `gives`."""
    rows = subject.filled().sample(2, like=frozen(subject.batches[-1]))
    assert num_rows(rows) <= 2, f"sample(2, like=...) gave {num_rows(rows)} rows"
    lacking = [field for field in subject.cls.gives if field not in rows]
    assert not lacking or not num_rows(rows), f"its rows lack {lacking}, which it gives"


def check_update_gives_numbers(subject: ReplaySubject) -> None:
    """`update` returns a dictionary of numbers to log."""
    losses = subject.filled().update()
    good = isinstance(losses, dict) and all(isinstance(value, int | float | np.number) for value in losses.values())
    assert good, f"update() must return name -> number, got {losses!r}"


def check_contents_change_nothing(subject: ReplaySubject) -> None:
    """`contents` shows all stored rows, or none, and draws nothing."""
    assert not num_rows(subject.build().contents()), "an empty memory has no contents to show"
    replay = subject.filled()
    before = frozen(replay.state_dict())
    shown = num_rows(replay.contents())
    assert shown in (0, len(replay)), f"contents() gave {shown} rows, len is {len(replay)}: show all of them, or none"
    found = difference(before, replay.state_dict())
    assert not found, f"contents() changed the memory: {found}"


REPLAY_CHECKS = (
    check_capacity_is_checked, check_starts_empty, check_capacity_is_kept, check_something_is_kept,
    check_fields_come_back_untouched, check_rows_are_copied, check_same_seed_same_draws, check_state_round_trip,
    check_count_is_checked, check_bad_rows_are_refused, check_no_rows_change_nothing, check_one_row_is_enough,
    check_bytes_are_counted, check_feedback_ignores_generated_rows, check_like_is_taken, check_update_gives_numbers,
    check_contents_change_nothing,
)  # fmt: skip
