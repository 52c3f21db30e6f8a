"""Stateful: what agents, replay strategies and penalties are saved and restored by.

The default finds, among an object's attributes, everything that a checkpoint needs: things with a
`state_dict` (networks, optimisers, other parts), numpy and torch generators, and plain values (numbers,
strings, None, arrays, tensors, and lists, tuples and dictionaries of these). Override both methods for
anything else, and where an attribute grows during training (a head, a teacher): what `begin_task` grew
is rebuilt from the state, because the object it is loaded into was only just constructed.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, ClassVar

import numpy as np

from recollect.errors import CheckpointError


def is_plain(value: Any) -> bool:
    """Whether a checkpoint can hold `value` as it is."""
    if value is None or isinstance(value, bool | int | float | str | np.ndarray | np.generic):
        return True
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str | int) and is_plain(item) for key, item in value.items())
    return is_tensor(value)


def is_tensor(value: Any) -> bool:
    """Whether `value` is a torch.Tensor (told without importing torch)."""
    return hasattr(value, "detach") and hasattr(value, "numel") and not hasattr(value, "parameters")


def is_part(value: Any) -> bool:
    """Whether `value` saves itself: a network, an optimiser, a Stateful."""
    return hasattr(value, "state_dict") and hasattr(value, "load_state_dict") and not isinstance(value, type)


def is_torch_generator(value: Any) -> bool:
    """Whether `value` is a torch.Generator (told without importing torch)."""
    return hasattr(value, "get_state") and hasattr(value, "set_state") and hasattr(value, "manual_seed")


def hides_state(value: Any) -> bool:
    """Whether `value` is a container of things that change during training, but is not plain."""
    if isinstance(value, set | deque):
        return True
    if isinstance(value, dict):
        return any(map(_changes, value.values()))
    return isinstance(value, list | tuple) and any(map(_changes, value))


def _changes(value: Any) -> bool:
    if is_part(value) or is_torch_generator(value) or is_tensor(value):
        return True
    return isinstance(value, np.ndarray | np.random.Generator) or hides_state(value)


class Stateful:
    """Default `state_dict` and `load_state_dict`, exact to the bit."""

    saved_elsewhere: ClassVar[frozenset[str]] = frozenset({"agent", "replay", "penalty", "stream"})

    def state_dict(self) -> dict[str, Any]:
        """The state, a tree of plain values; its arrays are live until they are written or copied.

        Raises:
            CheckpointError: for a container that holds networks, generators or arrays among other things, or a set
                or deque: what it holds would be lost.
        """
        parts, generators, values = {}, {}, {}
        for name, value in vars(self).items():
            if name in self.saved_elsewhere:
                continue
            if isinstance(value, np.random.Generator):
                generators[name] = value.bit_generator.state
            elif is_torch_generator(value):
                generators[name] = value.get_state()
            elif is_part(value):
                parts[name] = value.state_dict()
            elif is_plain(value):
                values[name] = value
            elif hides_state(value):
                raise CheckpointError(
                    f"{type(self).__name__}.{name} is a {type(value).__name__} whose content would be missing from "
                    "checkpoints: keep it as an attribute, a torch ModuleList, or lists and dictionaries of plain "
                    "values, or override state_dict and load_state_dict"
                )
        return {"parts": parts, "generators": generators, "values": values}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave, into an object constructed with the same options.

        Raises:
            CheckpointError: if the state holds a part that this object does not have.
        """
        for name, part in state["parts"].items():
            if not is_part(vars(self).get(name)):
                raise CheckpointError(
                    f"{type(self).__name__}.{name} is in the checkpoint, but a new {type(self).__name__} has none: "
                    "override state_dict and load_state_dict to rebuild what training grows"
                )
            getattr(self, name).load_state_dict(part)
        for name, generator in state["generators"].items():
            mine = getattr(self, name)
            if isinstance(mine, np.random.Generator):
                mine.bit_generator.state = generator
            else:
                mine.set_state(generator)
        for name, value in state["values"].items():
            held: Any = vars(self).get(name)
            if is_tensor(value) and is_tensor(held) and held.shape == value.shape and held.dtype == value.dtype:
                held.detach().copy_(value)  # in place: an optimiser may hold it, and it stays on its device
            else:
                setattr(self, name, deepcopy(value))


def nbytes_of(tree: Any) -> int:
    """The bytes of all arrays and tensors in a state."""
    if isinstance(tree, dict):
        return sum(map(nbytes_of, tree.values()))
    if isinstance(tree, list | tuple):
        return sum(map(nbytes_of, tree))
    return int(getattr(tree, "nbytes", 0))


@contextmanager
def unchanged(part: Stateful) -> Iterator[None]:
    """Afterwards `part` is in the state in which it was, whatever was done to it inside."""
    before = deepcopy(part.state_dict())
    try:
        yield
    finally:
        part.load_state_dict(before)


def kept_bytes(agent: Any) -> int:
    """What an agent keeps beyond networks that learn and their optimisers: frozen teachers, statistics, rows.

    An agent that knows better has an attribute `nbytes`. Memory and penalty have their own.
    """
    own = getattr(agent, "nbytes", None)
    if own is not None:
        return int(own)
    left_out = getattr(agent, "saved_elsewhere", Stateful.saved_elsewhere)
    return sum(_kept(value) for name, value in vars(agent).items() if name not in left_out)


def _kept(value: Any) -> int:
    if learning(value) or hasattr(value, "param_groups") or is_torch_generator(value):
        return 0
    if is_part(value):
        return nbytes_of(value.state_dict())
    if isinstance(value, dict):
        return sum(map(_kept, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(_kept, value))
    return nbytes_of(value)


def learning(network: Any) -> list[Any]:
    """The parameters of a network that learn, told without importing torch; [] for anything else."""
    parameters = getattr(network, "parameters", None)
    if not callable(parameters) or isinstance(network, type):
        return []
    return [parameter for parameter in parameters() if getattr(parameter, "requires_grad", False)]
