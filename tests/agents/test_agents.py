"""Every learner of labels with a memory, in real runs: killed and resumed, with penalties, priorities, hidden tasks."""

import gymnasium as gym
import numpy as np
import pytest
import torch

import recollect
from recollect.agents.classifier import Classifier
from recollect.nets.backbones import BACKBONES
from recollect.nets.images import ImageBackbone
from recollect.registry import registry
from recollect.rows import num_rows, take
from recollect.state import nbytes_of
from recollect.testing.comparison import difference

OPTIONS = {
    "mer-2019": {"batches": 2, "replayed_per_new": 2.0, "batch_size": 10},  # by default 110 steps per row
    "gdumb": {"epochs": 2},
}
SETTINGS = {"steps_per_task": 3, "evaluate_rows": 8, "seed": 1}


def rehearsing(name):
    """Whether a classifier takes any memory."""
    cls = registry.resolve("agent", name)
    return cls.memory == "any" and not cls.needs_tasks


NAMES = [name for name in registry.names("agent") if not name.startswith("toy-")]
CLASSIFIERS = [name for name in NAMES if issubclass(registry.resolve("agent", name), Classifier)]
AGENTS = [name for name in CLASSIFIERS if rehearsing(name)]


@pytest.fixture
def digits():
    with gym.make("recollect/SplitDigits-v0", tasks=3) as stream:
        yield stream


def made(name, stream, **options):
    options = OPTIONS.get(name, {}) | options
    return recollect.make_agent(name, stream, capacity=40, seed=2, device="cpu", hidden=(8,), momentum=0.5, **options)


def test_options_are_of_agents_that_are_registered():
    assert set(OPTIONS) <= set(CLASSIFIERS)


class Stop(Exception):
    """The process dies."""


class Dying:
    """Stops the run after a step."""

    def __init__(self, step):
        self.last = step

    def recollect_step_end(self, step):
        if step == self.last:
            raise Stop


@pytest.mark.parametrize("name", AGENTS)
def test_a_killed_run_goes_on_to_the_bit(name, digits, tmp_path):
    agent = made(name, digits)
    history = recollect.run(digits, agent, **SETTINGS)
    for step in (2, 7):
        folder = tmp_path / str(step)
        with pytest.raises(Stop):
            recollect.run(
                digits, made(name, digits), directory=folder, checkpoint_seconds=0, plugins=[Dying(step)], **SETTINGS
            )
        assert recollect.resume(folder, plugins=[]) == history
        trained = recollect.load(folder)
        assert difference(agent.state_dict(), trained.state_dict()) == ""
        assert difference(agent.replay.state_dict(), trained.replay.state_dict()) == ""


class Shifting(ImageBackbone):
    """A small network with all that evaluation could move: statistics of batch normalisation, and dropout."""

    def layers(self, height, width, channels):
        found = [torch.nn.Conv2d(channels, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Dropout(0.5), torch.nn.Flatten()]
        return found, 2 * (height - 2) * (width - 2)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_evaluating_after_every_step_changes_nothing(name, monkeypatch):
    monkeypatch.setitem(BACKBONES, "shifting", Shifting)
    rng = np.random.default_rng(0)
    stream = recollect.stream_from((rng.integers(0, 256, (80, 6, 6), np.uint8), np.arange(80) % 4), tasks=2)
    rehearses = registry.resolve("agent", name).memory != "none"
    options = OPTIONS.get(name, {}) | {"backbone": "shifting", "augment": "crop-flip", "momentum": 0.5}
    states = []
    for every in (None, 1):
        agent = recollect.make_agent(
            name, stream, seed=2, device="cpu", **options, **({"capacity": 12} if rehearses else {})
        )
        history = recollect.run(stream, agent, evaluate_every=every, **SETTINGS)
        states.append([agent.state_dict(), agent.replay.state_dict(), history.scores["accuracy"][history.ended]])
    assert len(history) == 1 + history.step[-1]
    assert difference(*states) == ""


@pytest.mark.parametrize("penalty", ["l2-init", "a-gem"])
@pytest.mark.parametrize("name", AGENTS)
def test_a_penalty_is_part_of_every_step(name, penalty, digits):
    agent, plain = made(name, digits, penalty=penalty), made(name, digits)
    recollect.run(digits, agent, **SETTINGS)
    recollect.run(digits, plain, **SETTINGS)
    assert difference(agent.network.state_dict(), plain.network.state_dict()) != ""
    assert all(torch.isfinite(parameter).all() for _, parameter in agent.named_parameters())
    assert len(agent.replay) == 40


@pytest.mark.parametrize("name", AGENTS)
def test_priorities_follow_the_losses_and_tasks_may_be_hidden(name, digits):
    agent = made(name, digits, replay="prioritized")
    history = recollect.run(digits, agent, announce_tasks=False, **SETTINGS)
    assert len(np.unique(agent.replay.draw.tree.leaves[:40])) > 10
    assert np.isfinite(history.scores["accuracy"]).all()
    assert "task" not in agent.replay.sample(3)


@pytest.mark.parametrize("name", AGENTS)
def test_what_is_added_to_rows_counts_in_the_memorys_bytes(name, digits):
    agent = made(name, digits)
    recollect.run(digits, agent, **SETTINGS)
    rows = agent.replay.sample(40)
    assert set(agent.adds) <= set(rows)
    assert agent.replay.nbytes >= nbytes_of(rows)


@pytest.mark.parametrize("name", AGENTS)
def test_all_that_a_step_learns_from_are_views_and_memories_keep_rows(name, digits):
    agent, inputs = made(name, digits), []
    agent.view = lambda rows: rows | {"x": rows["x"] + 100} if num_rows(rows) else rows
    agent.network.register_forward_pre_hook(lambda network, given: inputs.append(given[0].min().item()))
    rows = digits.unwrapped.data(0)
    for start in (0, 10, 20):
        agent.learn(take(rows, np.arange(start, start + 10)))
    assert inputs
    assert min(inputs) >= 100
    np.testing.assert_array_equal(agent.replay.store.column("x"), rows["x"][:30])
