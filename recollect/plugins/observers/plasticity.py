"""Dormant units, effective rank and weight norm: how much of a network is still able to learn.

{"step": 138, "task": 2, "weight_norm": 11.8, "dormant": 0.035, "effective_rank": 21.4}
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from recollect.core import Agent
from recollect.plugins.observers.appended import AppendedFile
from recollect.randomness import random_states, restore_random_states

if TYPE_CHECKING:
    from recollect.loop import Run
    from recollect.rows import Rows

ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Tanh, nn.Sigmoid)


class Plasticity:
    """After every evaluation, measures the networks on the rows of the last step; keeps and writes the numbers.

    `weight_norm` is the Euclidean norm of all trainable parameters. `dormant` is the share of hidden units whose mean
    absolute activation is at most `threshold` times the mean of their layer (Sokar et al. 2023, arXiv 2302.12902; a
    channel of a convolution is a unit). `effective_rank` is exp of the entropy of the normalised singular values of the
    last hidden layer's outputs, rows by units (Roy & Vetterli 2007); it cannot exceed the number of rows. The last two
    are absent before the first step, and for agents without activation modules. What is seen is one call of
    `agent.predict` (`agent.act` for observations) in eval mode; random states are put back.

    The numbers are in `records`, and in `plasticity.jsonl` where the run has a folder.

    Args:
        threshold: tau (paper: 0.025 for measuring).
        rows: at most so many rows of the last steps are looked at.
    """

    def __init__(self, threshold: float = 0.025, rows: int = 256) -> None:
        self.threshold, self.rows = threshold, rows
        self.records: list[dict[str, float]] = []
        self.latest: list[Rows] = []
        self.file = AppendedFile("plasticity.jsonl", "plasticity")
        self.writes = False

    def recollect_run_start(self, run: "Run") -> None:
        """Opens the file, or continues it."""
        self.writes = run.directory is not None
        if self.writes:
            self.file.begin(run.directory)

    def recollect_step_end(self, rows: "Rows") -> None:
        """Remembers the rows of the last steps."""
        self.latest.append(rows)
        while len(self.latest) > 1 and sum(map(_count, self.latest[1:])) >= self.rows:
            self.latest.pop(0)

    def recollect_evaluated(self, run: "Run", task: int, step: int) -> None:
        """Measures."""
        found = {"step": step, "task": task, **self.measure(run.agent)}
        self.records.append(found)
        if self.writes:  # JSON has no infinities
            line = {name: number if math.isfinite(number) else None for name, number in found.items()}
            self.file.append(json.dumps(line).encode() + b"\n")

    def measure(self, agent: Agent) -> dict[str, float]:
        """The numbers of now."""
        squares = [p.detach().double().square().sum().item() for _, p in agent.named_parameters() if p.requires_grad]
        numbers = {"weight_norm": math.sqrt(sum(squares))} if squares else {}
        layers = hidden_outputs(agent, self._stacked()) if self.latest else []
        if layers:
            numbers["dormant"] = dormant(layers, self.threshold)
            numbers["effective_rank"] = effective_rank(layers[-1])
        return numbers

    def _stacked(self) -> "Rows":
        shared = set(self.latest[0]).intersection(*self.latest)
        return {field: np.concatenate([rows[field] for rows in self.latest])[-self.rows :] for field in shared}

    def state_dict(self) -> dict[str, Any]:
        """What was measured, the rows to measure on, and the length of the file."""
        return {"records": self.records, "latest": self.latest, "file": self.file.state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restores what `state_dict` gave."""
        self.records, self.latest = list(state["records"]), list(state["latest"])
        self.file.load_state_dict(state["file"])


def dormant(layers: list[torch.Tensor], threshold: float) -> float:
    """The share of dormant units among all units of hidden layers, (N, units) each."""
    activity = [outputs.abs().mean(0) for outputs in layers]
    asleep = sum(int((one <= threshold * one.mean()).sum()) for one in activity)
    return asleep / sum(map(len, activity))


def effective_rank(outputs: torch.Tensor) -> float:
    """exp(entropy) of the normalised singular values of (N, units); 0.0 for zeros, NaN where outputs are not finite."""
    if not outputs.isfinite().all():
        return math.nan
    values = torch.linalg.svdvals(outputs.double())
    total = values.sum()
    if not total > 0:
        return 0.0
    shares = values / total
    return math.exp(-torch.xlogy(shares, shares).sum().item())


def hidden_outputs(agent: Agent, rows: "Rows") -> list[torch.Tensor]:
    """What the activation modules of the agent's networks give for `rows`, (N, units) each, in order of the call."""
    networks = [value for value in vars(agent).values() if isinstance(value, nn.Module)]
    seen: list[torch.Tensor] = []
    modules = {m for network in networks for m in network.modules() if isinstance(m, ACTIVATIONS)}
    hooks = [m.register_forward_hook(lambda _module, _inputs, output: seen.append(output.detach())) for m in modules]
    try:
        with untouched(agent), torch.no_grad():
            _call(agent, rows)
    finally:
        for hook in hooks:
            hook.remove()
    return [_by_unit(outputs) for outputs in seen]


def _call(agent: Agent, rows: "Rows") -> None:
    """One pass of the rows through whatever the agent acts or predicts with."""
    if "x" in rows:
        agent.predict(rows)
        return
    if "mask" in rows:  # episodes (N, T, ...) -> the steps that took place
        task = {"task": np.repeat(rows["task"], rows["mask"].sum(1))} if "task" in rows else {}
        rows = {f: v[rows["mask"]] for f, v in rows.items() if f.split("/")[0] == "obs"} | task
    obs: Any = rows.get("obs", {f.removeprefix("obs/"): v for f, v in rows.items() if f.startswith("obs/")})
    agent.act(obs, task=rows.get("task"), explore=False)


def _by_unit(outputs: torch.Tensor) -> torch.Tensor:
    if outputs.dim() == 4:  # (N, channels, H, W) -> (N, channels)
        return outputs.mean((2, 3))
    return outputs.reshape(-1, outputs.shape[-1])  # (N, T, units) -> (N T, units)


def _count(rows: "Rows") -> int:
    return len(next(iter(rows.values()), ()))


@contextmanager
def untouched(agent: Agent) -> Iterator[None]:
    """Inside, networks are in eval mode; afterwards modes and random states are as they were."""
    networks = [value for value in vars(agent).values() if isinstance(value, nn.Module)]
    states, modes = random_states(), [(m, m.training) for network in networks for m in network.modules()]
    parts = (agent, agent.replay, agent.penalty)
    drawn = [v for part in parts for v in getattr(part, "__dict__", {}).values() if isinstance(v, np.random.Generator)]
    before = [generator.bit_generator.state for generator in drawn]
    for network in networks:
        network.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        for generator, state in zip(drawn, before, strict=True):
            generator.bit_generator.state = state
        restore_random_states(states)
