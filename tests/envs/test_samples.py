from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest

from recollect.envs.division import divide
from recollect.envs.samples import Samples
from recollect.errors import OptionError, StreamError, UnknownName

N, C = 48, 6  # row i has x = [i, 0], label i % 6, and (with 3 tasks) task i % 6 // 2


@pytest.fixture
def division():
    x = np.stack([np.arange(N), np.zeros(N)], axis=1).astype(np.float32)
    rows = {"x": x, "y": np.arange(N) % C}
    return divide(rows, tasks=3, test_fraction=0.25)  # 12 rows to learn and 4 to test in every task


def play(stream, batches, **reset):
    """Task, boundary and truncation of every step, resetting whenever an episode ends."""
    stream.reset(**reset)
    seen = []
    for _ in range(batches):
        _, _, terminated, truncated, info = stream.step(stream.action_space.sample())
        assert not terminated
        seen.append((info["task"], info["boundary"], truncated))
        if truncated:
            stream.reset()
    return seen


@pytest.mark.parametrize("scenario", ["class", "domain", "task"])
def test_gymnasium_conformance(division, scenario, conform):
    conform(Samples(division, scenario=scenario, batch_size=5))


def test_conformance_of_images(conform):
    x = np.random.default_rng(0).integers(256, size=(40, 4, 4, 3)).astype(np.uint8)
    stream = Samples(divide({"x": x, "y": np.arange(40) % 4}, tasks=2), batch_size=3)
    conform(stream)
    assert stream.observation_space == gymnasium.spaces.Box(0, 255, (3, 4, 4, 3), np.uint8)
    assert stream.data(0)["x"].dtype == np.uint8


def test_spaces_are_as_narrow_as_the_rows(division):
    stream = Samples(division, batch_size=5)
    assert stream.observation_space == gymnasium.spaces.Box(0, N - 1, (5, 2), np.float32)
    assert stream.action_space == gymnasium.spaces.MultiDiscrete([C] * 5)
    assert Samples(division, scenario="domain", batch_size=5).action_space.nvec.tolist() == [2] * 5


def test_data_of_each_scenario(division):
    for scenario in ("class", "task"):
        rows = Samples(division, scenario=scenario).data(1)
        assert rows["x"].dtype == np.float32
        assert rows["y"].dtype == np.int64
        assert np.array_equal(rows["y"], rows["x"][:, 0] % C)
        assert set(rows["y"]) == {2, 3}
    within = Samples(division, scenario="domain").data(1, "test")
    assert np.array_equal(within["y"], within["x"][:, 0] % 2)
    assert len(within["y"]) == 4


def test_a_pass_shows_every_row_and_rewards_accuracy(division):
    stream = Samples(division, batch_size=4)
    obs, info = stream.reset(seed=3, options={"task": 2})
    assert info["target"].tolist() == [-1] * 4
    met, rewards, truncated = [], [], False
    while not truncated:
        right = (obs[:, 0] % C).astype(int)
        met.extend(obs[:, 0])
        guess = right.copy()
        guess[: len(rewards)] = 0  # one more mistake in every batch
        obs, rew, _, truncated, info = stream.step(guess)
        rewards.append(rew)
        assert np.array_equal(info["target"], right)
        assert info["score"] == pytest.approx(np.mean(rewards))
    assert rewards == [1.0, 0.75, 0.5]
    assert sorted(met) == sorted(division.x["train"][division.rows["train"][2], 0])
    assert not info["boundary"]


def test_the_last_batch_is_filled_from_the_next_order(division):
    stream = Samples(division, batch_size=7)
    first, _ = stream.reset(seed=0, options={"task": 0})
    second, _, _, truncated, _ = stream.step(np.zeros(7, int))
    assert not truncated
    assert stream.step(np.zeros(7, int))[3]  # ceil(12 / 7) = 2 batches
    met = np.concatenate([first, second])[:, 0]
    assert len(set(met[:12])) == 12


def test_seeds(division):
    stream = Samples(division, batch_size=6)
    first, again, other = (stream.reset(seed=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_same_info_from_reset_and_step_and_nothing_twice(division):
    stream = Samples(division, batch_size=4)
    obs, info = stream.reset(seed=0)
    obs_next, _, _, _, info_next = stream.step(np.zeros(4, int))
    assert {key: (type(value), np.shape(value)) for key, value in info.items()} == {
        key: (type(value), np.shape(value)) for key, value in info_next.items()
    }
    assert info["target"].dtype == info_next["target"].dtype == np.int64
    before = division.x["train"].copy()
    for array in (obs, obs_next, stream.data(0)["x"], info["target"], info_next["target"]):
        array[...] = 77
    assert np.array_equal(division.x["train"], before)
    assert set(stream.step(np.zeros(4, int))[4]["target"]) <= {0, 1}


def test_record_takes_the_labels_that_were_answered(division):
    stream = Samples(division, batch_size=4)
    obs, _ = stream.reset(seed=0)
    obs_next, rew, terminated, truncated, info = stream.step(np.zeros(4, int))
    rows = stream.record(obs, np.zeros(4, int), rew, obs_next, terminated, truncated, info)
    assert np.array_equal(rows["y"], rows["x"][:, 0] % C)


def test_a_commanded_task_is_sticky(division):
    stream = Samples(division, batch_size=12, steps_per_task=1)
    assert [task for task, _, _ in play(stream, 3, options={"task": 1})] == [1, 1, 1]
    obs, info = stream.reset(options={"split": "test"})
    assert info["task"] == 1
    assert set(obs[:, 0]) == set(stream.data(1, "test")["x"][:, 0])


def test_schedules_walked_alone(division):
    stream = Samples(division, batch_size=4, steps_per_task=[2, 4, 3])
    assert play(stream, 10) == [
        *[(0, False, False), (0, True, True)],  # the boundary comes before the end of the pass
        *[(1, False, False), (1, False, False), (1, False, True), (1, True, True)],  # passes of three batches
        *[(2, False, False), (2, False, False), (2, True, True)],
        (2, False, False),  # past the last position its task goes on
    ]
    cyclic = Samples(division, batch_size=4, steps_per_task=1, schedule={"kind": "cyclic", "cycles": 2})
    assert [task for task, _, _ in play(cyclic, 7)] == [0, 1, 2, 0, 1, 2, 2]


def test_a_blurred_schedule_draws_every_batch(division):
    stream = Samples(division, batch_size=4, steps_per_task=200, schedule={"kind": "blurred", "width": 0.5})
    seen = play(stream, 600, seed=0)
    assert [i for i, (_, _, truncated) in enumerate(seen) if truncated] == [199, 399, 599]
    tasks = np.array([task for task, _, _ in seen])
    assert set(tasks[:150]) == {0}  # the mixture reaches a quarter of a task to both sides of the boundary
    assert set(tasks[250:350]) == {1}
    # linear from none to one half, and from one half to none: a quarter on average
    assert tasks[150:200].mean() == pytest.approx(0.25, abs=0.12)
    assert 1 - tasks[200:250].mean() == pytest.approx(0.25, abs=0.12)


def test_observation_belongs_to_the_task_in_the_info(division):
    stream = Samples(division, batch_size=4, steps_per_task=40, schedule={"kind": "blurred", "width": 1.0})
    obs, info = stream.reset(seed=0)
    for _ in range(119):
        assert set(obs[:, 0] % C // 2) == {info["task"]}
        obs, _, _, truncated, info = stream.step(np.zeros(4, int))
        if truncated:
            obs, info = stream.reset()


def test_task_scenario_compares_within_the_task(division):
    stream = Samples(division, scenario="task")
    rows = {"task": np.array([0, 1, 1, 2]), "y": np.array([1, 3, 3, 4])}
    logits = np.array(
        [
            [0.0, 1.0, 9.0, 0.0, 0.0, 0.0],  # the 9 is of another task: 1, right
            [9.0, 0.0, 0.0, 1.0, 0.0, 0.0],  # 3, right
            [0.0, 0.0, 2.0, 1.0, 0.0, 0.0],  # 2, wrong
            [5.0, 5.0, 5.0, 5.0, -1.0, -2.0],  # 4, right
        ]
    )
    predicted = {"y": logits.argmax(1), "logits": logits}
    assert stream.measure(rows, predicted)["accuracy"].tolist() == [1, 1, 0, 1]
    assert Samples(division).measure(rows, predicted)["accuracy"].tolist() == [0, 0, 0, 0]
    with pytest.raises(StreamError, match="must return logits"):
        stream.measure(rows, {"y": np.zeros(4, int)})


def test_score(division):
    def predict(rows):
        assert set(rows) == {"x", "task"}
        assert len(set(rows["task"])) == 3  # tasks are mixed
        return {"y": np.where(rows["task"] == 2, 0, rows["x"][:, 0].astype(int) % C)}

    found = Samples(division).score(SimpleNamespace(predict=predict), [0, 1, 2], episodes=None, seed=0)
    assert found["accuracy"].tolist() == [1.0, 1.0, 0.0]


def test_bad_options(division):
    with pytest.raises(UnknownName, match=r"scenario 'clas' does not exist\. Did you mean class"):
        Samples(division, scenario="clas")
    for batch_size in (0, 2.5, True):
        with pytest.raises(OptionError, match="batch_size must be a whole number of rows"):
            Samples(division, batch_size=batch_size)
    with pytest.raises(UnknownName, match="Did you mean split"):
        Samples(division).reset(options={"splits": "test"})
