from types import SimpleNamespace

import gymnasium
import numpy as np
import pytest
from scipy import stats

import recollect
from recollect.errors import OptionError, SchemaError
from recollect.replay.mir import MIR
from recollect.testing.comparison import difference, through_checkpoint


@pytest.fixture
def linear():
    """A linear classifier with weights of 0 over digits, and a memory; x are 64 numbers."""

    def make(**options):
        stream = gymnasium.make("recollect/SplitDigits-v0")
        agent = recollect.make_agent(
            "er", stream, replay="mir", capacity=20, replay_options=options, hidden=[], device="cpu", lr=0.5
        )
        for weight in agent.network.parameters():
            weight.data.zero_()
        return agent

    return make


def along(axis, lengths, y):
    x = np.zeros((len(lengths), *gymnasium.make("recollect/SplitDigits-v0").observation_space.shape[1:]), np.float32)
    x.reshape(len(x), -1)[np.arange(len(x)), axis] = lengths
    return {"x": x, "y": np.full(len(lengths), y)}


def test_the_most_interfered_rows_of_a_linear_model_come_first(linear):
    """New rows push class 0 along axis 3: hurt are rows of other classes there, the more the longer they are."""
    agent, new = linear(), along([3], [1.0], 0)
    memory = agent.replay
    rows = [along([3] * 4, [0.5, 2.0, 1.0, 3.0], 1), along([3] * 4, [5, 6, 7, 8], 0), along([9] * 4, [5, 6, 7, 8], 2)]
    for part in rows:
        memory.add(part)
    drawn = memory.sample(4, like=new)
    assert set(drawn["y"]) == {1}
    assert drawn["x"].max(axis=tuple(range(1, drawn["x"].ndim))).tolist() == [3.0, 2.0, 1.0, 0.5]
    growth = agent.losses(drawn, after=new) - agent.losses(drawn)
    # By hand: p = 1/10 for all classes, so theta_0 grows by lr * 0.9 and the others fall by lr * 0.1 along the axis
    # (and the biases too). For a row a: logits 0.45 a + 0.45 and -0.05 a - 0.05.
    a = np.array([3.0, 2.0, 1.0, 0.5]) + 1
    expected = np.log(np.exp(0.45 * a) + 9 * np.exp(-0.05 * a)) + 0.05 * a - np.log(10)
    np.testing.assert_allclose(growth, expected, rtol=1e-5)


def test_only_candidates_are_asked_about_and_they_are_drawn_uniformly(linear):
    agent, asked = linear(candidates=5), []
    memory, losses = agent.replay, agent.losses
    memory.add(along([3] * 20, np.arange(1.0, 21.0), 1))
    agent.losses = lambda rows, after=None: asked.append(rows["index"]) or losses(rows, after)
    for _ in range(600):
        assert len(memory.sample(3, like=along([3], [1.0], 0))["y"]) == 3
    assert {len(index) for index in asked} == {5}
    counts = np.bincount(np.concatenate(asked[::2]) % 20, minlength=20)
    assert stats.chisquare(counts).pvalue > 0.001


def test_more_than_there_are_candidates_and_questions_without_labels(linear):
    memory = linear(candidates=2).replay
    memory.add(along([3] * 20, np.arange(1.0, 21.0), 1))
    assert len(set(memory.sample(8, like=along([3], [1.0], 0))["index"])) == 8
    assert len(set(memory.sample(30, like=along([3], [1.0], 0))["index"])) == 20
    assert len(memory.sample(4)["y"]) == len(memory.sample(4, like={"x": np.zeros((1, 2))})["y"]) == 4


def test_an_agent_without_losses_is_refused():
    with pytest.raises(SchemaError, match=r"replay part MostInterfered asks for losses\(\), which SimpleNamespace"):
        MIR(5).bind(SimpleNamespace(replay_batch=None))
    memory = MIR(50)
    memory.add({"x": np.zeros((30, 2)), "y": np.zeros(30, int)})
    with pytest.raises(SchemaError, match="MIR asks an agent, and serves none"):
        memory.sample(3, like={"x": np.zeros((1, 2)), "y": np.zeros(1, int)})


@pytest.mark.parametrize("candidates", [0, 2.0, True])
def test_bad_candidates(candidates):
    with pytest.raises(OptionError, match="candidates must be a whole number of at least 1"):
        MIR(5, candidates=candidates)


def test_the_state_comes_back_through_a_checkpoint(linear):
    first, second = linear().replay, linear().replay
    first.add(along([3] * 20, np.arange(1.0, 21.0), 1))
    first.sample(3, like=along([3], [1.0], 0))
    second.load_state_dict(through_checkpoint(first.state_dict()))
    new = along([5], [1.0], 1)
    assert not difference(first.sample(3, like=new), second.sample(3, like=new))
