"""What follows from the keywords of `run`; bad values are in test_loop."""

import gymnasium as gym
import pytest

import recollect
from recollect.errors import SchemaError
from recollect.settings import Settings
from recollect.testing.toys import register_toys

register_toys()


def walk(stream, agent, env=None, **settings):
    env = gym.make(stream, **(env or {}))
    return Settings(**settings).walk(env.unwrapped, recollect.make_agent(agent, env))


def test_they_are_plain_data_and_come_back():
    settings = Settings(steps_per_task=[1, 2], schedule={"kind": "cyclic"}, seed=4)
    assert Settings(**settings.as_json()) == settings


def test_a_logged_task_takes_its_batches_times_the_passes():
    plan, own = walk("recollect/ToyBlobs-v0", "toy-means", passes=3)  # 24 rows in batches of 6
    assert (plan.budgets, own) == ([12, 12], False)


def test_steps_win_over_passes():
    plan, own = walk("recollect/ToyBlobs-v0", "toy-means", passes=3, steps_per_task=[5, 7])
    assert (plan.budgets, own) == ([5, 7], False)


def test_a_lived_stream_counts_its_own_env_steps():
    plan, own = walk("recollect/ToyCorridor-v0", "toy-q", {"steps_per_task": [30, 40], "schedule": [1, 0, 1]})
    assert (plan.budgets, own) == ([40, 30, 40], True)
    plan, own = walk("recollect/ToyCorridor-v0", "toy-q", {"steps_per_task": 30}, steps_per_task=9)
    assert (plan.budgets, own) == ([9, 9], False)


def test_the_shuffled_order_is_a_function_of_the_seed():
    orders = [
        walk("recollect/ToyCorridor-v0", "toy-q", {"num_tasks": 6}, steps_per_task=1, schedule="shuffled", seed=seed)[
            0
        ].order
        for seed in (0, 0, 1)
    ]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize("part", ["agent", "replay", "penalty"])
def test_hidden_tasks_are_refused_to_whoever_needs_them(part):
    env = gym.make("recollect/SplitDigits-v0")
    agent = recollect.make_agent("er", env, penalty="l2")
    agent.penalty.needs_tasks = False
    hidden = Settings(announce_tasks=False)
    hidden.check_hidden(agent, agent.replay, agent.penalty)
    target = agent if part == "agent" else getattr(agent, part)
    target.needs_tasks = True
    with pytest.raises(SchemaError, match=f"{part} {type(target).__name__} works at task boundaries"):
        hidden.check_hidden(agent, agent.replay, agent.penalty)
    target.needs_tasks, target.reads = False, ("task",)
    with pytest.raises(SchemaError, match=f"{part} {type(target).__name__} reads the field task"):
        hidden.check_hidden(agent, agent.replay, agent.penalty)
    Settings().check_hidden(agent, agent.replay, agent.penalty)
