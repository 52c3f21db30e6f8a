import json
import math
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
import torch

import recollect
from recollect.plugins.observers.plasticity import Plasticity, dormant, effective_rank, hidden_outputs
from recollect.testing.comparison import difference, through_checkpoint

SETTINGS = {"steps_per_task": 4, "evaluate_rows": 8, "seed": 1}


def made(**options):
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    return stream, recollect.make_agent("er", stream, capacity=50, seed=0, device="cpu", **options)


def test_dormant_units_by_hand():
    first = torch.tensor([[4.0, 0.0, -2.0], [4.0, 0.0, 2.0]])  # activity 4, 0, 2: mean 2
    second = torch.tensor([[1.0, 0.01], [1.0, 0.01]])  # mean 0.505
    assert dormant([first, second], 0.0) == 1 / 5
    assert dormant([first, second], 0.025) == 2 / 5
    assert dormant([first], 1.0) == 2 / 3


def test_effective_rank_by_hand():
    assert effective_rank(torch.eye(3)) == pytest.approx(3.0)
    assert effective_rank(torch.ones(4, 3)) == pytest.approx(1.0)
    assert effective_rank(torch.diag(torch.tensor([3.0, 1.0]))) == pytest.approx(
        math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    )
    assert effective_rank(torch.zeros(2, 2)) == 0.0
    assert math.isnan(effective_rank(torch.tensor([[math.inf]])))


def test_the_weight_norm_by_hand():
    network = torch.nn.Linear(2, 1, bias=False)
    torch.nn.init.constant_(network.weight, 2.0)
    frozen = torch.nn.Linear(5, 5).requires_grad_(False)
    named = [("a", network.weight), ("b", frozen.weight)]
    assert Plasticity().measure(SimpleNamespace(named_parameters=lambda: named)) == {"weight_norm": math.sqrt(8)}
    assert Plasticity().measure(SimpleNamespace(named_parameters=list)) == {}


def test_outputs_of_hidden_layers_in_the_order_of_the_call():
    _, agent = made(hidden=(7, 5))
    x = np.random.default_rng(0).random((6, 64), np.float32)
    first, second = hidden_outputs(agent, {"x": x})
    assert torch.equal(first, agent.network.body[:2](torch.from_numpy(x)).detach())
    assert second.shape == (6, 5)
    assert agent.network.training
    assert not agent.network.body[1]._forward_hooks


def test_channels_are_units_and_tokens_are_rows():
    class Any(SimpleNamespace):
        def predict(self, rows):
            self.network(torch.from_numpy(rows["x"]))

    agent = Any(network=torch.nn.ReLU(), replay=None, penalty=None)
    assert hidden_outputs(agent, {"x": np.ones((2, 3, 4, 4))})[0].shape == (2, 3)
    assert hidden_outputs(agent, {"x": np.ones((2, 5, 3))})[0].shape == (10, 3)


def test_episodes_and_dictionaries_of_observations():
    class Any(SimpleNamespace):
        def act(self, obs, *, task, explore):
            assert not explore
            self.rng.random()
            self.seen = obs, task
            self.network(torch.rand(1, 1))

    agent = Any(network=torch.nn.ReLU(), replay=None, penalty=None, rng=np.random.default_rng(0))
    before, torch_before = agent.rng.bit_generator.state, torch.get_rng_state()
    mask = np.array([[True, True], [True, False]])
    rows = {"obs": np.arange(4).reshape(2, 2, 1), "mask": mask, "task": np.array([3, 4])}
    hidden_outputs(agent, rows)
    assert agent.seen[0].tolist() == [[0], [1], [2]]
    assert agent.seen[1].tolist() == [3, 3, 4]
    hidden_outputs(agent, {"obs/a": np.ones(2), "obs/b": np.zeros(2)})
    assert sorted(agent.seen[0]) == ["a", "b"]
    assert agent.seen[1] is None
    assert agent.rng.bit_generator.state == before
    assert torch.equal(torch.get_rng_state(), torch_before)


def test_the_rows_looked_at_are_the_last_ones():
    observer = Plasticity(rows=5)
    for start in range(0, 12, 3):
        observer.recollect_step_end({"x": np.arange(start, start + 3), "more": np.ones(3)})
    observer.recollect_step_end({"x": np.array([12])})
    assert observer._stacked() == {"x": pytest.approx(np.array([8, 9, 10, 11, 12]))}
    assert len(observer.latest) == 3


def test_a_run_is_measured_and_not_changed(tmp_path):
    observer, (stream, agent), (_, plain) = Plasticity(), made(), made()
    silent = recollect.run(stream, plain, **SETTINGS)
    watched = recollect.run(stream, agent, directory=tmp_path / "run", plugins=[observer], **SETTINGS)
    assert watched == silent
    assert difference(agent.state_dict(), plain.state_dict()) == ""
    lines = [json.loads(line) for line in (tmp_path / "run/plasticity.jsonl").read_text().splitlines()]
    assert lines == observer.records
    assert [line["step"] for line in lines] == silent.step.tolist()
    assert [line["task"] for line in lines] == silent.task.tolist()
    assert "dormant" not in lines[0]  # nothing has been met
    for line in lines[1:]:
        assert 0 <= line["dormant"] <= 1
        assert 1 < line["effective_rank"] <= 80
        assert line["weight_norm"] > 1


def test_a_state_goes_on_with_rows_and_file(tmp_path):
    stream, agent = made()
    observer, again = Plasticity(), Plasticity()
    recollect.run(stream, agent, plugins=[observer], **SETTINGS)
    again.load_state_dict(through_checkpoint(observer.state_dict()))
    assert again.records == observer.records
    assert again.measure(agent) == observer.measure(agent)
    view = SimpleNamespace(directory=tmp_path, agent=agent)
    again.recollect_run_start(view)
    again.recollect_evaluated(view, 1, 9)
    state = again.state_dict()
    again.recollect_evaluated(view, 1, 10)  # lost with the killed process
    last = Plasticity()
    last.load_state_dict(through_checkpoint(state))
    last.recollect_run_start(view)
    last.recollect_evaluated(view, 1, 10)
    assert [json.loads(line)["step"] for line in (tmp_path / "plasticity.jsonl").read_text().splitlines()] == [9, 10]


def test_a_network_that_has_diverged_is_written_as_null(tmp_path):
    observer, (_, agent) = Plasticity(), made()
    with torch.no_grad():
        agent.network.head.weight.fill_(math.inf)
    view = SimpleNamespace(directory=tmp_path, agent=agent)
    observer.recollect_run_start(view)
    observer.recollect_evaluated(view, 0, 1)
    assert json.loads((tmp_path / "plasticity.jsonl").read_text()) == {"step": 1, "task": 0, "weight_norm": None}
    assert observer.records[0]["weight_norm"] == math.inf
