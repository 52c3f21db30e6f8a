"""Recycling: what ReDo and continual backprop share: whose units, how active they are, and making some new."""

from typing import Any

import torch

from recollect.core import Agent, Penalty
from recollect.errors import SchemaError
from recollect.nets.asking import Unmoved, networks_of
from recollect.nets.units import HiddenLayer, hidden_layers, renew, watch
from recollect.rows import Rows, num_rows


class Recycling(Penalty):
    """Renews hidden units, of every network of the agent that is a chain (`recollect.nets.units`).

    How active units are is seen in one more pass of a step's rows, new and replayed, through `agent.row_losses`, which
    moves no statistics of batch normalisation; units that this pass does not reach are left alone. Units are renewed
    between the backward pass and the optimiser's step: their gradients and moments become 0, so that the step leaves
    them as they were drawn.
    """

    asks = ("row_losses",)

    def bind(self, agent: Agent) -> None:
        """Finds the units.

        Raises:
            SchemaError: if no network of the agent is a chain with hidden units.
        """
        super().bind(agent)
        if not self.layers():
            raise SchemaError(
                f"{type(self).__name__} renews hidden units of chains of Linear and Conv2d layers, and "
                f"{type(agent).__name__} has no such network (a Sequential, or one with `body` and `head`)"
            )

    def layers(self) -> list[HiddenLayer]:
        """All hidden layers, in order of the agent's attributes."""
        found = [layer for network in networks_of(self.agent) for layer in hidden_layers(network)]
        return [layer for layer in found if layer.incoming.weight.requires_grad]

    def outputs(self, new: Rows, replayed: Rows) -> list[torch.Tensor]:
        """What each hidden layer gave for the rows, (N, units) or (N, channels, H, W); empty where not reached."""
        agent: Any = self.agent
        filled = [rows for rows in (new, replayed) if num_rows(rows)]
        activations = [layer.activation for layer in self.layers()]
        with Unmoved(*networks_of(agent)):
            return watch(activations, lambda: [agent.row_losses(rows) for rows in filled])

    def renew(self, layer: HiddenLayer, units: torch.Tensor) -> None:
        """Makes `units` (k,) of a layer new."""
        renew(layer, units, self.rng, [value for value in vars(self.agent).values() if hasattr(value, "param_groups")])
