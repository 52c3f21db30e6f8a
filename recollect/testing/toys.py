"""The toys: tiny streams, agents and replay strategies of every schema, named on request.

They drive every path of a run in milliseconds, and need numpy only:

    recollect.testing.register_toys()
    stream = gymnasium.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-q", stream, replay="toy-nearest", capacity=20)
"""

import sys

from recollect.registry import Registry, registry

PLUGIN = "recollect.testing.toys"


def recollect_register(registry: Registry) -> None:
    """Names the toys."""
    lived, batched = "recollect.testing.toy_streams", "recollect.testing.toy_batches"
    registry.stream("recollect/ToyCorridor-v0", f"{lived}:ToyCorridor", "tasks differ in dynamics, reward and length")
    registry.stream(
        "recollect/ToyCorridorVector-v0",
        f"{lived}:ToyCorridor",
        "the corridor with a native vector env",
        vector_entry_point="recollect.testing.toy_vector:ToyCorridorVector",
    )
    registry.stream("recollect/ToyLoggedCorridor-v0", f"{lived}:ToyLoggedCorridor", "the corridor with logged rows")
    registry.stream("recollect/ToyGoals-v0", f"{lived}:ToyGoals", "goals, masked actions, Dict observations")
    registry.stream(
        "recollect/ToyVisits-v0",
        f"{lived}:ToyGoals",
        "goals on a stream that is not deterministic",
        nondeterministic=True,
        kwargs={"visits": True},
    )
    reach = "recollect.testing.toy_reach"
    registry.stream("recollect/ToyReach-v0", f"{reach}:ToyReach", "continuous actions")
    registry.stream("recollect/ToyLoggedReach-v0", f"{reach}:ToyLoggedReach", "continuous actions, with logged rows")
    registry.stream("recollect/ToyBlobs-v0", f"{batched}:ToyBlobs", "class-incremental points")
    registry.stream("recollect/ToyOracle-v0", f"{batched}:ToyOracle", "a paid oracle whose budget ends in mid-batch")
    registry.stream("recollect/ToyText-v0", f"{batched}:ToyText", "counting languages")

    acting, learning = "recollect.testing.toy_agents", "recollect.testing.toy_learners"
    studying = "recollect.testing.toy_students"
    registry.agent("toy-random", f"{acting}:ToyRandom", "acts at random, keeps what it meets", replay="toy-nearest")
    registry.agent("toy-q", f"{learning}:ToyQ", "linear Q-learning on replayed rows", replay="toy-nearest")
    registry.agent("toy-groups", f"{learning}:ToyGroups", "learns from groups of episodes", replay="toy-nearest")
    registry.agent("toy-retrieval", f"{acting}:ToyRetrieval", "acts as near memories did", replay="toy-nearest")
    registry.agent("toy-offline", f"{learning}:ToyOffline", "clones what was kept at task ends", replay="toy-selector")
    registry.agent("toy-means", f"{studying}:ToyMeans", "nearest class mean, annotates logits", replay="toy-nearest")
    registry.agent("toy-query", f"{studying}:ToyQuery", "asks an oracle about random points", replay="toy-nearest")
    registry.agent("toy-text", f"{studying}:ToyText", "counts bigrams", replay="toy-nearest")

    replays = "recollect.testing.toy_replays"
    registry.replay("toy-nearest", f"{replays}:ToyNearest", "the newest rows, nearest to the question")
    registry.replay("toy-gaussian", f"{replays}:ToyGaussian", "generated rows")
    registry.replay("toy-selector", f"{replays}:ToySelector", "selects from a task's data at its end")


def register_toys() -> None:
    """Registers the toys; once is enough, more often does no harm."""
    if PLUGIN not in registry.loader.reports:
        registry.plug(sys.modules[PLUGIN])
