import gymnasium
import numpy as np
import pytest
import torch

import recollect
from recollect.errors import OptionError
from recollect.plugins.observers.gradients import Gradients
from recollect.rows import take

STREAM = "recollect/SplitDigits-v0"
MEMORY = {"filled": "task-end", "draw": "class-uniform"}
HYPER = {"lr": 0.1, "momentum": 0.9, "batch_size": 64, "new_weight": 0.3, "replayed_weight": 0.7}


def made(name, penalty=None, replay="balanced", **options):
    stream = gymnasium.make(STREAM, tasks=2)
    memory = MEMORY if replay == "balanced" else {}
    return stream, recollect.make_agent(
        name, stream, replay=replay, capacity=100, penalty=penalty, replay_options=memory, **HYPER, **options
    )


@pytest.mark.parametrize(
    ("penalty", "replay"), [(None, "balanced"), ("ewc", "none"), ("a-gem", "balanced"), ("lwf", "none")]
)
def test_it_learns_what_er_learns_to_the_bit(penalty, replay):
    histories, agents = [], []
    for name in ("er", "disentangled-er"):
        stream, agent = made(name, penalty, replay)
        histories.append(recollect.run(stream, agent, steps_per_task=6, evaluate_rows=20))
        agents.append(agent)
    assert histories[0] == histories[1]
    for mine, its in zip(*(agent.network.parameters() for agent in agents), strict=True):
        assert torch.equal(mine, its)


def after_a_task(penalty=None, replay="balanced", **options):
    """An agent at a switch, and a batch of the second task."""
    stream, agent = made("disentangled-er", penalty, replay, **options)
    data = [stream.unwrapped.data(task) for task in (0, 1)]
    rows = [
        take(one, np.arange(60)) | {"task": np.full(60, i), "step": np.zeros(60, int)} for i, one in enumerate(data)
    ]
    parts = [part for part in (agent, agent.penalty, agent.replay) if part is not None]
    for part in parts:
        part.begin_task(0, data[0])
    for _ in range(3):
        agent.learn(rows[0])
    for part in parts:
        part.end_task(0, data[0])
        part.begin_task(1, data[1])
    return agent, rows[1]


def norm_of(agent, loss):
    slopes = torch.autograd.grad(loss, list(agent.network.parameters()))
    return torch.cat([slope.reshape(-1) for slope in slopes]).norm().item()


def test_norms_are_those_of_the_two_weighted_losses():
    agent, new = after_a_task()
    replayed = agent.replay.sample(40)
    expected = {
        "plasticity": norm_of(agent, 0.3 * agent.row_losses(new).mean()),
        "stability": norm_of(agent, 0.7 * agent.row_losses(replayed).mean()),
    }
    logged = agent.update(new, replayed)
    assert {name: logged[name] for name in expected} == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("penalty", ["ewc", "lwf"])
def test_the_stability_gradient_of_a_penalty_is_zero_at_its_minimum_and_rises(penalty):
    agent, new = after_a_task(penalty, "none")
    first, second = agent.update(new, {}), agent.update(new, {})
    assert first["stability"] < 1e-3 * first["plasticity"]
    assert second["stability"] > 10 * first["stability"]


def test_what_a_projection_takes_away_is_stability():
    agent, new = after_a_task("a-gem")
    plain = norm_of(agent, 0.3 * agent.row_losses(new).mean())
    logged = agent.update(new, {})
    assert logged["plasticity"] == pytest.approx(plain, rel=1e-4)
    stepped = torch.cat([parameter.grad.reshape(-1) for parameter in agent.network.parameters()]).norm().item()
    assert logged["stability"] == pytest.approx(np.sqrt(plain**2 - stepped**2), rel=1e-2)  # a right angle
    assert logged["stability"] > 0


def test_only_the_first_updates_of_a_task_are_watched():
    agent, new = after_a_task(watch=2)
    watched = ["plasticity" in agent.update(new, {}) for _ in range(4)]
    assert watched == [True, True, False, False]
    agent.begin_task(2, None)
    assert "stability" in agent.update(new, {})


@pytest.mark.parametrize("penalty", ["ewc", "a-gem"])
def test_no_graph_is_left_for_a_checkpoint(penalty):
    agent, new = after_a_task(penalty)
    assert agent.latest is None  # ewc has asked for losses at the task's end
    agent.update(new, {})
    assert agent.latest is None
    assert not agent.updating


def test_replayed_rows_alone_are_not_taken_apart():
    agent, _ = after_a_task()
    assert "plasticity" not in agent.update({}, agent.replay.sample(10))


def test_the_observer_hears_the_norms(tmp_path):
    stream, agent = made("disentangled-er", watch=3)
    observer = Gradients()
    recollect.run(stream, agent, steps_per_task=5, evaluate_rows=10, directory=tmp_path / "run", plugins=[observer])
    assert [(line["task"], line["update"]) for line in observer.records] == [
        (task, update) for task in (0, 1) for update in (1, 2, 3)
    ]
    assert 0 <= Gradients.figures(tmp_path / "run")["stability-start"] <= 1


def test_a_negative_watch_is_refused():
    with pytest.raises(OptionError, match="watch must be at least 0, got -1"):
        made("disentangled-er", watch=-1)
