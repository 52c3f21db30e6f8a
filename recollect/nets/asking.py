"""What replay strategies ask about a network: answers that leave weights, statistics and gradients as they were."""

import torch
from torch import nn
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy


class Still:
    """Inside, networks are in eval mode, and statistics stay; afterwards each module's mode is what it was."""

    def __init__(self, *networks: nn.Module) -> None:
        self.networks = networks

    def __enter__(self) -> None:
        self.modes = [(module, module.training) for network in self.networks for module in network.modules()]
        for network in self.networks:
            network.eval()

    def __exit__(self, *_: object) -> None:
        for module, mode in self.modes:
            module.training = mode


def networks_of(owner: object) -> list[nn.Module]:
    """The networks among an object's attributes."""
    return [value for value in vars(owner).values() if isinstance(value, nn.Module)]


NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)


class Unmoved:
    """Inside, batch normalisation goes by the batch where it did, and its running statistics stay as they were.

    It is for a second pass in one step of training: the first one has moved them.
    """

    def __init__(self, *networks: nn.Module) -> None:
        modules = (module for network in networks for module in network.modules())
        self.norms = [module for module in modules if isinstance(module, NORMS) and module.track_running_stats]

    def __enter__(self) -> None:
        for module in self.norms:
            module.track_running_stats = not module.training

    def __exit__(self, *_: object) -> None:
        for module in self.norms:
            module.track_running_stats = True


def virtual_step(network: nn.Module, x: torch.Tensor, y: torch.Tensor, lr: float) -> dict[str, torch.Tensor]:
    """The weights by name after one step of plain SGD on the mean cross-entropy of `x`, `y`; the network keeps its own.

    No momentum, no weight decay: theta - lr * grad (Aljundi et al. 2019, arXiv:1908.04742, section 3.1).
    """
    weights = {name: weight for name, weight in network.named_parameters() if weight.requires_grad}
    with torch.enable_grad():
        slopes = torch.autograd.grad(cross_entropy(network(x), y), list(weights.values()), allow_unused=True)
    moved = zip(weights.items(), slopes, strict=True)
    return {name: weight.detach() if slope is None else weight.detach() - lr * slope for (name, weight), slope in moved}


def row_gradients(network: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The gradient (N, P) of each row's cross-entropy by all trainable weights, in their order, heads included."""
    weights = {name: weight.detach() for name, weight in network.named_parameters() if weight.requires_grad}

    def loss(theta: dict[str, torch.Tensor], one: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        return cross_entropy(functional_call(network, theta, (one[None],)), label[None])

    slopes = vmap(grad(loss), in_dims=(None, 0, 0))(weights, x, y)  # name -> (N, *weight)
    return torch.cat([slopes[name].flatten(1) for name in weights], 1)
