"""Every penalty in real runs: killed and resumed, with heads that grow, beside RL and language learners."""

import copy

import gymnasium as gym
import numpy as np
import pytest
import torch
from penalty_learners import ActorCritic, Reader, Walk, Words

import recollect
from recollect.agents.classifier import Classifier
from recollect.agents.penalties.quadratic import grown
from recollect.errors import SchemaError
from recollect.registry import registry
from recollect.rows import num_rows
from recollect.state import nbytes_of
from recollect.testing.comparison import difference, through_checkpoint

OPTIONS = {  # so that something happens in a few steps
    "ewc": {"samples": 20, "fisher": "model"}, "online-ewc": {"samples": 20}, "mas": {"samples": 20, "strength": 1e-3},
    "a-gem": {"rows": 20}, "redo": {"every": 3, "threshold": 0.5},
    "continual-backprop": {"rate": 0.05, "maturity": 2}, "shrink-and-perturb": {"shrink": 0.9},
}  # fmt: skip
PENALTIES = [name for name in registry.names("penalty") if not name.startswith("toy-")]
SETTINGS = {"steps_per_task": 4, "evaluate_rows": 8, "seed": 1}


def made(name, stream):
    return recollect.make_agent(
        "er", stream, capacity=40, seed=2, device="cpu", momentum=0.9, hidden=(12, 8), penalty=name,
        penalty_options=OPTIONS.get(name),
    )  # fmt: skip


class Stop(Exception):
    """The process dies."""


class Dying:
    """Stops the run after a step."""

    def __init__(self, step):
        self.last = step

    def recollect_step_end(self, step):
        if step == self.last:
            raise Stop


@pytest.fixture
def digits():
    with gym.make("recollect/SplitDigits-v0", tasks=3) as stream:
        yield stream


def test_options_are_of_penalties_that_are_registered():
    assert set(OPTIONS) < set(PENALTIES)


@pytest.mark.parametrize("name", PENALTIES)
def test_a_killed_run_goes_on_to_the_bit(name, digits, tmp_path):
    agent = made(name, digits)
    history = recollect.run(digits, agent, **SETTINGS)
    for step in (2, 6, 9):  # in the first task; in later ones, with what task ends have left
        folder = tmp_path / str(step)
        with pytest.raises(Stop):
            recollect.run(
                digits, made(name, digits), directory=folder, checkpoint_seconds=0, plugins=[Dying(step)], **SETTINGS
            )
        assert recollect.resume(folder, plugins=[]) == history
        trained = recollect.load(folder)
        assert difference(agent.state_dict(), trained.state_dict()) == ""
        assert difference(agent.penalty.state_dict(), trained.penalty.state_dict()) == ""
        assert agent.penalty.nbytes == trained.penalty.nbytes


@pytest.mark.parametrize("name", PENALTIES)
def test_it_acts_and_counts_its_bytes(name, digits):
    agent, plain = made(name, digits), made(None, digits)
    recollect.run(digits, agent, **SETTINGS)
    recollect.run(digits, plain, **SETTINGS)
    assert difference(agent.network.state_dict(), plain.network.state_dict()) != ""
    assert all(torch.isfinite(parameter).all() for _, parameter in agent.named_parameters())
    held = [value for key, value in vars(agent.penalty).items() if key != "agent"]
    assert agent.penalty.nbytes == nbytes_of(through_checkpoint(agent.penalty.state_dict()))
    assert (agent.penalty.nbytes > 0) == any(_tensors(value) for value in held)


def _tensors(value):
    if isinstance(value, dict):
        return any(map(_tensors, value.values()))
    if isinstance(value, list):
        return any(map(_tensors, value))
    return isinstance(value, torch.Tensor) or (hasattr(value, "tensors") and bool(value.tensors))


class Growing(Classifier):
    """A classifier whose head gets two more outputs at the beginning of every task but the first."""

    def __init__(self, stream, replay, **options):
        super().__init__(stream, replay, hidden=(6,), **options)
        self.widen(2)

    def widen(self, width):
        old, new = self.network.head, torch.nn.Linear(6, width)
        if width > old.out_features:
            with torch.no_grad():
                for name, parameter in new.named_parameters():
                    parameter.copy_(grown(getattr(old, name), parameter.shape))
        self.network.head = new
        self.optimiser = torch.optim.SGD(self.network.parameters(), lr=0.1)

    def begin_task(self, task, data):
        if self.network.head.out_features < 2 * task + 2:
            self.widen(2 * task + 2)

    def state_dict(self):
        return super().state_dict() | {"width": self.network.head.out_features}

    def load_state_dict(self, state):
        self.widen(state["width"])
        super().load_state_dict(state)


@pytest.mark.parametrize("name", PENALTIES)
def test_heads_that_grow_and_a_resume_beside_them(name, blobs, everything):
    stream = blobs()

    def fresh(seed):
        with recollect.randomness.seeded(seed):
            memory, penalty = everything(), recollect.make_penalty(name, seed=seed, **OPTIONS.get(name, {}))
            agent = Growing(stream, memory, penalty=penalty, seed=seed, device="cpu")
            penalty.bind(agent)
        return agent

    def live(agent, task, batches):
        data = stream.data(task)
        for batch in batches:
            part = {field: values[5 * batch : 5 * batch + 5] for field, values in data.items()}
            agent.learn(part | {"task": np.full(num_rows(part), task)})

    def end(agent, task):
        for part in (agent, agent.penalty):
            part.end_task(task, stream.data(task))

    def begin(agent, task):
        for part in (agent, agent.penalty):
            part.begin_task(task, stream.data(task))

    agent, other = fresh(0), fresh(7)
    for task in range(2):
        begin(agent, task)
        live(agent, task, range(3))
        if task == 0:
            end(agent, task)
    other.load_state_dict(through_checkpoint(agent.state_dict()))
    other.penalty.load_state_dict(through_checkpoint(agent.penalty.state_dict()))
    other.replay.rows = copy.deepcopy(agent.replay.rows)
    for one in (agent, other):
        end(one, 1)
        begin(one, 2)
        live(one, 2, range(4))
        end(one, 2)
    assert agent.network.head.out_features == 6
    assert difference(agent.state_dict(), other.state_dict()) == ""
    assert difference(agent.penalty.state_dict(), other.penalty.state_dict()) == ""
    assert all(torch.isfinite(parameter).all() for _, parameter in agent.named_parameters())


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize(("stream", "learner"), [(Walk, ActorCritic), (Words, Reader)], ids=["rl", "language"])
def test_it_is_a_part_of_any_learner(name, stream, learner):
    def trained(penalty):
        memory = recollect.make_replay("reservoir", 30, seed=0)
        part = penalty and recollect.make_penalty(penalty, seed=0, **OPTIONS.get(penalty, {}) | fisher)
        agent = learner(stream(), memory, penalty=part, seed=0)
        if part is not None:
            part.bind(agent)
        steps = {"steps_per_task": 8, "evaluate_episodes": 1, "evaluate_rows": 4, "seed": 0}
        history = recollect.run(stream, agent, **steps)
        assert all(np.isfinite(values).all() for values in history.scores.values())
        return agent

    fisher = {"fisher": "empirical"} if name == "ewc" and stream is Walk else {}
    agent, plain = trained(name), trained(None)
    moved = [
        not torch.equal(a, b) for (_, a), (_, b) in zip(agent.named_parameters(), plain.named_parameters(), strict=True)
    ]
    assert any(moved)
    assert all(torch.isfinite(parameter).all() for _, parameter in agent.named_parameters())


@pytest.mark.parametrize("name", ["ewc", "online-ewc", "mas", "lwf", "a-gem", "gem", "redo", "continual-backprop"])
def test_an_agent_that_cannot_answer_is_refused_before_training(name):
    recollect.testing.register_toys()
    with (
        gym.make("recollect/ToyBlobs-v0") as stream,
        pytest.raises(SchemaError, match=r"asks for (row_losses|logits)\(\)"),
    ):
        recollect.make_agent("toy-means", stream, penalty=name)
