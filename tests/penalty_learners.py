"""A lived stream with an actor and a critic, and a stream of tokens with a reader: what penalties are parts of."""

import numpy as np
import torch
from gymnasium.spaces import Box, Discrete, MultiDiscrete

from recollect.core import Agent, TaskStream
from recollect.rows import num_rows
from recollect.schema import TEXT


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
