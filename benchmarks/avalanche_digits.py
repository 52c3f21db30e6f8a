"""One trial of experience replay on split digits in Avalanche, for every line on standard input.

`benchmarks/supervised.py --avalanche-python PYTHON` starts it in Avalanche's own environment. It prints JSON: process
CPU seconds of training, steps, examples, accuracy over all classes afterwards.
"""

import json
import sys
import time

import numpy as np
import torch

library = torch.library.Library("torchvision", "DEF")  # torchvision's own do not load beside PyTorch's build for CPUs
for stub in (
    "nms(Tensor boxes, Tensor scores, float threshold) -> Tensor",
    "qnms(Tensor a, Tensor b, float c) -> Tensor",
):
    library.define(stub)

from avalanche.benchmarks import nc_benchmark  # noqa: E402
from avalanche.training.plugins import EvaluationPlugin, ReplayPlugin  # noqa: E402
from avalanche.training.storage_policy import ReservoirSamplingBuffer  # noqa: E402
from avalanche.training.supervised import Naive  # noqa: E402


class Digits(torch.utils.data.TensorDataset):
    """Rows with `targets`, as Avalanche asks."""

    def __init__(self, x: torch.Tensor, y: torch.Tensor) -> None:
        super().__init__(x, y)
        self.targets = y.tolist()


class Counted(torch.nn.Module):
    """The same MLP as everywhere, counting what passes through it in training."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(
            *(torch.nn.Linear(64, 100), torch.nn.ReLU(), torch.nn.Linear(100, 100), torch.nn.ReLU()),
            torch.nn.Linear(100, 10),
        )
        self.steps = self.examples = 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.steps, self.examples = self.steps + self.training, self.examples + self.training * len(x)
        return self.layers(x)


def trial(data: str, seed: int, capacity: int, batch: int, passes: int) -> dict[str, float]:
    torch.manual_seed(seed)
    with np.load(data, allow_pickle=False) as arrays:
        x, y, x_test, y_test = (torch.from_numpy(arrays[name]) for name in ("x", "y", "x_test", "y_test"))
    benchmark = nc_benchmark(Digits(x, y), Digits(x_test, y_test), 5, task_labels=False, shuffle=False)
    network = Counted()
    memory = ReplayPlugin(
        capacity, batch, batch, task_balanced_dataloader=False, storage_policy=ReservoirSamplingBuffer(capacity)
    )
    strategy = Naive(
        model=network,
        optimizer=torch.optim.SGD(network.parameters(), lr=0.1),
        criterion=torch.nn.CrossEntropyLoss(),
        train_mb_size=batch,
        train_epochs=passes,
        device="cpu",
        plugins=[memory],
        evaluator=EvaluationPlugin(),
    )
    start = time.process_time()
    for experience in benchmark.train_stream:
        strategy.train(experience, num_workers=0)
    seconds = time.process_time() - start
    with torch.no_grad():
        accuracy = (network.eval()(x_test).argmax(1) == y_test).float().mean().item()
    return {"seconds": seconds, "steps": network.steps, "examples": network.examples, "accuracy": accuracy}


if __name__ == "__main__":
    torch.set_num_threads(1)
    for line in sys.stdin:
        print(json.dumps(trial(**json.loads(line))), flush=True)
