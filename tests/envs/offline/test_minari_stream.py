import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

import recollect
from recollect.errors import DataError, OptionError, StreamError, UnknownName
from recollect.logs.reading import open_dataset
from recollect.testing import register_toys

register_toys()
STREAM = "recollect/Minari-v0"


@pytest.fixture
def plain():
    return gym.make("Pendulum-v1", g=5.0)


def gravity(stream, task):
    stream.reset(options={"task": task})
    return stream.unwrapped.env.unwrapped.g


def test_each_dataset_is_a_task(log, plain):
    first = log("lab/a-v0", tagged=False, env=plain, steps=20)
    log("lab/b-v0", tagged=False, env=gym.make("Pendulum-v1"), steps=10)
    stream = gym.make(STREAM, dataset_ids=["lab/a-v0", "lab/b-v0"])
    inner = stream.unwrapped
    assert inner.tasks == ("lab/a-v0", "lab/b-v0")
    assert inner.scores == {"return": "max"}
    assert inner.horizon == 200
    rows = inner.data(0)
    assert all(np.array_equal(rows[field], first[field]) for field in rows)
    assert "task" not in rows
    assert inner.data(0, "test") is None
    assert (gravity(stream, 0), gravity(stream, 1)) == (5.0, 10.0)


def test_each_task_id_of_a_single_dataset_is_a_task(log):
    rows = log("lab/both-v0")
    stream = gym.make(STREAM, dataset_ids=["lab/both-v0"])
    assert stream.unwrapped.tasks == ("lab/both-v0 task 0", "lab/both-v0 task 1")
    assert np.array_equal(stream.unwrapped.data(1)["obs"], rows["obs"][30:])
    wrapped = stream.unwrapped
    stream.reset(options={"task": 1})
    assert wrapped.env.unwrapped.task == 1
    assert wrapped.env.unwrapped.env.unwrapped.g == 2.0
    with pytest.raises(StreamError, match="several tasks: take by='task_id'"):
        gym.make(STREAM, dataset_ids=["lab/both-v0"], by="dataset")


def test_two_recordings_of_one_task_stream(log):
    log("lab/heavy-v0", tasks=(0,))
    log("lab/light-v0", tasks=(1,))
    stream = gym.make(STREAM, dataset_ids=["lab/light-v0", "lab/heavy-v0"], names=["light", "heavy"])
    assert stream.unwrapped.tasks == ("light", "heavy")
    stream.reset(options={"task": 0})
    assert stream.unwrapped.env.unwrapped.task == 1


def test_task_ids_may_be_names(log):
    log("lab/both-v0")
    names = gym.make("recollect/Sequence-v0").unwrapped.tasks
    open_dataset("lab/both-v0").storage.update_episode_metadata([{"task_id": names[1]}, {"task_id": names[0]}])
    stream = gym.make(STREAM, dataset_ids=["lab/both-v0"])
    stream.reset(options={"task": 0})
    assert stream.unwrapped.env.unwrapped.task == sorted(names).index(names[0])


def test_it_is_logged_for_learning_and_lived_for_evaluation(log):
    log("lab/both-v0", reference=(-1500.0, -500.0))
    stream = gym.make(STREAM, dataset_ids=["lab/both-v0"])
    agent = recollect.make_agent("toy-random", stream, replay="fifo", capacity=100, seed=0)
    history = recollect.run(stream, agent, evaluate_episodes=1)
    assert (history.rows[-1], history.env_steps[-1]) == (60, 0)
    returns, normalised = history.scores["return"], history.scores["normalised"]
    assert (returns < -1).all()
    assert normalised == pytest.approx((returns + 1500) / 1000)
    alone = recollect.evaluate(stream, agent, [1], episodes=1, seed=4)
    assert alone["normalised"] == pytest.approx((alone["return"] + 1500) / 1000)


def test_normalised_needs_every_dataset(log, plain):
    log("lab/a-v0", tagged=False, env=plain, reference=(-1500.0, -500.0))
    log("lab/b-v0", tagged=False, env=plain)
    log("lab/c-v0", tagged=False, env=plain, reference=(-7.0, -7.0))
    for other in ("lab/b-v0", "lab/c-v0"):
        assert gym.make(STREAM, dataset_ids=["lab/a-v0", other]).unwrapped.scores == {"return": "max"}


def test_the_evaluation_environment_of_the_dataset_counts(log, plain):
    log("lab/a-v0", tagged=False, env=plain, eval_env=gym.make("Pendulum-v1", g=7.0))
    assert gravity(gym.make(STREAM, dataset_ids=["lab/a-v0"]), 0) == 7.0


def test_environments_can_be_given(log, plain):
    log("lab/a-v0", tagged=False, env=plain)
    log("lab/b-v0", tagged=False, env=plain.unwrapped.__class__())
    with pytest.raises(StreamError, match="'lab/b-v0' names no environment: say where to evaluate"):
        gym.make(STREAM, dataset_ids=["lab/a-v0", "lab/b-v0"])
    given = {"id": "Pendulum-v1", "kwargs": {"g": 3.0}}
    stream = gym.make(STREAM, dataset_ids=["lab/a-v0", "lab/b-v0"], env=[None, given])
    assert (gravity(stream, 0), gravity(stream, 1)) == (5.0, 3.0)
    again = gym.make(EnvSpec.from_json(stream.spec.to_json()))
    assert gravity(again, 1) == 3.0


@pytest.mark.parametrize("place", ["env", "eval_env"])
def test_code_that_a_dataset_names_is_not_run(log, plain, tmp_path, place):
    bad = gym.make("Pendulum-v1")
    bad.spec.entry_point, bad.spec.kwargs = "os:system", {"command": f"touch {tmp_path / 'ran'}"}
    log("lab/bad-v0", tagged=False, **{"env": plain} | {place: bad})
    with pytest.raises(StreamError, match="recorded in Pendulum-v1 from os:system, which is not registered so here"):
        gym.make(STREAM, dataset_ids=["lab/bad-v0"])
    assert not (tmp_path / "ran").exists()


def test_bad_inputs(log, plain):
    log("lab/a-v0", tagged=False, env=plain)
    log("lab/dim-v0", tagged=False, env=gym.make("Pendulum-v1"))
    for ids in ([], "lab/a-v0"):
        with pytest.raises(OptionError, match="dataset_ids must be a list"):
            gym.make(STREAM, dataset_ids=ids)
    with pytest.raises(DataError, match="`minari download lab/gone-v0`"):
        gym.make(STREAM, dataset_ids=["lab/a-v0", "lab/gone-v0"])
    with pytest.raises(UnknownName, match="task_id"):
        gym.make(STREAM, dataset_ids=["lab/a-v0"], by="taskid")
    with pytest.raises(StreamError, match="have no task_id; use by='dataset'"):
        gym.make(STREAM, dataset_ids=["lab/a-v0"], by="task_id")
    with pytest.raises(OptionError, match="2 environments for 1 datasets"):
        gym.make(STREAM, dataset_ids=["lab/a-v0"], env=["Pendulum-v1", "Pendulum-v1"])
    with pytest.raises(StreamError, match="has the observation space .*, the environment has"):
        gym.make(STREAM, dataset_ids=["lab/a-v0"], env="CartPole-v1")
