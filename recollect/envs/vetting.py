"""Vetting: whether what an environment gives is what its spaces say, and is a number."""

from collections.abc import Callable
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Dict, Space

from recollect.errors import StreamError

Flaw = Callable[[Any], str]  # what an observation is that it should not be; "" where it is right
CAST = "correct the environment, or wrap it in gymnasium.wrappers.DtypeObservation"
NUMBERS = (float, int, np.number, np.bool_)


def flaw_of(space: Space) -> Flaw:
    """A function that tells what is wrong with an observation: form, dtype, NaN; bounds of Boxes are not looked at."""
    if isinstance(space, Dict):
        leaves = {key: flaw_of(leaf) for key, leaf in space.items()}
        return lambda obs: _dict_flaw(obs, leaves)
    if not isinstance(space, Box):
        return lambda obs: "" if space.contains(obs) else f"is {obs!r:.80}, which is not in {space}"
    dtype, shape = np.dtype(space.dtype.str), space.shape  # numpy's one object of this type, not a copy of it
    array, fractional = np.ndarray, dtype.kind == "f"

    def flaw(obs: Any) -> str:
        if type(obs) is not array or obs.dtype is not dtype or obs.shape != shape:
            is_array = isinstance(obs, np.ndarray | np.generic)
            found = f"{obs.dtype} {obs.shape}" if is_array else f"a {type(obs).__name__}"
            if found != f"{dtype} {shape}":  # a subclass of arrays will do
                return f"is {found}, expected {dtype} {shape}, as its observation_space says: {CAST}"
        if fractional:
            largest = obs.item(obs.argmax())  # NaN, if there is one: the quickest way to look, and without warnings
            if largest != largest:
                return f"has NaN at {np.argwhere(np.isnan(obs)).tolist()[:4]}: correct the environment"
        return ""

    return flaw


def _dict_flaw(obs: Any, leaves: dict[str, Flaw]) -> str:
    if not isinstance(obs, dict) or obs.keys() != leaves.keys():
        found = sorted(obs) if isinstance(obs, dict) else f"a {type(obs).__name__}"
        return f"is {found}, expected a dictionary of {sorted(leaves)}, as its observation_space says"
    for key, flaw in leaves.items():
        if found := flaw(obs[key]):
            return f"at {key!r} {found}"
    return ""


def number(rew: Any, where: Callable[[], str]) -> float:
    """The reward as a float.

    Raises:
        StreamError: saying `where` it came from, if it is not one number, or NaN.
    """
    if isinstance(rew, NUMBERS):
        value = float(rew)
        if value == value:
            return value
        rew = "NaN"
    raise StreamError(f"the reward {where()} is {rew!s:.80}, expected one number: correct the environment")
