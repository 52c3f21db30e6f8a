"""Every penalty in real runs: killed and resumed, with heads that grow, beside RL and language learners."""

import copy

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.spaces import Box, Discrete, MultiDiscrete

import recollect
from recollect.agents.classifier import Classifier
from recollect.agents.penalties.quadratic import grown
from recollect.core import Agent, TaskStream
from recollect.errors import SchemaError
from recollect.registry import registry
from recollect.rows import num_rows
from recollect.schema import TEXT
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


def test_there_are_as_many_as_are_registered():
    assert set(OPTIONS) < set(PENALTIES)
    assert len(PENALTIES) == 12


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


class Walk(TaskStream):
    """Steps to the left or the right, which is rewarded by the task; episodes of six steps."""

    tasks, horizon = ("left", "right"), 6

    def __init__(self):
        super().__init__()
        self.observation_space, self.action_space = Box(-9, 9, (2,), np.float32), Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.choose(options)
        self.place, self.time, self.total = 0, 0, 0.0
        return self.look(), self.info()

    def look(self):
        return np.array([self.place, self.task], np.float32)

    def step(self, action):
        self.place, self.time = self.place + 2 * int(action) - 1, self.time + 1
        rew = float(self.place) * (2 * self.task - 1)
        self.total += rew
        return self.look(), rew, False, self.time == 6, self.info(score=self.total, boundary=self.count())


class ActorCritic(Agent):
    """One step of the policy gradient and one of the critic, each with an optimiser, on every new row."""

    def __init__(self, stream, replay, **options):
        super().__init__(stream, replay, **options)
        torch.manual_seed(self.seed)
        self.actor, self.critic = (
            torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.ReLU(), torch.nn.Linear(8, n)) for n in (2, 1)
        )
        self.optimisers = [torch.optim.Adam(net.parameters(), lr=1e-2) for net in (self.actor, self.critic)]

    def logits(self, *parts):
        return self.actor(torch.from_numpy(np.concatenate([part["obs"] for part in parts if part])))

    def values(self, *parts):
        return self.critic(torch.from_numpy(np.concatenate([part["obs"] for part in parts if part])))[:, 0]

    def losses(self, *parts):
        act = torch.from_numpy(np.concatenate([part["act"] for part in parts if part]))
        rew = torch.from_numpy(np.concatenate([part["rew"] for part in parts if part]))
        value = self.values(*parts)
        chosen = torch.log_softmax(self.logits(*parts), 1).gather(1, act[:, None])[:, 0]
        return -(rew - value).detach() * chosen, (value - rew).square()

    def row_losses(self, *parts):
        return sum(self.losses(*parts))

    def act(self, obs, *, task=None, explore=False):
        with torch.no_grad():
            logits = self.logits({"obs": obs})
        return (torch.multinomial(logits.softmax(1), 1)[:, 0] if explore else logits.argmax(1)).numpy()

    def update(self, new, replayed):
        for i, optimiser in enumerate(self.optimisers):
            self.descend(self.losses(new)[i].mean(), optimiser, new, replayed)
        return {}

    def state_dict(self):
        return super().state_dict() | {"optimisers": [one.state_dict() for one in self.optimisers]}


class Words(TaskStream):
    """The next token is the last one plus one, or plus two."""

    schema, target, batched, scores = TEXT, "tokens", True, {"accuracy": "max"}
    tasks = ("one", "two")

    def __init__(self):
        super().__init__()
        self.observation_space, self.action_space = (MultiDiscrete(np.full((4, 3), 5)) for _ in range(2))

    def data(self, task, split="train"):
        x = np.random.default_rng(task).integers(0, 5, (12, 3))
        mask = np.ones_like(x, bool)
        mask[::2, 2] = False
        return {"x": x, "y": (x + task + 1) % 5, "mask": mask}


class Reader(Agent):
    """Tokens by a small network; a row's loss is the mean over its tokens."""

    schema = TEXT
    batch_size = 4

    def __init__(self, stream, replay, **options):
        super().__init__(stream, replay, **options)
        torch.manual_seed(self.seed)
        self.embedding = torch.nn.Embedding(5, 4)
        self.network = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.Tanh(), torch.nn.Linear(6, 5))
        self.optimiser = torch.optim.SGD([*self.embedding.parameters(), *self.network.parameters()], lr=0.1)

    def logits(self, *parts):
        return self.network(self.embedding(self.gather("x", parts)))  # (N, T, V)

    def gather(self, field, parts):
        return torch.from_numpy(np.concatenate([part[field] for part in parts if num_rows(part)]))

    def row_losses(self, *parts):
        logits, y, mask = self.logits(*parts), self.gather("y", parts), self.gather("mask", parts)
        losses = torch.nn.functional.cross_entropy(logits.transpose(1, 2), y, reduction="none")  # (N, T)
        return (losses * mask).sum(1) / mask.sum(1)

    def predict(self, rows):
        with torch.no_grad():
            logp = torch.log_softmax(self.logits(rows), -1)
        right = logp.gather(2, torch.from_numpy(rows["y"])[..., None])[..., 0]
        return {"y": logp.argmax(-1).numpy(), "logp": right.numpy()}

    def update(self, new, replayed):
        self.descend(self.row_losses(*filter(num_rows, (new, replayed))).mean(), self.optimiser, new, replayed)
        return {}


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
