"""Trust: which environments that a file names may be made.

The spec of an environment names an entry point, with arguments, that Gymnasium calls. A file from a stranger may name
any function there is, so that only what is registered in this process counts.
"""

import gymnasium
from gymnasium.envs.registration import EnvSpec


def mistrust(spec: EnvSpec) -> str | None:
    """Why `spec`, as read from a file, must not be made, as what stands there; None if it may.

    It may if this process has its id with the same entry points, and its wrappers are Gymnasium's own.
    """
    known = gymnasium.registry.get(spec.id)
    named = (spec.entry_point, spec.vector_entry_point)
    if known is None or (known.entry_point, known.vector_entry_point) != named:
        return f"{spec.id} from {spec.entry_point}, which is not registered so here"
    for wrapper in spec.additional_wrappers:
        if not str(wrapper.entry_point).startswith("gymnasium.wrappers."):
            return f"{spec.id} in the wrapper {wrapper.entry_point}, which is not Gymnasium's"
    return None
