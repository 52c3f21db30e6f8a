"""Supervised replay side by side: our `run`, Avalanche, and loops in bare PyTorch that do the same.

python benchmarks/supervised.py [--rounds 15] [--passes 1] [--avalanche-python PYTHON]

digits   class-incremental, five tasks of two digits, batches of 10 + 10 out of a reservoir of 200 rows, which is filled
         at task ends, as Avalanche's ReplayPlugin does; an MLP of 100, 100; SGD, learning rate 0.1. Ours is `er` with
         weights of 1/2 and 1/2, the mean over 10 + 10 rows (half of it in the first task, where nothing is replayed
         yet). Ours also evaluates one row of each task before the first task and after each one, the others nothing;
         opening streams counts in ours, not in Avalanche's. More passes make little of both.
resnet   reduced ResNet-18 on images of 32 x 32 x 3, uint8, batches of 10 + 10 out of an online reservoir of 200 rows.
         The bare loop has the same network, and neither histories nor hooks nor checks.

Arms take turns; a figure is the median, over rounds, of process CPU seconds, or of their ratio within a round. One
thread. Avalanche (0.6.0) does not install beside us: name a Python that has it, and it takes its turns in a process of
its own (`benchmarks/avalanche_digits.py`).
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy

import recollect
from recollect.nets.mlp import MLP
from recollect.nets.resnet import ResNet18Reduced

CAPACITY, BATCH, LR = 200, 10, 0.1
Trial = Callable[[int], dict[str, float]]


def digits() -> tuple[np.ndarray, ...]:
    """Images and labels to train on, images and labels to test on; the batches of every task are whole."""
    pixels, y = load_digits(return_X_y=True)
    x, tested = (pixels / 16).astype(np.float32), np.arange(len(y)) % 5 == 0
    rows = [np.flatnonzero(~tested & (y // 2 == task)) for task in range(5)]
    rows = np.concatenate([one[: len(one) // BATCH * BATCH] for one in rows])
    return x[rows], y[rows], x[tested], y[tested]


def pictures(n: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (n, 32, 32, 3)).astype(np.uint8), np.arange(n) % 4


def ours_on_digits(seed: int, passes: int = 1) -> dict[str, float]:
    x, y, x_test, y_test = digits()
    stream = recollect.stream_from((x, y), test=(x_test, y_test), tasks=5)
    memory = {"keep": "reservoir", "filled": "task-end"}
    agent = recollect.make_agent(
        "er", stream, replay="balanced", replay_options=memory, capacity=CAPACITY, seed=seed, device="cpu",
        batch_size=BATCH, lr=LR, new_weight=0.5, replayed_weight=0.5,
    )  # fmt: skip
    start = time.process_time()
    recollect.run(stream, agent, seed=seed, passes=passes, evaluate_rows=1)
    seconds = time.process_time() - start
    accuracy = float((agent.predict({"x": x_test})["y"] == y_test).mean())
    return {"seconds": seconds, "steps": agent.updates, "accuracy": accuracy}


def bare_on_digits(seed: int, passes: int = 1) -> dict[str, float]:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    x, y, x_test, y_test = map(torch.from_numpy, digits())
    network = MLP((64,), 10)
    optimiser = torch.optim.SGD(network.parameters(), lr=LR)
    kept, met, steps = np.zeros(0, np.int64), 0, 0
    start = time.process_time()
    for task in range(5):
        rows = torch.nonzero((y == 2 * task) | (y == 2 * task + 1))[:, 0]
        order = np.concatenate([rng.permutation(len(rows)) for _ in range(passes)])
        for new in rows[torch.from_numpy(order)].split(BATCH):
            old = torch.from_numpy(rng.choice(kept, BATCH, replace=False)) if len(kept) else new[:0]
            batch = torch.cat([new, old])
            loss = cross_entropy(network(x[batch]), y[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            steps += 1
        for row in rows.tolist():
            if len(kept) < CAPACITY:
                kept = np.append(kept, row)
            elif (slot := int(rng.integers(met + 1))) < CAPACITY:
                kept[slot] = row
            met += 1
    seconds = time.process_time() - start
    with torch.no_grad():
        accuracy = (network(x_test).argmax(1) == y_test).float().mean().item()
    return {"seconds": seconds, "steps": steps, "accuracy": accuracy}


def ours_on_pictures(seed: int) -> dict[str, float]:
    stream = recollect.stream_from(pictures(400), tasks=2, test_fraction=0.2)
    agent = recollect.make_agent(
        "er", stream, capacity=CAPACITY, seed=seed, device="cpu", batch_size=BATCH, lr=LR, backbone="resnet18-reduced"
    )
    start = time.process_time()
    recollect.run(stream, agent, seed=seed, evaluate_rows=1)
    return {"seconds": time.process_time() - start, "steps": agent.updates, "accuracy": float("nan")}


def bare_on_pictures(seed: int) -> dict[str, float]:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    images, labels = map(torch.from_numpy, pictures(320))
    network = ResNet18Reduced((32, 32, 3), 4)
    optimiser = torch.optim.SGD(network.parameters(), lr=LR)
    kept, met, steps = [], 0, 0
    start = time.process_time()
    for new in torch.from_numpy(rng.permutation(320)).split(BATCH):
        old = rng.choice(kept, min(BATCH, len(kept)), replace=False) if kept else []
        batch = torch.cat([new, torch.tensor(old, dtype=torch.int64)])
        losses = cross_entropy(network(images[batch]), labels[batch], reduction="none")
        loss = losses[: len(new)].mean() + (losses[len(new) :].mean() if len(old) else 0.0)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        for row in new.tolist():
            if len(kept) < CAPACITY:
                kept.append(row)
            elif (slot := int(rng.integers(met + 1))) < CAPACITY:
                kept[slot] = row
            met += 1
        steps += 1
    return {"seconds": time.process_time() - start, "steps": steps, "accuracy": float("nan")}


def avalanche(python: str, data: Path, passes: int) -> Trial:
    """Trials in a process of Avalanche's own, on the same rows."""
    np.savez(data, **dict(zip(("x", "y", "x_test", "y_test"), digits(), strict=True)))
    program = [python, "-W", "ignore", str(Path(__file__).with_name("avalanche_digits.py"))]
    worker = subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )

    def trial(seed: int) -> dict[str, float]:
        print(
            json.dumps({"data": str(data), "seed": seed, "capacity": CAPACITY, "batch": BATCH, "passes": passes}),
            file=worker.stdin,
            flush=True,
        )
        return next(json.loads(line) for line in worker.stdout if line.startswith("{"))

    return trial


def compare(title: str, arms: dict[str, Trial], rounds: int) -> None:
    """Runs every arm once unmeasured, then `rounds` times in turns, and prints a table."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in arms}
    for seed in range(rounds + 1):
        for name, trial in arms.items():
            one = trial(seed)
            found[name] += [one] if seed else []
    print(f"\n{title}, {rounds} rounds\n{'':<12}{'us/step':>10}{'x ours':>10}{'steps':>8}{'accuracy':>10}")
    ours = [one["seconds"] / one["steps"] for one in found["ours"]]
    for name, trials in found.items():
        each = [one["seconds"] / one["steps"] for one in trials]
        ratio = statistics.median(a / b for a, b in zip(each, ours, strict=True))
        accuracy = statistics.mean(one["accuracy"] for one in trials)
        steps = trials[0]["steps"]
        print(f"{name:<12}{1e6 * statistics.median(each):>10.0f}{ratio:>10.2f}{steps:>8}{accuracy:>10.3f}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15, help="turns of each arm")
    parser.add_argument("--passes", type=int, default=1, help="passes over the digits of each task")
    parser.add_argument("--avalanche-python", help="a Python that has avalanche-lib 0.6.0")
    given = parser.parse_args()
    torch.set_num_threads(1)
    contenders: dict[str, Trial] = {
        "ours": partial(ours_on_digits, passes=given.passes),
        "bare loop": partial(bare_on_digits, passes=given.passes),
    }
    with tempfile.TemporaryDirectory() as folder:
        if given.avalanche_python:
            contenders["avalanche"] = avalanche(given.avalanche_python, Path(folder, "digits.npz"), given.passes)
        compare("digits", contenders, given.rounds)
    compare("resnet", {"ours": ours_on_pictures, "bare loop": bare_on_pictures}, max(given.rounds // 3, 1))
