"""What a stream costs over the environment in it: HalfCheetah, alone, in a sequence, and as a robot of ours.

python benchmarks/streams.py        CPU time of blocks of steps, interleaved; medians of the ratios within each round

Goal: a stream's step costs at most 5% over that of `gym.make`'s own env. Random actions, drawn beforehand; all of them
live the same episodes.
"""

import statistics
import time
from collections.abc import Callable

import gymnasium as gym
import numpy as np

STEPS, ROUNDS = 1_000, 60  # one episode of HalfCheetah per block
STREAMS: dict[str, Callable[[], gym.Env]] = {
    "gym.make('HalfCheetah-v5')": lambda: gym.make("HalfCheetah-v5"),
    "the same, again": lambda: gym.make("HalfCheetah-v5"),  # what the measurement itself cannot tell
    "recollect/Sequence-v0": lambda: gym.make("recollect/Sequence-v0", envs=["HalfCheetah-v5"], steps_per_task=10**9),
    "recollect/Sequence-v0 one_hot": lambda: gym.make("recollect/Sequence-v0", envs=["HalfCheetah-v5"], one_hot=True),
    "recollect/HalfCheetahGravity-v0": lambda: gym.make("recollect/HalfCheetahGravity-v0", steps_per_task=10**9),
}


def block(env: gym.Env, acts: np.ndarray, seed: int) -> float:
    """CPU seconds of one episode, without its reset."""
    env.reset(seed=seed)
    start = time.process_time()
    for act in acts:
        env.step(act)
    return time.process_time() - start


def main() -> None:
    import recollect  # noqa: F401  # registers the streams

    envs = {name: make() for name, make in STREAMS.items()}
    acts = np.random.default_rng(0).uniform(-1, 1, (STEPS, 6)).astype(np.float32)
    seconds: dict[str, list[float]] = {name: [] for name in envs}
    for turn in range(ROUNDS):
        names = list(envs)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:  # nobody is always first
            seconds[name].append(block(envs[name], acts, seed=turn))
    own = seconds[next(iter(envs))]
    print(f"{'':34}us/step   ratio (quartiles)")
    for name, mine in seconds.items():
        ratios = [a / b for a, b in zip(mine, own, strict=True)]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"{name:34}{statistics.median(mine) / STEPS * 1e6:7.2f}   {middle:.3f} ({low:.3f}-{high:.3f})")


if __name__ == "__main__":
    main()
