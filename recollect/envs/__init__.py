"""Task streams: one file per family, all made with `gymnasium.make` or `recollect.stream_from`.

samples    labelled arrays, class-, domain- or task-incremental    digits     scikit-learn's handwritten digits
sequence   Gymnasium environments, one after another               anything   stream_from: arrays, datasets, envs
division   which rows and labels each task has                     sources    reading datasets into arrays
"""

from typing import Any

GRAVITIES = (10.0, 2.0)  # of the pendulum that stands in where Sequence-v0 is made without envs


def recollect_register(registry: Any) -> None:
    """Names the built-in streams."""
    registry.stream(
        "recollect/SplitDigits-v0", "recollect.envs.digits:SplitDigits", "handwritten digits, two new ones per task"
    )
    registry.stream(
        "recollect/Sequence-v0",
        "recollect.envs.sequence:Sequence",
        "Gymnasium environments one after another (envs=[...])",
        kwargs={"envs": [{"id": "Pendulum-v1", "kwargs": {"g": gravity}} for gravity in GRAVITIES]},
    )
