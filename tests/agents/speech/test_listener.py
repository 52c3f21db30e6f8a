import gymnasium
import numpy as np
import pytest
import torch

import recollect
from recollect.agents.speech.listener import Listener, token_loss
from recollect.core import TaskStream
from recollect.errors import OptionError
from recollect.rows import take
from recollect.schema import END, PAD, SEPARATOR


@pytest.fixture(scope="module")
def stream():
    return gymnasium.make("recollect/SpokenCommands-v0")


def made(stream, **options):
    return recollect.make_agent("sequence-finetune", stream, width=16, **options)


def test_the_loss_is_the_mean_over_tokens_without_padding():
    logits = torch.tensor([[[0.0, 0.0], [0.0, 0.0], [9.0, 0.0]], [[0.0, 1.0], [5.0, 5.0], [9.0, 0.0]]])
    y = torch.tensor([[1, 1, PAD], [1, PAD, PAD]])
    expected = (2 * np.log(2) + np.log(1 + np.exp(-1))) / 3
    assert token_loss(logits, y).item() == pytest.approx(expected, rel=1e-6)


def test_rows_and_their_tokens_count_alike_new_or_replayed(stream):
    agent, data = made(stream), stream.unwrapped.data(0)
    parts = [take(data, np.arange(a, b)) for a, b in ((0, 5), (5, 8), (0, 8))]
    assert agent.loss(*parts[:2]).item() == pytest.approx(agent.loss(parts[2], {}).item(), rel=1e-5)
    assert agent.loss({}, parts[2]).item() == pytest.approx(agent.loss(parts[2], {}).item(), rel=1e-5)


def test_it_learns_to_write_down_a_few_clips(stream):
    agent = made(stream, lr=1e-2)
    rows = take(stream.unwrapped.data(0), np.arange(0, 36, 5))
    for _ in range(120):
        agent.update(rows, {})
    predicted = agent.predict({"x": rows["x"]})
    assert np.array_equal(predicted["y"], rows["y"])
    assert np.array_equal(predicted["mask"], rows["y"] != PAD)
    found = stream.unwrapped.measure(rows, predicted)
    assert (found["intent"].mean(), found["wer"].mean()) == (1, 0)


@pytest.mark.parametrize("beam", [1, 3])
def test_predictions_end_at_the_first_end(stream, beam, monkeypatch):
    agent = made(stream, beam=beam)
    called = "greedy" if beam == 1 else "beam"
    written = torch.tensor([[5, SEPARATOR, END, END], [5, SEPARATOR, 9, 9]])
    monkeypatch.setattr(agent.network, called, lambda x, *given: written)
    predicted = agent.predict({"x": stream.unwrapped.data(0)["x"][:2]})
    assert predicted["y"].tolist() == [[5, SEPARATOR, END, PAD], [5, SEPARATOR, 9, 9]]
    assert predicted["mask"].sum(1).tolist() == [3, 4]


def test_embed_is_the_mean_of_the_encoder_and_changes_nothing(stream):
    agent, x = made(stream), stream.unwrapped.data(0)["x"][:3]
    agent.network.train()
    features = agent.embed({"x": x})
    assert features.shape == (3, 16)
    with torch.no_grad():
        assert np.allclose(features, agent.network.features(torch.from_numpy(x)).numpy(), atol=1e-6)
    assert agent.network.training


def test_no_rows_no_step(stream):
    agent = made(stream)
    before = [parameter.clone() for parameter in agent.network.parameters()]
    assert agent.update({}, {}) == {}
    assert all(map(torch.equal, before, agent.network.parameters()))


@pytest.mark.parametrize("options", [{"lr": 0}, {"weight_decay": -1}, {"batch_size": 0}, {"width": 0}, {"beam": 0}])
def test_options_out_of_range_are_refused(stream, options):
    with pytest.raises(OptionError, match=f"{next(iter(options))} must be"):
        recollect.make_agent("sequence-finetune", stream, **options)


def test_other_streams_are_refused_with_the_reason(stream):
    class Other(TaskStream):
        target = "sequence"
        observation_space = gymnasium.spaces.Box(0, 1, (4, 3))
        action_space = gymnasium.spaces.MultiDiscrete([[3, 3], [3, 3]])

    assert Listener.accepts(stream) is None
    assert "target is 'class'" in Listener.accepts(gymnasium.make("recollect/SplitDigits-v0"))
    other = Other()
    assert "Box observations (B, T, M)" in Listener.accepts(other)
    other.observation_space = stream.observation_space
    assert Listener.accepts(other) is None
    other.action_space = gymnasium.spaces.MultiDiscrete([3, 3])
    assert "(B, L) of V tokens" in Listener.accepts(other)
