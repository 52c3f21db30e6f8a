"""`run`, `resume` and `load`, as users call them."""

import gymnasium as gym
import numpy as np
import pytest
from living import corridor, short

import recollect
from recollect.errors import OptionError, SchemaError, StreamError, UnknownName
from recollect.testing.toy_streams import ToyCorridor

DIGITS = "recollect/SplitDigits-v0"


@pytest.mark.parametrize(
    "stream",
    [
        "recollect/ToyCorridor-v0",
        gym.spec("recollect/ToyCorridor-v0"),
        gym.make("recollect/ToyCorridor-v0"),
        ToyCorridor,
        lambda: gym.make("recollect/ToyCorridor-v0"),
    ],
    ids=["id", "spec", "env", "class", "callable"],
)
def test_whatever_a_stream_is_given_as_the_run_is_the_same(stream):
    assert short(stream) == short()


def test_the_made_env_that_is_given_is_not_stepped():
    env = gym.make("recollect/ToyCorridor-v0")
    obs, _ = env.reset(seed=1)
    short(env)
    after, *_ = env.step(1)
    assert after[2] == obs[2] + 1  # its own episode goes on


def test_the_same_seed_is_the_same_run_and_another_is_not():
    first, again, other = short(seed=1), short(seed=1), short(seed=2)
    assert first == again
    assert (first.scores["return"] != other.scores["return"]).any()


def test_global_random_states_are_left_alone():
    np.random.seed(0)
    before = np.random.get_state()[1].tolist()
    short()
    assert np.random.get_state()[1].tolist() == before


def test_all_tasks_are_scored_before_the_first_step_at_task_ends_and_in_between():
    history = short(evaluate_every=4)
    assert history.step.tolist() == [0, 4, 8, 10, 12, 16, 20]
    assert history.ended.tolist() == [False, False, False, True, False, False, True]
    assert history.task.tolist() == [-1, 0, 0, 0, 1, 1, 1]
    assert history.position.tolist() == [-1, 0, 0, 0, 1, 1, 1]
    assert history.updates.tolist()[-1] == 16  # 20 rows, 4 of them before the memory was warm


def test_several_scores_with_directions():
    stream = gym.make("recollect/ToyBlobs-v0")
    history = recollect.run(stream, recollect.make_agent("toy-means", stream))
    assert history.directions == {"accuracy": "max", "loss": "min"}
    assert history.scores["loss"].shape == history.scores["accuracy"].shape == (3, 2)
    assert recollect.metric("accuracy")(history, score="loss") < history.scores["loss"][0].mean()


def test_the_order_at_task_boundaries():
    heard = []

    def hearing(part, name):
        begin, end = part.begin_task, part.end_task
        part.begin_task = lambda task, data: (heard.append(f"{name} begins {task}"), begin(task, data))
        part.end_task = lambda task, data: (heard.append(f"{name} ends {task}"), end(task, data))

    class Listener:
        def recollect_task_start(self, task):
            heard.append(f"hook begins {task}")

        def recollect_task_end(self, task):
            heard.append(f"hook ends {task}")

        def recollect_evaluated(self, step):
            heard.append(f"evaluated {step}")

    stream = gym.make(DIGITS, tasks=2)
    agent = recollect.make_agent("er", stream, penalty="l2")
    for part, name in ((agent, "agent"), (agent.replay, "replay"), (agent.penalty, "penalty")):
        hearing(part, name)
    recollect.run(stream, agent, steps_per_task=1, plugins=[Listener()])
    begin = ["agent begins {}", "penalty begins {}", "replay begins {}", "hook begins {}"]
    end = ["replay ends {}", "agent ends {}", "penalty ends {}", "evaluated {}", "hook ends {}"]
    expected = [line.format(0) for line in begin] + ["evaluated 0"]
    expected += [line.format(1 if "evaluated" in line else 0) for line in end]
    expected += [line.format(1) for line in begin]
    expected += [line.format(2 if "evaluated" in line else 1) for line in end]
    assert heard == expected


def test_data_reaches_the_parts_at_task_boundaries():
    given = []
    stream = gym.make("recollect/ToyBlobs-v0")
    agent = recollect.make_agent("toy-means", stream)
    agent.replay.end_task = lambda task, data: given.append((task, data["y"].tolist()))
    recollect.run(stream, agent)
    assert given == [(task, stream.unwrapped.data(task)["y"].tolist()) for task in (0, 1)]


def test_an_agent_made_for_another_stream_is_refused():
    agent = recollect.make_agent("er", gym.make(DIGITS))
    with pytest.raises(SchemaError, match="agent 'er' learns from SAMPLE records, not from the TRANSITION"):
        recollect.run("recollect/ToyCorridor-v0", agent, steps_per_task=3)
    with pytest.raises(SchemaError, match="the agent was made for observation_space .* make it on this stream"):
        recollect.run(gym.make(DIGITS, batch_size=7), agent)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"num_envs": 0}, "num_envs must be a whole number of at least 1, got 0"),
        ({"passes": 1.5}, "passes must be a whole number of at least 1, got 1.5"),
        ({"evaluate_every": 0}, "evaluate_every must be a whole number of at least 1, got 0"),
        ({"evaluate_episodes": None}, "evaluate_episodes must be a whole number"),
        ({"evaluate_rows": True}, "evaluate_rows must be a whole number"),
        ({"steps_per_task": 0}, "steps_per_task must be a whole number of at least 1"),
        ({"steps_per_task": [1, 2, 3]}, "or 2 of them"),
        ({"seed": -1}, "seed must be a whole number of at least 0 and below"),
        ({"checkpoint_seconds": -1}, "checkpoint_seconds must be a number of at least 0"),
        ({"checkpoint_seconds": True}, "checkpoint_seconds must be a number of at least 0"),
        ({"announce_tasks": "no"}, "announce_tasks must be True or False"),
    ],
)
def test_settings_that_cannot_be_used(settings, message):
    with pytest.raises(OptionError, match=message):
        short(**settings)


def test_an_unknown_schedule_names_the_near_one():
    with pytest.raises(UnknownName, match="Did you mean cyclic"):
        short(schedule="cylic")


def test_an_env_without_a_spec_says_to_pass_a_callable():
    with pytest.raises(StreamError, match="ToyCorridor has no spec.*pass a callable"):
        short(ToyCorridor())


def test_a_plain_gymnasium_env_points_to_stream_from():
    with pytest.raises(StreamError, match="CartPole-v1 is a Gymnasium env but not a task stream.*stream_from"):
        short("CartPole-v1")


def test_something_else_is_not_an_agent_or_a_folder():
    with pytest.raises(SchemaError, match="run takes an agent, such as make_agent gives, got 'er'"):
        recollect.run("recollect/ToyCorridor-v0", "er", steps_per_task=1)
    with pytest.raises(OptionError, match="directory must be a path or None, got 3"):
        short(directory=3)


def test_something_else_is_not_a_stream():
    with pytest.raises(StreamError, match="a stream is an env id, an EnvSpec, an env or a callable, got int"):
        short(7)


@pytest.mark.parametrize("wrong", [{"directory": "taken"}, {"announce_tasks": None}, {"schedule": "drifted"}])
def test_a_refused_run_leaves_no_env_open(wrong, tmp_path):
    opened, closed = [], []

    class Counted(ToyCorridor):
        def __init__(self):
            super().__init__()
            opened.append(self)

        def close(self):
            closed.append(self)

    if "directory" in wrong:
        (tmp_path / "file").write_text("")
        wrong = {"directory": tmp_path}
    with pytest.raises(recollect.RecollectError):
        short(Counted, num_envs=3, **wrong)
    assert len(opened) == len(closed)
    opened.clear()
    closed.clear()
    short(Counted, num_envs=3)
    assert len(opened) == len(closed) == 5
    recollect.evaluate(Counted, corridor(), episodes=1)
    assert len(opened) == len(closed) == 6
