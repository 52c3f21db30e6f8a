"""What penalties of the form `sum_i importance_i (theta_i - anchor_i)^2` share.

A parameter is known by its name. One that did not exist when the anchors were taken is free, and so is what has since
grown beyond an anchor's shape: new rows and columns are appended, the old block stays in front.
"""

from collections.abc import Mapping
from typing import Any

import torch

from recollect.core import Agent, Penalty

Tensors = dict[str, torch.Tensor]


def trainable(agent: Agent) -> dict[str, torch.nn.Parameter]:
    """The agent's trainable parameters by name."""
    return {name: parameter for name, parameter in agent.named_parameters() if parameter.requires_grad}


def values(agent: Agent) -> Tensors:
    """Copies of the trainable parameters as they are now."""
    return {name: parameter.detach().clone() for name, parameter in trainable(agent).items()}


def old_block(tensor: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """The part of a grown tensor that had `shape`, as a view; the tensor itself if it did not grow."""
    return tensor if tensor.shape == shape else tensor[tuple(slice(size) for size in shape)]


def grown(tensor: torch.Tensor, shape: torch.Size) -> torch.Tensor:
    """`tensor` in the front block of zeros of `shape`; itself if it has that shape."""
    if tensor.shape == shape:
        return tensor
    larger = tensor.new_zeros(shape)
    old_block(larger, tensor.shape).copy_(tensor)
    return larger


def distance(agent: Agent, anchors: Tensors, importance: Tensors | None = None) -> torch.Tensor | float:
    """`sum_i importance_i (theta_i - anchor_i)^2`, a scalar; every importance 1 for None; 0.0 where nothing is held."""
    held, terms = trainable(agent), []
    for name, anchor in anchors.items():
        if name in held:
            apart = (old_block(held[name], anchor.shape) - anchor).square()
            terms.append((apart if importance is None else importance[name] * apart).sum())
    return torch.stack(terms).sum() if terms else 0.0


class Quadratic(Penalty):
    """A penalty whose state holds tensors by parameter name; they are restored onto the agent's device."""

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores the state, its tensors on the agent's device."""
        super().load_state_dict(state)
        device = next((parameter.device for _, parameter in self.agent.named_parameters()), torch.device("cpu"))
        for name, value in list(vars(self).items()):
            if name not in self.saved_elsewhere and isinstance(value, dict | list):
                setattr(self, name, _moved(value, device))


def _moved(tree: Any, device: torch.device) -> Any:
    if isinstance(tree, Mapping):
        return {key: _moved(value, device) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_moved(value, device) for value in tree]
    return tree.to(device) if isinstance(tree, torch.Tensor) else tree
