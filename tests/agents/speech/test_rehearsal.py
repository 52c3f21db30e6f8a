import gymnasium
import numpy as np
import pytest

import recollect
from recollect.errors import OptionError
from recollect.rows import num_rows


@pytest.fixture(scope="module")
def stream():
    return gymnasium.make("recollect/SpokenCommands-v0")


def replayed_in_a_pass(stream, agent, task):
    data, counts, update = stream.unwrapped.data(task), [], agent.update

    def counting(new, replayed):
        counts.append(num_rows(replayed))
        return update(new, replayed)

    agent.update = counting
    for part in (agent, agent.replay):
        part.begin_task(task, data)
    met = {"task": np.full(num_rows(data), task), "step": np.zeros(num_rows(data), int)}
    for start in range(0, num_rows(data), 32):
        agent.learn({field: values[start : start + 32] for field, values in (data | met).items()})
    for part in (agent.replay, agent):
        part.end_task(task, data)
    agent.update = update
    return sum(counts)


@pytest.mark.parametrize("replay", ["herding", "balanced"])
def test_natural_mixing_replays_in_one_pass_as_many_rows_as_there_are_in_memory(stream, replay):
    filled = {"filled": "task-end"} if replay == "balanced" else {}
    agent = recollect.make_agent(
        "sequence-er", stream, replay=replay, capacity=6, replayed_per_new=None, width=8, replay_options=filled
    )
    assert agent.needs_tasks
    assert [replayed_in_a_pass(stream, agent, task) for task in (0, 1)] == [0, 6]


@pytest.mark.parametrize("replay", ["herding", "balanced", "ring-by-class", "greedy-balancer"])
def test_memories_share_slots_among_intents(stream, replay):
    agent = recollect.make_agent("sequence-er", stream, replay=replay, capacity=6, width=8)
    recollect.run(stream, agent, steps_per_task=3, schedule=[0, 1], evaluate_rows=2)
    intents, counts = np.unique(agent.replay.contents()["y"][:, 0], return_counts=True)
    assert len(intents) == 6
    assert counts.tolist() == [1] * 6


def test_a_fixed_share_needs_no_tasks(stream):
    agent = recollect.make_agent("sequence-er", stream, width=8)
    assert not agent.needs_tasks
    assert agent.replayed_per_new == 1.0
    with pytest.raises(OptionError, match="replayed_per_new must be at least 0, or None, got -1"):
        recollect.make_agent("sequence-er", stream, replayed_per_new=-1)


def test_joint_draws_from_all_tasks_met(stream):
    agent = recollect.make_agent("sequence-joint", stream, width=8)
    for task in (0, 1):
        agent.begin_task(task, stream.unwrapped.data(task))
    intents = set(agent.draw(72)["y"][:, 0])
    assert intents == {row for task in (0, 1) for row in stream.unwrapped.data(task)["y"][:, 0]}
    assert agent.update(stream.unwrapped.data(1), {})["loss"] > 0


def test_replay_forgets_less_than_finetuning_and_joint_is_best():
    stream = gymnasium.make("recollect/SpokenDigits-v0", tasks=2)
    scores = {}
    for name, replay in (("sequence-finetune", "none"), ("sequence-er", "balanced"), ("sequence-joint", "none")):
        agent = recollect.make_agent(name, stream, replay=replay, capacity=60, width=24, lr=1e-2, seed=0)
        history = recollect.run(stream, agent, passes=12, seed=0)
        scores[name] = history.scores["intent"][-1].mean()
    assert scores["sequence-er"] > scores["sequence-finetune"] + 0.05
    assert scores["sequence-joint"] > scores["sequence-finetune"] + 0.05
