"""Teacher: an agent's networks as they were, to ask for logits."""

from copy import copy, deepcopy
from typing import Any

import torch

from recollect.core import Agent
from recollect.rows import Rows
from recollect.state import Stateful

Networks = dict[str, dict[str, torch.Tensor]]


class Teacher(Stateful):
    """A frozen copy of all networks of an agent, in eval mode, behind the agent's own `logits`.

    Its state is the copies' tensors. On resume the copies are made of the agent's networks of that moment, and every
    parameter and buffer gets the saved tensor, of the saved shape: a head that has since grown is small again.
    """

    def __init__(self) -> None:
        self.tensors: Networks = {}  # network -> name -> tensor; {} before anything was taken
        self.twin: Any = None

    def bind(self, agent: Agent) -> None:
        """Whose networks."""
        self.agent = agent

    def take(self) -> None:
        """The agent as it is now becomes the teacher."""
        networks = self._copies()
        self.tensors = {name: dict(network.state_dict()) for name, network in networks.items()}
        self._pair(networks)

    def logits(self, *parts: Rows) -> torch.Tensor:
        """The logits (N, C) or (N, T, V) of all rows of `parts` that it gave then, without a graph."""
        with torch.no_grad():
            return self.twin.logits(*parts)

    def state_dict(self) -> dict[str, Any]:
        """The tensors."""
        return {"tensors": self.tensors}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Rebuilds the copies."""
        self.tensors, self.twin = {}, None
        if not state["tensors"]:
            return
        networks = self._copies()
        for name, saved in state["tensors"].items():
            _put(networks[name], saved)
        self.tensors = {
            name: {key: networks[name].state_dict()[key] for key in saved} for name, saved in state["tensors"].items()
        }
        self._pair(networks)

    def _copies(self) -> dict[str, torch.nn.Module]:
        found = {name: value for name, value in vars(self.agent).items() if isinstance(value, torch.nn.Module)}
        return {name: deepcopy(network).eval().requires_grad_(False) for name, network in found.items()}

    def _pair(self, networks: dict[str, torch.nn.Module]) -> None:
        self.twin = copy(self.agent)
        vars(self.twin).update(networks)


def _put(network: torch.nn.Module, saved: dict[str, torch.Tensor]) -> None:
    """Gives every parameter and buffer its saved tensor, on the device of the one it replaces."""
    for prefix, module in network.named_modules():
        for kind in (module._parameters, module._buffers):
            for key, tensor in kind.items():
                name = f"{prefix}.{key}" if prefix else key
                if tensor is not None and name in saved:
                    value = saved[name].detach().clone().to(tensor.device)
                    kind[key] = torch.nn.Parameter(value, False) if kind is module._parameters else value
