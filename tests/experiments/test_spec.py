"""One run as JSON: what is refused before it runs, and that it runs, resumes and is read under one call."""

from dataclasses import replace

import numpy as np
import pytest

import recollect
from recollect.errors import CheckpointError, OptionError, UnknownName
from recollect.experiments.spec import RunSpec, differences
from recollect.testing.toys import register_toys

register_toys()
SPEC = RunSpec(
    "recollect/ToyBlobs-v0", "toy-means", "toy-nearest", 12, stream_options={"batch": 5}, run={"passes": 2}, seed=3
)


def test_it_comes_back_from_json():
    assert RunSpec.from_json(SPEC.as_json()) == SPEC
    assert RunSpec.from_json({"stream": "a", "agent": "b"}) == RunSpec("a", "b")
    assert RunSpec("a", "b", options={"hidden": (3, 4), "lr": np.float32(0.5)}).options == {"hidden": [3, 4], "lr": 0.5}


def test_keys_and_types_are_checked():
    with pytest.raises(UnknownName, match="key of a run: 'replays' does not exist. Did you mean replay"):
        RunSpec.from_json({"stream": "a", "agent": "b", "replays": "fifo"})
    with pytest.raises(OptionError, match="a run needs stream and agent, got only seed"):
        RunSpec.from_json({"seed": 3})
    for key, value in (("capacity", "many"), ("options", [1]), ("seed", 0.5), ("replay", 3), ("run", None)):
        with pytest.raises(OptionError, match=f"{key} of a run must be .*, got"):
            replace(SPEC, **{key: value})
    with pytest.raises(OptionError, match="capacity of a run must be at least 1, got 0"):
        replace(SPEC, capacity=0)


WRONG = [
    ({"agent": "toy-mean"}, "agent 'toy-mean' does not exist. Did you mean toy-means"),
    ({"replay": "toy-nearset"}, "Did you mean toy-nearest"),
    ({"penalty": "l3"}, "Did you mean l2"),
    ({"stream": "recollect/ToyBlob-v0"}, "Did you mean recollect/ToyBlobs-v0"),
    ({"stream_options": {"batches": 2}}, "Did you mean batch"),
    ({"stream_options": {"batch": "two"}}, "batch of stream .* must be int, got 'two'"),
    ({"options": {"lr": 0.1}}, "option of agent 'toy-means': 'lr' does not exist"),
    ({"options": {"capacity": 3}}, "capacity is no option of agent 'toy-means'"),
    ({"replay_options": {"by": "task"}}, "option of replay 'toy-nearest': 'by' does not exist"),
    ({"penalty_options": {"strength": 1}}, "without a penalty"),
    ({"run": {"pases": 2}}, "keyword of run: 'pases' does not exist. Did you mean passes"),
    ({"run": {"seed": 2}}, "keyword of run: 'seed' does not exist"),
    ({"run": {"passes": 0}}, "passes must be a whole number of at least 1, got 0"),
    ({"run": {"num_envs": 2}}, "ToyBlobs is batched: leave num_envs at 1"),
    ({"run": {"schedule": [0, 9]}}, "9"),
    ({"agent": "toy-q"}, "agent 'toy-q' learns from TRANSITION records"),
    ({"replay": "balanced-by-task", "run": {"announce_tasks": False}}, "replay BalancedByTask reads the field task"),
    ({"stream": "recollect/ToyCorridor-v0", "agent": "toy-q", "stream_options": {}, "run": {}}, "no steps_per_task"),
]


@pytest.mark.parametrize(("changes", "said"), WRONG)
def test_whatever_cannot_run_is_told_before(changes, said):
    with pytest.raises(AssertionError, match=said):
        raise AssertionError(replace(SPEC, **changes).check())


def test_what_can_run_is_not_told_off():
    assert SPEC.check() is None
    assert replace(SPEC, replay=None, penalty="l2", penalty_options={"strength": 0.1}).check() is None


def test_it_runs_and_the_same_call_reads_it_again(tmp_path):
    stream, agent = SPEC.build()
    expected = recollect.run(stream, agent, seed=3, passes=2)
    assert SPEC.execute(tmp_path / "a") == expected
    before = (tmp_path / "a/history.npz").stat().st_mtime_ns
    assert SPEC.execute(tmp_path / "a") == expected
    assert (tmp_path / "a/history.npz").stat().st_mtime_ns == before


class Stop:
    """Interrupts at a step."""

    def recollect_step_end(self, step):
        if step == 9:
            raise KeyboardInterrupt


def test_an_interrupted_run_goes_on(tmp_path):
    spec = replace(SPEC, run={"passes": 2, "checkpoint_seconds": 0})
    with pytest.raises(KeyboardInterrupt):
        spec.execute(tmp_path / "a", plugins=[Stop()])
    assert (tmp_path / "a/LATEST").read_text() == "checkpoint-8"
    spec.execute(tmp_path / "a")
    spec.execute(tmp_path / "b")
    assert (tmp_path / "a/history.npz").read_bytes() == (tmp_path / "b/history.npz").read_bytes()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 4}, "settings.seed is 3 there and 4 here"),
        ({"capacity": 13}, "agent.capacity is 12 there and 13 here"),
        ({"stream_options": {"batch": 3}}, "stream.kwargs.batch is 5 there and 3 here"),
    ],
)
def test_the_folder_of_another_run_is_refused(tmp_path, changes, said):
    SPEC.execute(tmp_path / "a")
    with pytest.raises(CheckpointError, match=f"holds another run: {said}"):
        replace(SPEC, **changes).execute(tmp_path / "a")


def test_differences_are_named_by_their_place():
    there, here = {"a": {"b": 1, "c": [1, 2]}, "d": 0}, {"a": {"b": 2, "c": [1, 2]}, "e": "x"}
    assert differences(there, here) == [
        "a.b is 1 there and 2 here",
        "d is 0 there and None here",
        "e is None there and 'x' here",
    ]
    assert differences(there, there) == []
