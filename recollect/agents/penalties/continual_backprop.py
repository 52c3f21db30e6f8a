"""Continual backprop: a trickle of the least useful units is renewed."""

import torch

from recollect.agents.penalties.quadratic import Quadratic
from recollect.agents.penalties.recycling import Recycling
from recollect.errors import OptionError
from recollect.nets.units import HiddenLayer, per_unit
from recollect.rows import Rows


class ContinualBackprop(Recycling, Quadratic):
    """At every gradient step renews `rate` of the mature units of each hidden layer: those of the lowest utility.

    Dohare et al. (2024), "Loss of plasticity in deep continual learning", Nature 632, arXiv 2306.13812, algorithm 1. A
    unit's utility is the decaying mean of |activation| times its mean absolute outgoing weight, corrected for its age
    as Adam's moments are. Only units older than `maturity` steps may be replaced; fractions of a unit are carried over.
    What a renewed unit gave on average goes into the next layer's biases (where it has one bias per output), so that
    the outputs hardly move. Incoming weights are drawn anew, outgoing ones and biases become 0, the optimiser's moments
    too. What differs: the step itself is taken after the renewal; weights are drawn as PyTorch's layers draw theirs
    (there Kaiming).

    Args:
        rate: replacement rate rho, in [0, 1] (paper: 1e-4 in its code; swept).
        decay: eta of the running means, in [0, 1) (paper: 0.99).
        maturity: m, steps before a unit may be replaced, at least 0 (paper: 100).
        seed: of the new weights.

    Raises:
        OptionError: if an option lies outside its range.
    """

    def __init__(self, *, rate: float = 1e-4, decay: float = 0.99, maturity: int = 100, seed: int = 0) -> None:
        super().__init__(seed=seed)
        if not 0 <= rate <= 1:
            raise OptionError(f"rate must lie in [0, 1], got {rate!r}")
        if not 0 <= decay < 1:
            raise OptionError(f"decay must lie in [0, 1), got {decay!r}")
        if isinstance(maturity, bool) or not isinstance(maturity, int) or maturity < 0:
            raise OptionError(f"maturity must be a whole number of steps, at least 0, got {maturity!r}")
        self.rate, self.decay, self.maturity = rate, decay, maturity
        self.utility: list[torch.Tensor] = []  # of each hidden layer, (units,), not yet corrected for age
        self.mean: list[torch.Tensor] = []  # running mean of the activations, likewise
        self.age: list[torch.Tensor] = []  # steps since a unit was made
        self.due: list[float] = []  # units to renew, fractions carried
        self.renewed = 0

    def project(self, new: Rows, replayed: Rows) -> None:
        """Renews what is due in every layer that the rows reach."""
        for i, (layer, outputs) in enumerate(zip(self.layers(), self.outputs(new, replayed), strict=True)):
            if i == len(self.utility):
                zeros = layer.incoming.weight.new_zeros(layer.width)
                self.utility.append(zeros)
                self.mean.append(zeros.clone())
                self.age.append(zeros.clone())
                self.due.append(0.0)
            if len(outputs):
                self.replace(i, layer, outputs)

    def replace(self, i: int, layer: HiddenLayer, outputs: torch.Tensor) -> None:
        """One step of the i-th hidden layer."""
        decay, age = self.decay, self.age[i]
        weight = layer.outgoing.weight.detach().abs()
        fed = weight.mean([axis for axis in range(weight.dim()) if axis != 1])  # (inputs,)
        fed = fed.reshape(layer.width, -1).mean(1)  # (units,)
        age += 1
        self.utility[i].mul_(decay).add_((1 - decay) * per_unit(outputs.abs()) * fed)
        self.mean[i].mul_(decay).add_((1 - decay) * per_unit(outputs))
        mature = (age > self.maturity).nonzero()[:, 0]
        self.due[i] += self.rate * len(mature)
        count = int(self.due[i])
        if not count:
            return
        self.due[i] -= count
        corrected = self.utility[i] / (1 - decay**age)
        units = mature[corrected[mature].argsort(stable=True)[:count]]
        mean = self.mean[i][units] / (1 - decay ** age[units])
        if layer.outgoing.bias is not None:
            columns = layer.outgoing.weight.detach()[:, layer.columns(units)]
            given = columns.reshape(len(columns), len(units), -1).sum(2) @ mean  # (outputs,)
            layer.outgoing.bias.detach().add_(given)
        self.renew(layer, units)
        for state in (self.utility[i], self.mean[i], age):
            state[units] = 0.0
        self.renewed += len(units)
