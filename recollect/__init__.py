"""Recollect: agents that keep learning without forgetting.

Continual task streams, replay strategies and agents, all found and composed by name:

    import gymnasium as gym
    import recollect

    stream = gym.make("recollect/SplitDigits-v0")
    agent = recollect.make_agent("er", stream, replay="reservoir", capacity=200, seed=0)
    history = recollect.run(stream, agent, seed=0)
    print(recollect.metric("accuracy")(history))

Importing this package registers every stream of every installed plugin with Gymnasium, and imports nothing heavy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from recollect.core import Agent, Penalty, ReplayStrategy, TaskStream
from recollect.errors import RecollectError
from recollect.history import History
from recollect.registry import fits, make_agent, make_penalty, make_replay, metric
from recollect.registry import load_plugins as _load_plugins
from recollect.rows import Rows
from recollect.schema import Schema

if TYPE_CHECKING:
    from recollect.envs.anything import stream_from
    from recollect.evaluation import evaluate
    from recollect.loop import load, resume, run
    from recollect.recording import record

__version__ = "0.1.0"
__all__ = [
    "Agent",
    "History",
    "Penalty",
    "RecollectError",
    "ReplayStrategy",
    "Rows",
    "Schema",
    "TaskStream",
    "evaluate",
    "fits",
    "load",
    "make_agent",
    "make_penalty",
    "make_replay",
    "metric",
    "record",
    "resume",
    "run",
    "stream_from",
]

_LATER = {  # public names whose modules import more than a listing needs
    "evaluate": "recollect.evaluation",
    "load": "recollect.loop",
    "record": "recollect.recording",
    "resume": "recollect.loop",
    "run": "recollect.loop",
    "stream_from": "recollect.envs.anything",
}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'recollect' has no attribute {name!r}")


_load_plugins()  # last, so that a plugin may import anything from here
