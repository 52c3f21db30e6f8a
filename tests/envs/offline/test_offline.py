import gymnasium as gym
import numpy as np
import pytest

import recollect
from recollect.core import TaskStream
from recollect.errors import DataError, OptionError, StreamError, UnknownName
from recollect.testing import register_toys

register_toys()
STREAM, PENDULUMS, CORRIDOR = "recollect/Offline-v0", "recollect/Sequence-v0", "recollect/ToyCorridor-v0"


def twin(**options):
    return gym.make(STREAM, **{"stream": PENDULUMS} | options)


def test_it_is_the_stream_with_rows(log):
    rows = log("lab/both-v0")
    stream, lived = twin(dataset="lab/both-v0"), gym.make(PENDULUMS).unwrapped
    inner = stream.unwrapped
    for name in ("tasks", "scores", "horizon", "observation_space", "action_space", "deterministic"):
        assert getattr(inner, name) == getattr(lived, name), name
    assert np.array_equal(inner.data(1)["obs"], rows["obs"][30:])
    assert "task" not in inner.data(1)
    assert inner.data(1, "test") is None
    assert lived.data(1) is None


def test_its_episodes_are_those_of_the_stream():
    stream, lived = twin(), gym.make(PENDULUMS)
    for env in (stream, lived):
        env.reset(seed=3, options={"task": 1, "split": "test"})
    for act in (0.5, -2.0):
        mine, its = (env.step(np.array([act], np.float32)) for env in (stream, lived))
        assert np.array_equal(mine[0], its[0])
        assert mine[1:] == its[1:]


def test_a_list_has_a_dataset_for_each_task(log):
    first, second = log("lab/heavy-v0", tasks=(0,)), log("lab/light-v0", tasks=(1,), tagged=False, steps=12)
    inner = twin(dataset=["lab/heavy-v0", "lab/light-v0"]).unwrapped
    assert np.array_equal(inner.data(0)["obs"], first["obs"])
    assert np.array_equal(inner.data(1)["obs"], second["obs"])
    with pytest.raises(DataError, match="task_id is 1 or .*; it has 0"):
        twin(dataset=["lab/heavy-v0", "lab/heavy-v0"])


def test_random_play_is_seeded_and_different_in_every_task():
    one, same, other = twin(rows_per_task=15), twin(rows_per_task=15), twin(rows_per_task=15, seed=1)
    rows = one.unwrapped.data(0)
    assert len(rows["rew"]) == 15
    assert "task" not in rows
    assert rows["truncated"].tolist() == [False] * 14 + [True]
    assert np.array_equal(rows["obs"], same.unwrapped.data(0)["obs"])
    assert not np.array_equal(rows["obs"], other.unwrapped.data(0)["obs"])
    assert not np.array_equal(rows["act"], one.unwrapped.data(1)["act"])
    with pytest.raises(ValueError, match="read-only"):
        rows["rew"][0] = 0


def test_reading_the_rows_does_not_disturb_an_episode():
    stream, other = twin(rows_per_task=5), twin(rows_per_task=5)
    for env in (stream, other):
        env.reset(seed=1)
    stream.unwrapped.data(0)
    act = np.zeros(1, np.float32)
    assert np.array_equal(stream.step(act)[0], other.step(act)[0])


def test_learners_read_and_evaluation_lives():
    stream = twin(stream=CORRIDOR, rows_per_task=40)
    agent = recollect.make_agent("toy-offline", stream, replay="fifo", capacity=100, seed=0)
    history = recollect.run(stream, agent, evaluate_episodes=2)
    tasks = len(history.tasks)
    assert (history.rows[-1], history.env_steps[-1]) == (40 * tasks, 0)
    lived = recollect.evaluate(CORRIDOR, agent, episodes=2, seed=3)
    assert recollect.evaluate(stream, agent, episodes=2, seed=3)["return"].tolist() == lived["return"].tolist()


def test_an_offline_learner_beats_its_data():
    stream = twin(stream=CORRIDOR, rows_per_task=200)
    agent = recollect.make_agent("toy-offline", stream, replay="fifo", capacity=1000, seed=0)
    rows = stream.unwrapped.data(0)
    random = rows["rew"].sum() / (rows["terminated"] | rows["truncated"]).sum()
    history = recollect.run(stream, agent, schedule=[0], evaluate_episodes=10)
    assert history.scores["return"][-1, 0] > random + 0.1


class OwnScore(TaskStream):
    """A stream that scores by itself."""

    tasks, scores, horizon = ("only",), {"luck": "max"}, 3
    observation_space, action_space = gym.spaces.Box(-1, 1, (1,)), gym.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.choose(options)
        return np.zeros(1, np.float32), self.info()

    def step(self, action):
        return np.zeros(1, np.float32), 0.0, False, True, self.info(boundary=self.count())

    def score(self, agent, tasks, *, episodes, seed, announce_tasks=True):
        return {"luck": np.full(len(tasks), 0.25)}


def test_a_stream_that_scores_by_itself_does():
    gym.register("lab/OwnScore-v0", OwnScore)
    stream = twin(stream="lab/OwnScore-v0", rows_per_task=4)
    agent = recollect.make_agent("toy-random", stream, replay="fifo", capacity=10)
    assert recollect.evaluate(stream, agent)["luck"].tolist() == [0.25]
    gym.registry.pop("lab/OwnScore-v0")


class Counted(gym.Wrapper):
    """Counts steps."""

    steps = 0

    def step(self, action):
        self.steps += 1
        return super().step(action)


def test_test_episodes_are_played_through_its_wrappers():
    stream = Counted(twin(stream=CORRIDOR))
    agent = recollect.make_agent("toy-random", stream, replay="fifo", capacity=10)
    recollect.evaluate(stream, agent, [0], episodes=2)
    assert stream.steps > 2
    assert stream.unwrapped.lived.split == "test"


def test_its_own_schedule_ends_tasks():
    stream = twin(steps_per_task=2)
    stream.reset(seed=0)
    act = np.zeros(1, np.float32)
    flags = []
    for _ in range(4):
        *_, truncated, info = stream.step(act)
        flags.append((info["task"], truncated, info["boundary"]))
        if truncated:
            stream.reset()
    assert flags == [(0, False, False), (0, True, True), (1, False, False), (1, True, True)]


def test_bad_inputs(log):
    log("lab/heavy-v0", tasks=(0,))
    with pytest.raises(StreamError, match="'recollect/Nowhere-v0' cannot be made"):
        twin(stream="recollect/Nowhere-v0")
    with pytest.raises(StreamError, match="has no task stream"):
        twin(stream="Pendulum-v1")
    with pytest.raises(StreamError, match="has SAMPLE records"):
        twin(stream="recollect/SplitDigits-v0")
    with pytest.raises(OptionError, match="lists 1 datasets for 2 tasks"):
        twin(dataset=["lab/heavy-v0"])
    with pytest.raises(DataError, match="`minari download lab/gone-v0`"):
        twin(dataset="lab/gone-v0")
    with pytest.raises(DataError, match="no episodes whose task_id is 1"):
        twin(dataset="lab/heavy-v0")
    log("lab/plain-v0", tasks=(0,), tagged=False)
    with pytest.raises(StreamError, match="has the observation space"):
        twin(stream=CORRIDOR, dataset=["lab/plain-v0"] * len(gym.make(CORRIDOR).unwrapped.tasks))
    with pytest.raises(OptionError, match="rows_per_task must be a whole number"):
        twin(rows_per_task=0)
    with pytest.raises(UnknownName):
        twin(stream=CORRIDOR).reset(options={"tsak": 1})
