"""Observers: they listen to a run through the hooks, and show or write what happens.

    bias          how far predictions, angles and norms of classes lean to the running task
    console       a progress bar and the scores of every evaluation; plain lines without a terminal
    contents      what the memory holds, in contents.jsonl in the run's folder
    jsonl         events.jsonl in the run's folder
    tensorboard   scalars in the run's folder (extra `track`)
    plasticity    dormant units, effective rank and weight norm at every evaluation
    gradients     norms of plasticity and stability gradients, of agents that log them
    wandb         Weights & Biases, offline unless WANDB_MODE says otherwise (extra `track`)

An observer is a class without required arguments whose methods carry the names of hooks. One that appends to
a file has `state_dict` and `load_state_dict`, so that a resumed run writes nothing twice.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry

recollect_api = 1


def recollect_register(registry: "Registry") -> None:
    """Registers the observers."""
    package = "recollect.plugins.observers"
    registry.observer("bias", f"{package}.bias:Bias", "how far predictions, angles and norms lean to the running task")
    registry.observer("console", f"{package}.console:Console", "progress bar and scores; plain without a terminal")
    registry.observer("contents", f"{package}.contents:Contents", "what the memory holds by task, class and age")
    registry.observer("gradients", f"{package}.gradients:Gradients", "norms of plasticity and stability gradients")
    registry.observer("jsonl", f"{package}.jsonl:Jsonl", "events.jsonl in the run's folder")
    registry.observer("plasticity", f"{package}.plasticity:Plasticity", "dormant units, effective rank, weight norm")
    registry.observer("tensorboard", f"{package}.tensorboard:Tensorboard", "scalars for TensorBoard (extra track)")
    registry.observer("wandb", f"{package}.wandb:Wandb", "Weights & Biases, offline by default (extra track)")
