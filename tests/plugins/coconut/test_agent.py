from copy import deepcopy

import gymnasium
import numpy as np
import pytest
import torch

import recollect
from recollect.agents.speech.listener import token_loss
from recollect.errors import OptionError
from recollect.rows import take
from recollect.testing.comparison import difference, through_checkpoint

OFF = {"nspt": 0.0, "mm": 0.0}


@pytest.fixture(scope="module")
def stream():
    return gymnasium.make("recollect/SpokenCommands-v0")


def after_a_task(stream, **options):
    """An agent at the beginning of the second task, new rows and replayed ones."""
    agent = recollect.make_agent("coconut", stream, capacity=6, width=8, points=4, teacher_beam=2, **options)
    data = [stream.unwrapped.data(task) for task in (0, 1)]
    met = [
        take(one, np.arange(0, 36, 3)) | {"task": np.full(12, i), "step": np.zeros(12, int)}
        for i, one in enumerate(data)
    ]
    for part in (agent, agent.replay):
        part.begin_task(0, data[0])
    agent.learn(met[0])
    for part in (agent.replay, agent):
        part.end_task(0, data[0])
    for part in (agent, agent.replay):
        part.begin_task(1, data[1])
    return agent, met[1], agent.replay.sample(4)


def test_without_weights_it_is_sequence_er_to_the_bit(stream):
    histories = []
    for name, options in (("sequence-er", {"replayed_per_new": None}), ("coconut", OFF)):
        agent = recollect.make_agent(name, stream, replay="herding", capacity=9, width=8, **options)
        histories.append(recollect.run(stream, agent, steps_per_task=3, evaluate_rows=6))
    assert histories[0] == histories[1]


@pytest.mark.parametrize("name", ["nspt", "mm", "s_kd", "t_kd", "audio_kd"])
def test_every_part_is_added_by_its_weight(stream, name):
    agent, new, replayed = after_a_task(stream, **OFF | {name: 0.7})
    for _ in range(3):
        agent.update(new, {})  # away from the teacher
    y = agent.gather("y", [new, replayed])
    plain = token_loss(agent.network(agent.gather("x", [new, replayed]), y), y).item()
    logged = agent.update(new, replayed)
    assert logged.keys() == {"loss", "rehearsed", name}
    assert logged["rehearsed"] == 4
    assert logged[name] > 0
    assert logged["loss"] == pytest.approx(plain + 0.7 * logged[name], rel=1e-4)


def test_the_first_task_has_no_teacher_and_batches_without_rehearsal_no_nspt(stream):
    agent = recollect.make_agent("coconut", stream, width=8, points=4)
    assert agent.update(stream.unwrapped.data(0), {}).keys() == {"loss", "rehearsed", "mm"}
    agent, new, replayed = after_a_task(stream)
    assert "nspt" not in agent.update(new, {})
    assert "mm" not in agent.update({}, replayed)
    assert agent.update({}, {}) == {}


def test_the_teacher_is_the_network_of_the_last_task_with_its_maps_and_does_not_learn(stream):
    agent, new, replayed = after_a_task(stream, s_kd=1.0, t_kd=1.0, audio_kd=1.0)
    old = deepcopy(agent.teacher.tensors)
    assert set(agent.teacher.tensors) == {"network", "of_audio", "of_text"}
    for mine, its in zip(agent.of_audio.parameters(), agent.teacher.twin.of_audio.parameters(), strict=True):
        assert torch.equal(mine, its)
        assert not its.requires_grad
    agent.update(new, replayed)
    for part, tensors in agent.teacher.tensors.items():
        assert all(torch.equal(tensor, old[part][name]) for name, tensor in tensors.items())
    assert not torch.equal(agent.of_audio.weight, agent.teacher.twin.of_audio.weight)  # the student has moved
    assert not torch.equal(agent.of_text.weight, agent.teacher.twin.of_text.weight)


def test_the_mean_divides_the_sum_by_the_anchors(stream):
    agent, new, replayed = after_a_task(stream, reduction="mean")
    agent.loss(new, replayed)
    mean = dict(agent.parts)
    agent.reduction = "sum"
    agent.loss(new, replayed)
    assert agent.parts == pytest.approx({"mm": 12 * mean["mm"], "nspt": 4 * mean["nspt"]}, rel=1e-5)


def test_ntpt_is_another_loss(stream):
    agent, new, replayed = after_a_task(stream)
    agent.loss(new, replayed)
    student = agent.parts["nspt"]
    agent.negatives = "teacher"
    agent.loss(new, replayed)
    assert agent.parts["nspt"] != pytest.approx(student, rel=1e-3)


def test_words_are_what_stands_between_separator_and_end(stream):
    agent = recollect.make_agent("coconut", stream, width=8)
    table = agent.network.decoder.embedding.weight
    found = agent.words(torch.tensor([[5, 2, 20, 30, 1, 0], [6, 2, 40, 1, 0, 0]]))
    assert torch.allclose(found, torch.stack([(table[20] + table[30]) / 2, table[40]]), atol=1e-6)


@pytest.mark.parametrize(
    "options",
    [{"nspt": -1}, {"mm": -0.1}, {"temperature": 0}, {"negatives": "both"}, {"reduction": "max"}, {"points": 0}],
)
def test_options_out_of_range_are_refused(stream, options):
    with pytest.raises(OptionError, match=f"{next(iter(options))}.* must be"):
        recollect.make_agent("coconut", stream, **options)


def test_a_resumed_agent_has_the_same_teacher_and_goes_on_to_the_bit(stream):
    agent, new, replayed = after_a_task(stream, s_kd=1.0, audio_kd=1.0)
    agent.update(new, replayed)
    again = recollect.make_agent(
        "coconut", stream, capacity=6, width=8, points=4, teacher_beam=2, s_kd=1.0, audio_kd=1.0, seed=5
    )
    again.load_state_dict(through_checkpoint(agent.state_dict()))
    assert again.replayed_per_new == agent.replayed_per_new == 6 / 36
    assert again.update(new, replayed) == agent.update(new, replayed)
    assert again.update(new, replayed)["nspt"] > 0
    assert difference(agent.state_dict()["parts"]["teacher"], again.state_dict()["parts"]["teacher"]) == ""
