"""Hidden units: which layers feed them, which they feed, how active they are, and how to renew one."""

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)
PASSED = (nn.Flatten, nn.Dropout, nn.Identity, nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)  # units stay units


class HiddenLayer(NamedTuple):
    """Units between two layers of weights; a unit is an output of a Linear layer or a channel of a Conv2d."""

    incoming: Any
    activation: nn.Module
    outgoing: Any

    @property
    def width(self) -> int:
        """How many units."""
        return self.incoming.weight.shape[0]

    def columns(self, units: torch.Tensor) -> torch.Tensor:
        """The inputs of the outgoing layer that `units` (k,) feed: several each where channels were flattened."""
        repeat = self.outgoing.weight.shape[1] // self.width
        return (units[:, None] * repeat + torch.arange(repeat, device=units.device)).reshape(-1)


def hidden_layers(network: nn.Module) -> list[HiddenLayer]:
    """The hidden layers of a network that is a chain: a Sequential, or one with `body` and `head`.

    A chain is Linear or Conv2d, an activation, and Linear or Conv2d again, with nothing between them but flattening,
    pooling and dropout. Normalisation and residual blocks break it: their units are not found.
    An algorithm that holds networks (it has a `policy`) has the layers of every chain inside; all else has none.
    """
    if isinstance(getattr(network, "policy", None), nn.Module):
        chains = [one for one in network.modules() if hasattr(one, "body") and hasattr(one, "head")]
        return [layer for chain in chains for layer in hidden_layers(chain)]
    body, head = getattr(network, "body", None), getattr(network, "head", None)
    if isinstance(body, nn.Module) and isinstance(head, nn.Module):
        steps = [*_flat(body), *_flat(head)]
    else:
        steps = _flat(network) if isinstance(network, nn.Sequential) else []
    found, incoming, activation = [], None, None
    for step in steps:
        if isinstance(step, nn.Linear | nn.Conv2d):
            if incoming is not None and activation is not None:
                found.append(HiddenLayer(incoming, activation, step))
            incoming, activation = step, None
        elif isinstance(step, ACTIVATIONS) and incoming is not None:
            activation = step
        elif not isinstance(step, PASSED):
            incoming = activation = None
    return found


def _flat(module: nn.Module) -> list[nn.Module]:
    if not isinstance(module, nn.Sequential):
        return [module]
    return [step for child in module for step in _flat(child)]


def watch(modules: Sequence[nn.Module], call: Callable[[], Any]) -> list[torch.Tensor]:
    """What each module gave while `call` ran, (N, ...), without a graph; several passes one after another."""
    seen: list[list[torch.Tensor]] = [[] for _ in modules]
    hooks = [
        module.register_forward_hook(lambda _module, _inputs, output, kept=kept: kept.append(output.detach()))
        for module, kept in zip(modules, seen, strict=True)
    ]
    try:
        with torch.no_grad():
            call()
    finally:
        for hook in hooks:
            hook.remove()
    return [torch.cat(outputs) if outputs else torch.empty(0) for outputs in seen]


def per_unit(outputs: torch.Tensor) -> torch.Tensor:
    """The mean over rows and places, (units,), of outputs (N, units), (N, T, units) or (N, channels, H, W)."""
    units = 1 if outputs.dim() == 4 else outputs.dim() - 1
    return outputs.mean([axis for axis in range(outputs.dim()) if axis != units])


def renew(layer: HiddenLayer, units: torch.Tensor, rng: np.random.Generator, optimisers: Sequence[Any]) -> None:
    """Makes `units` (k,) new: incoming weights drawn, biases and outgoing weights 0, gradients and moments 0.

    Incoming weights are drawn as PyTorch draws a new layer's, uniformly in [-1, 1] / sqrt(fan in). As the outgoing
    weights are 0, the network computes the same as without these units.
    """
    incoming, outgoing = layer.incoming, layer.outgoing
    columns = layer.columns(units)
    bound = 1 / math.sqrt(incoming.weight[0].numel())
    shape = (len(units), *incoming.weight.shape[1:])
    with torch.no_grad():
        incoming.weight[units] = torch.from_numpy(rng.uniform(-bound, bound, shape)).to(incoming.weight)
        if incoming.bias is not None:
            incoming.bias[units] = 0.0
        outgoing.weight[:, columns] = 0.0
    places = [(incoming.weight, units), (incoming.bias, units), (outgoing.weight, (slice(None), columns))]
    for parameter, place in places:
        if parameter is None:
            continue
        if parameter.grad is not None:
            parameter.grad[place] = 0.0
        for optimiser in optimisers:
            for moment in optimiser.state.get(parameter, {}).values():
                if isinstance(moment, torch.Tensor) and moment.shape == parameter.shape:
                    moment[place] = 0.0
