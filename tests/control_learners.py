"""Small agents over tianshou's algorithms, rows to feed them, and targets computed by hand."""

import gymnasium
import numpy as np

import recollect
from recollect.agents.tianshou import TianshouAgent
from recollect.errors import RecollectError
from recollect.options import options_of
from recollect.registry import registry
from recollect.testing import register_toys

register_toys()
SMALL = {"hidden": (8,), "device": "cpu"}
OFTEN = {"target_every": 3, "actor_every": 2}  # for those that have these options
ONLINE = SMALL | {"replay_batch": 8, "replayed_per_new": 1.0, "warmup": 8}


def names(kind=TianshouAgent):
    """Registered agents of a class."""
    found = []
    for name in registry.names("agent"):
        try:
            if issubclass(registry.resolve("agent", name), kind):
                found.append(name)
        except RecollectError:
            continue
    return found


def stream_of(name):
    """The first toy on which an agent learns."""
    for stream_id in ("ToyReach", "ToyLoggedReach", "ToyCorridor"):
        stream = gymnasium.make(f"recollect/{stream_id}-v0")
        if registry.resolve("agent", name).accepts(stream) is None:
            return stream
    raise AssertionError(name)


def make(name, replay="fifo", seed=0, capacity=50, **options):
    """A small agent on its toy."""
    kind = registry.resolve("agent", name)
    small = ONLINE if kind.memory == "required" else SMALL | {"batch_size": 8}
    small = small | {option: value for option, value in OFTEN.items() if option in options_of(kind)}
    return recollect.make_agent(name, stream_of(name), replay=replay, capacity=capacity, seed=seed, **(small | options))


def rows_for(agent, count, seed=0, task=0):
    """Transitions of random numbers; the last one terminates."""
    rng = np.random.default_rng(seed)
    obs = rng.normal(size=(count + 1, *agent.observation_space.shape)).astype(np.float32)
    space = agent.action_space
    if hasattr(space, "n"):
        act = space.start + rng.integers(space.n, size=count)
    else:
        act = rng.uniform(space.low, space.high, (count, *space.shape)).astype(np.float32)
    ends = np.arange(count) == count - 1
    return {
        "obs": obs[:-1], "act": act, "rew": rng.normal(size=count).astype(np.float32), "terminated": ends,
        "truncated": np.zeros(count, bool), "obs_next": obs[1:], "step": np.ones(count, int),
        "task": np.full(count, task),
    }  # fmt: skip


def taught(name, replay="fifo", steps=3, seed=0, **options):
    """An agent that has met a few batches of rows, and learnt."""
    agent = make(name, replay, seed, **options)
    agent.begin_task(0, None)
    for step in range(steps):
        agent.learn(rows_for(agent, 8, step))
    return agent
