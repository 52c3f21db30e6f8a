"""The public kit over all that is registered, and every composition: those that fit run, the others are refused."""

import io
from contextlib import closing, redirect_stdout
from functools import cache
from itertools import combinations

import gymnasium
import numpy as np
import pytest

import recollect
from recollect.core import Agent, ReplayStrategy
from recollect.errors import MissingExtra, SchemaError
from recollect.experience import is_logged
from recollect.options import options_of
from recollect.registry import registry
from recollect.testing import check_plugin, checks_for, register_toys

SLOW = {"recollect/CW10-v0"}  # seconds to make, milliseconds to step: only its own tests run it with an agent
KINDS = ("stream", "agent", "replay", "penalty", "metric", "observer", "claim")


def form(space):
    """What a learner minds of a space: its kind, dtype and number of axes."""
    return type(space).__name__, str(space.dtype), len(space.shape or ())


@cache
def all_streams():
    """Streams to check, by name: of those that differ in options alone, the one that was registered first.

    These share a class, and spaces of one form. The tests of a family make all of its ids; --full-cube checks all.
    """
    register_toys()
    found = {}
    for kind, name in registry.entries:
        if kind == "stream":
            with closing(gymnasium.make(name)) as env:
                spaces = form(env.observation_space), form(env.action_space)
            found.setdefault((registry.entry(kind, name).target, *spaces), name)
    return sorted(found.values())


def streams(full):
    """All of them, or those to check."""
    return registry.names("stream") if full else all_streams()


def fitting(full=False):
    """Every (stream, agent, replay) that fits together here."""
    return [
        (stream, *pair) for stream in streams(full) if full or stream not in SLOW for pair in recollect.fits(stream)
    ]


def short(stream_id):
    """Options for short episodes, where a stream has them."""
    return {"horizon": 5} if "horizon" in options_of(registry.resolve("stream", stream_id)) else {}


def pairs_of(triple):
    return {(i, j, triple[i], triple[j]) for i, j in combinations(range(3), 2)}


def pairwise_cover(triples, seed=0):
    """A few of `triples` in which every pair of a stream, an agent and a replay that occurs in them occurs."""
    order = [triples[i] for i in np.random.default_rng(seed).permutation(len(triples))]
    missing, cover = set().union(*map(pairs_of, order)), []
    while missing:
        best = max(order, key=lambda triple: len(pairs_of(triple) & missing))
        cover.append(best)
        missing -= pairs_of(best)
    return cover


def pytest_generate_tests(metafunc):
    if "named_check" in metafunc.fixturenames:
        chosen = streams(metafunc.config.getoption("full_cube"))
        things = [(kind, name) for kind in KINDS for name in (chosen if kind == "stream" else registry.names(kind))]
        checks = {f"{kind}-{name}-{check.name}": check for kind, name in things for check in checks_for(kind, name)}
        metafunc.parametrize("named_check", checks.values(), ids=checks)
    if "triple" in metafunc.fixturenames:
        full = metafunc.config.getoption("full_cube")
        chosen = fitting(full) if full else pairwise_cover(fitting())
        metafunc.parametrize("triple", chosen, ids=" ".join)


def test_keeps_the_contract(named_check):
    with redirect_stdout(io.StringIO()):
        named_check()


@pytest.mark.parametrize("plugin", recollect.registry.BUILTINS)
def test_built_in_plugin_is_light(plugin):
    done = {result.check: result for result in check_plugin(plugin) if result.kind == "plugin"}
    assert done["is_loaded"].ok
    assert done["is_light"].ok, done["is_light"].message


def test_what_fits_runs(triple):
    stream_id, agent_name, replay_name = triple
    with closing(gymnasium.make(stream_id, **short(stream_id))) as stream:
        agent = recollect.make_agent(agent_name, stream, replay=replay_name, capacity=10, seed=1, device="cpu")
        lanes = 1 if stream.unwrapped.batched or is_logged(stream.unwrapped, agent) else 2
        history = recollect.run(stream, agent, num_envs=lanes, steps_per_task=2, evaluate_rows=4, evaluate_episodes=1)
        tasks = len(stream.unwrapped.tasks)
    assert len(history) == tasks + 1
    assert history.step.tolist() == [2 * i for i in range(tasks + 1)]
    assert len(agent.replay) <= 10
    assert all(np.isfinite(values).all() for values in history.scores.values())


@pytest.mark.parametrize("stream_id", all_streams())
def test_what_does_not_fit_is_refused_before_anything_is_built(stream_id, monkeypatch):
    def build(self, *arguments, **options):
        raise AssertionError(f"{type(self).__name__} was built")

    with closing(gymnasium.make(stream_id)) as stream:
        fits = set(recollect.fits(stream))
        every = {(agent, replay) for agent in registry.names("agent") for replay in registry.names("replay")}
        assert fits
        assert every > fits
        for cls in (Agent, ReplayStrategy):
            monkeypatch.setattr(cls, "__init__", build)
        for agent, replay in sorted(every - fits):
            with pytest.raises((SchemaError, MissingExtra)) as refusal:
                recollect.make_agent(agent, stream, replay=replay)
            assert "that fit" in str(refusal.value) or refusal.type is MissingExtra


def test_cover_is_pairwise_and_small():
    triples = fitting()
    cover = pairwise_cover(triples)
    assert set().union(*map(pairs_of, cover)) == set().union(*map(pairs_of, triples))
    assert len(cover) < len(triples)
    assert cover == pairwise_cover(triples)
