"""Every check of streams is failed by a stream that is broken in just that way, and by no other check."""

import gymnasium
import numpy as np
import pytest

from recollect.registry import registry
from recollect.testing import register_toys, run_checks
from recollect.testing.stream_checks import ALWAYS_CHECKED, REGISTERED_CHECKS, StreamSubject, walk
from recollect.testing.toy_batches import ToyBlobs, ToyOracle
from recollect.testing.toy_streams import ToyCorridor, ToyGoals, ToyLoggedCorridor
from recollect.testing.toy_vector import ToyCorridorVector

register_toys()


class TasksInAString(ToyCorridor):
    def __init__(self, **options):
        super().__init__(**options)
        self.tasks = "ab"


class FloatObservations(ToyCorridor):
    def reset(self, *, seed=None, options=None):
        obs, info = super().reset(seed=seed, options=options)
        return obs.astype(np.float64), info

    def step(self, action):
        obs, *rest = super().step(action)
        return (obs.astype(np.float64), *rest)


class MoreInfoFromStep(ToyCorridor):
    def step(self, action):
        *rest, info = super().step(action)
        return (*rest, info | {"speed": 1.0})


class OneBuffer(ToyCorridor):
    def reset(self, *, seed=None, options=None):
        obs, info = super().reset(seed=seed, options=options)
        self.buffer = np.tile(obs, 2)
        return self.buffer[:5], info

    def step(self, action):
        obs, *rest = super().step(action)
        self.buffer[:5] = obs
        return (self.buffer[0:5], *rest)


class ForgetsTheCommand(ToyCorridor):
    def choose(self, options):
        super().choose(options)
        if not options and self.commanded:
            self.task = 0


class RunsOverBoundaries(ToyCorridor):
    def count(self, steps=1):
        super().count(steps)
        return False


class RecordsViews(ToyCorridor):
    def record(self, obs, act, rew, obs_next, terminated, truncated, info):
        return super().record(obs, act, rew, obs_next, terminated, truncated, info) | {"obs": obs}


class RecordsNoNext(ToyCorridor):
    def record(self, *step):
        rows = super().record(*step)
        del rows["obs_next"]
        return rows


class DoublePrecisionTask(ToyBlobs):
    def data(self, task, split="train"):
        rows = super().data(task, split)
        return rows | {"x": rows["x"].astype(np.float64)} if task else rows


class ScoresOneTask(ToyBlobs):
    def score(self, agent, tasks, **options):
        return super().score(agent, tasks[:1], **options)


class LosesALoss(ToyBlobs):
    def measure(self, rows, predicted):
        return {"accuracy": super().measure(rows, predicted)["accuracy"]}


class Remembers(ToyCorridor):
    steps = 0

    def step(self, action):
        obs, rew, *rest = super().step(action)
        self.steps += 1
        return (obs, rew + 0.01 * (self.steps > 6), *rest)


class PastTheHorizon(ToyCorridor):
    def __init__(self, **options):
        super().__init__(**options)
        self.horizon = None
        super().__init__(**options)
        self.told, self.horizon = 2, None

    @property
    def horizon(self):
        return getattr(self, "told", None)

    @horizon.setter
    def horizon(self, value):
        pass

    def step(self, action):
        obs, rew, ends, _, info = super().step(action)
        return obs, rew, ends, info["boundary"], info


BROKEN = {
    TasksInAString: {"declares_itself"},
    FloatObservations: {"gymnasium_accepts_it"},
    MoreInfoFromStep: {"info_keys_are_the_same"},
    OneBuffer: {"gymnasium_accepts_it", "nothing_is_handed_out_twice"},
    ForgetsTheCommand: {"commanded_tasks_stay"},
    RunsOverBoundaries: {"boundaries_truncate"},
    RecordsViews: {"record_is_pure"},
    RecordsNoNext: {"record_is_pure"},
    DoublePrecisionTask: {"data_serves_the_schema"},
    ScoresOneTask: {"scores_every_task"},
    LosesALoss: {"scores_every_task"},
    Remembers: {"deterministic_where_it_says_so"},
    PastTheHorizon: {"horizon_is_kept"},
}


class LanesFromElsewhere(ToyCorridorVector):
    def reset(self, *, seed=None, options=None):
        obs, infos = super().reset(seed=seed, options=options)
        return obs + 1, infos


@pytest.mark.parametrize(
    "cls", [ToyCorridor, ToyLoggedCorridor, ToyGoals, ToyBlobs, ToyOracle], ids=lambda c: c.__name__
)
def test_sound_streams_pass(cls):
    assert [str(result) for result in run_checks("stream", cls) if not result.ok] == []


@pytest.mark.parametrize("cls", BROKEN, ids=lambda cls: cls.__name__)
def test_broken_streams_fail_the_check_that_is_meant(cls):
    assert {result.check for result in run_checks("stream", cls) if not result.ok} == BROKEN[cls]


def test_every_check_can_fail():
    caught = set().union(*BROKEN.values())
    assert {check.__name__.removeprefix("check_") for check in ALWAYS_CHECKED} == caught


@pytest.fixture
def broken_lanes():
    id = "recollect/ToyBrokenLanes-v0"
    gymnasium.register(
        id, entry_point=ToyCorridor, vector_entry_point=LanesFromElsewhere, kwargs={"horizon": 8}, nondeterministic=True
    )
    yield id
    del gymnasium.registry[id]


def test_registered_streams_are_also_checked_by_their_spec(broken_lanes):
    subject = StreamSubject(lambda **options: gymnasium.make(broken_lanes, **options), broken_lanes)
    spec_round_trip, native_lanes_agree = REGISTERED_CHECKS
    with pytest.raises(AssertionError, match="lane 0 starts otherwise than a single stream"):
        native_lanes_agree(subject)
    with pytest.raises(ValueError, match="serialising callables"):
        spec_round_trip(subject)
    with pytest.raises(AssertionError, match="deterministic=False goes with"):
        ALWAYS_CHECKED[0](subject)


def test_names_get_the_checks_of_registered_streams():
    names = {result.check: result for result in run_checks("stream", "recollect/ToyCorridorVector-v0")}
    assert names["native_lanes_agree"].ok
    assert names["spec_round_trip"].ok
    assert registry.entry("stream", "recollect/ToyCorridorVector-v0").options["vector_entry_point"]


def test_walk_resets_when_an_episode_ends():
    steps = list(walk(ToyCorridor(), 12, seed=0, options={"task": 0}))
    starts = [i for i, step in enumerate(steps) if step[-1] is not None]
    ends = [i for i, step in enumerate(steps) if step[4] or step[5]]
    assert starts == [0, *(end + 1 for end in ends if end < 11)]
    assert len(ends) >= 2
