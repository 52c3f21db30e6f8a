"""Class-incremental digits in numbers: what finetuning forgets, what replay keeps, what joint training would reach.

python benchmarks/digits.py [SEEDS]      mean and standard deviation over seeds, for three protocols

one pass      batches of 10, no momentum; the last batch of a task is short, and counts in full
full batches  the same without it: the published online protocol
ten passes    batches of 64, momentum 0.9, equal weights that sum to one: the protocol of the stability-gap pilot,
              whose memory was class-balanced and filled at task ends where ours is a reservoir
"""

import sys
import time

import gymnasium as gym
import numpy as np

import recollect

ARMS = {
    "finetune": ("finetune", None),
    "er none": ("er", "none"),
    "er fifo": ("er", "fifo"),
    "er reservoir": ("er", "reservoir"),
    "joint": ("joint", None),
}
METRICS = ("accuracy", "forgetting", "min-acc", "wc-acc", "aaa")
PILOT = {"batch_size": 64, "momentum": 0.9}
PROTOCOLS = {
    "one pass": ({}, {}, {"passes": 1}),
    "full batches": ({}, {}, {"steps_per_task": 28}),
    "ten passes": (PILOT, PILOT | {"new_weight": 0.5, "replayed_weight": 0.5}, {"passes": 10}),
}


def trial(arm: str, protocol: str, seed: int) -> list[float]:
    """The metrics of one run, and its seconds."""
    name, replay = ARMS[arm]
    common, er, settings = PROTOCOLS[protocol]
    hyper = er if name == "er" else common | ({"weight": 1.0} if name == "joint" and protocol == "ten passes" else {})
    stream = gym.make("recollect/SplitDigits-v0")
    start = time.perf_counter()
    agent = recollect.make_agent(name, stream, replay=replay, capacity=200, seed=seed, **hyper)
    history = recollect.run(stream, agent, seed=seed, evaluate_every=1, **settings)
    return [recollect.metric(metric)(history) for metric in METRICS] + [time.perf_counter() - start]


def report(seeds: int) -> None:
    """Runs and prints."""
    for protocol in PROTOCOLS:
        print(f"{protocol:<14}" + "".join(f"{name:>16}" for name in (*METRICS, "seconds")))
        for arm in ARMS:
            found = np.array([trial(arm, protocol, seed) for seed in range(seeds)])  # (seeds, metrics)
            cells = [f"{mean:.3f} +- {sd:.3f}" for mean, sd in zip(found.mean(0), found.std(0, ddof=1), strict=True)]
            print(f"  {arm:<12}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


if __name__ == "__main__":
    report(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
