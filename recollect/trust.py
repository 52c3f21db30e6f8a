"""Trust: which environments that a file names may be made.

The spec of an environment names an entry point, with arguments, that Gymnasium calls. A file from a stranger may name
any function there is, so that only what is registered in this process counts.
"""

import re
from typing import Any

import gymnasium
from gymnasium.envs.registration import EnvSpec

CODE = re.compile(r"[\w.]+:[\w.]+")  # an option that streams take for "module:function"
HARMLESS = re.compile(r"recollect:load|recollect\.envs\.opponents\.tag:\w+|pettingzoo\.[\w.]+:parallel_env")


def mistrust(spec: EnvSpec) -> str | None:
    """Why `spec`, as read from a file, must not be made, as what stands there; None if it may.

    It may if this process has its id with the same entry points, its wrappers are Gymnasium's own, and its options name
    no code, "module:function", but Recollect's, PettingZoo's, and what is registered with that id.
    """
    known = gymnasium.registry.get(spec.id)
    named = (spec.entry_point, spec.vector_entry_point)
    if known is None or (known.entry_point, known.vector_entry_point) != named:
        return f"{spec.id} from {spec.entry_point}, which is not registered so here"
    for wrapper in spec.additional_wrappers:
        if not str(wrapper.entry_point).startswith("gymnasium.wrappers."):
            return f"{spec.id} in the wrapper {wrapper.entry_point}, which is not Gymnasium's"
    for code in sorted(_code(spec.kwargs) - _code(known.kwargs)):
        if not HARMLESS.fullmatch(code):
            return f"{spec.id} with {code}, which is not registered so here"
    return None


def _code(options: Any) -> set[str]:
    """Every string in `options` that may name code."""
    if isinstance(options, dict):
        return set().union(*map(_code, options), *map(_code, options.values()))
    if isinstance(options, list | tuple):
        return set().union(*map(_code, options))
    return {options} if isinstance(options, str) and CODE.fullmatch(options) else set()
