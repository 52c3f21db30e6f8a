"""Class-incremental digits in numbers: what finetuning forgets, what replay keeps, what joint training would reach.

python benchmarks/digits.py [SEEDS [PROTOCOL [ARM ...]]]      mean and standard deviation over seeds; without names, all

one pass      batches of 10, no momentum; the last batch of a task is short, and counts in full
full batches  the same without it: the published online protocol
ten passes    batches of 64, momentum 0.9, equal weights that sum to one: the protocol of the stability-gap pilot,
              whose memory was class-balanced and filled at task ends where ours is a reservoir

All are evaluated after every step (gdumb after every fifth). The memory has 200 rows, its kilobytes are those at the
end, with a teacher. Agents have their own defaults, but for the protocol; mer-2019 makes 110 steps for every new row,
and is left out of the ten passes.
"""

import sys
import time
from collections.abc import Sequence

import gymnasium as gym
import numpy as np

import recollect

ARMS = {
    "finetune": ("finetune", None),
    "er none": ("er", "none"),
    "er fifo": ("er", "fifo"),
    "er reservoir": ("er", "reservoir"),
    "er-ace": ("er-ace", None),
    "der": ("der", None),
    "der++": ("der++", None),
    "clear": ("clear", None),
    "mer-2019": ("mer-2019", None),
    "icarl": ("icarl", None),
    "scr": ("scr", None),
    "gdumb": ("gdumb", None),
    "joint": ("joint", None),
}
EVALUATE_EVERY = {"gdumb": 5}  # it trains for each evaluation: after every step it would take minutes a run
WEIGHED = ("er", "er-ace", "der", "der++", "clear")  # agents with the options new_weight and replayed_weight
METRICS = ("accuracy", "forgetting", "min-acc", "wc-acc", "aaa")
ONLINE = {"batch_size": 10}
PILOT = {"batch_size": 64, "momentum": 0.9}
PROTOCOLS = {
    "one pass": (ONLINE, ONLINE, {"passes": 1}),
    "full batches": (ONLINE, ONLINE, {"steps_per_task": 28}),
    "ten passes": (PILOT, PILOT | {"new_weight": 0.5, "replayed_weight": 0.5}, {"passes": 10}),
}


def trial(arm: str, protocol: str, seed: int) -> list[float]:
    """The metrics of one run, its memory in kilobytes, and its seconds."""
    name, replay = ARMS[arm]
    common, weighed, settings = PROTOCOLS[protocol]
    hyper = weighed if name in WEIGHED else common
    if name == "joint" and protocol == "ten passes":
        hyper = hyper | {"weight": 1.0}
    stream = gym.make("recollect/SplitDigits-v0")
    start = time.perf_counter()
    agent = recollect.make_agent(name, stream, replay=replay, capacity=200, seed=seed, **hyper)
    history = recollect.run(stream, agent, seed=seed, evaluate_every=EVALUATE_EVERY.get(name, 1), **settings)
    scores = [recollect.metric(metric)(history) for metric in METRICS]
    return [*scores, (agent.replay.nbytes + getattr(agent, "nbytes", 0)) / 1000, time.perf_counter() - start]


def report(seeds: int, protocols: Sequence[str], arms: Sequence[str]) -> None:
    """Runs and prints."""
    for protocol in protocols:
        print(f"{protocol:<14}" + "".join(f"{name:>16}" for name in (*METRICS, "kB", "seconds")))
        for arm in arms:
            if arm == "mer-2019" and protocol == "ten passes":
                continue
            found = np.array([trial(arm, protocol, seed) for seed in range(seeds)])  # (seeds, metrics)
            cells = [f"{mean:.3f} +- {sd:.3f}" for mean, sd in zip(found.mean(0), found.std(0, ddof=1), strict=True)]
            print(f"  {arm:<12}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


if __name__ == "__main__":
    seeds, protocol, *arms = [*sys.argv[1:], *("5", "")[len(sys.argv) - 1 :]]
    report(int(seeds), [protocol] if protocol else list(PROTOCOLS), arms or list(ARMS))
