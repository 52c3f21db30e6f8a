"""Replay memories side by side: what a call costs here, in tianshou, stable-baselines3 and cpprb.

python benchmarks/replay.py [ROUNDS]     a markdown table; microseconds of CPU time per call, and paired ratios

All contenders of a line are filled and live in one process. A round measures each of them in turn; figures are medians
over the rounds, ratios medians of the rounds' own ratios, so that load counts for both sides alike. Rows are as
HalfCheetah gives them (166 bytes in float32). Ours validates every call, as users have it. Peers that cannot be
imported are left out, and named. What a peer's user must write around the call is part of it: `Batch(...)` for
tianshou's add, which is also shown without.
"""

import importlib
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import gymnasium as gym
import numpy as np

import recollect

CAPACITY, OBS, ACT, PIXELS = 1_000_000, 17, 6, 5_000
BLOCK = 0.01  # seconds of CPU that one measurement lasts
Case = dict[str, Callable[[], Any]]


def peer(name: str) -> Any:
    """A module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


tianshou, sb3, cpprb = peer("tianshou.data"), peer("stable_baselines3.common.buffers"), peer("cpprb")
algorithm = peer("tianshou.algorithm.algorithm_base")


def transitions(count: int, dtype: Any = np.float32, seed: int = 0) -> dict[str, np.ndarray]:
    """HalfCheetah-like rows of one lane, in episodes of 1000 steps."""
    rng, steps = np.random.default_rng(seed), np.arange(1, count + 1)
    obs = rng.standard_normal((count + 1, OBS), np.float32).astype(dtype)
    return {
        "obs": obs[:-1],
        "act": rng.uniform(-1, 1, (count, ACT)).astype(np.float32),
        "rew": rng.standard_normal(count, np.float32),
        "terminated": np.zeros(count, bool),
        "truncated": steps % 1000 == 0,
        "obs_next": obs[1:],
    }


def small(n: int) -> Iterator[dict[str, np.ndarray]]:
    """Batches of `n` rows without end, each in arrays of its own, as an environment gives them."""
    rows = transitions(64 * n)
    return cycle([{field: values[i : i + n].copy() for field, values in rows.items()} for i in range(0, 64 * n, n)])


def ours(name: str, rows: dict[str, np.ndarray], capacity: int = CAPACITY, **options: Any) -> Any:
    """One of our memories, filled."""
    memory = recollect.make_replay(name, capacity, replace=True, **options)
    for start in range(0, len(rows["rew"]), 100_000):
        memory.add({field: values[start : start + 100_000] for field, values in rows.items()})
    return memory


def theirs(rows: dict[str, np.ndarray], kind: str = "ReplayBuffer", **options: Any) -> Any:
    """A buffer of tianshou, filled."""
    buffer = getattr(tianshou, kind)(len(rows["rew"]), **options)
    buffer.set_batch(tianshou.Batch(**rows, done=rows["terminated"] | rows["truncated"]))
    buffer._size = len(rows["rew"])
    if kind == "PrioritizedReplayBuffer":
        buffer.init_weight(np.arange(len(rows["rew"])))
    return buffer


def sb3_filled(rows: dict[str, np.ndarray], lanes: int = 1) -> Any:
    """A buffer of stable-baselines3, filled."""
    low = 0 if rows["obs"].dtype == np.uint8 else -np.inf
    spaces = [
        gym.spaces.Box(low, 255 if low == 0 else np.inf, rows["obs"].shape[1:], rows["obs"].dtype),
        gym.spaces.Box(-1, 1, rows["act"].shape[1:], rows["act"].dtype),
    ]
    buffer = sb3.ReplayBuffer(len(rows["rew"]), *spaces, device="cpu", n_envs=lanes)
    names = {"observations": "obs", "next_observations": "obs_next", "actions": "act", "rewards": "rew"}
    for theirs_, field in names.items():
        held = getattr(buffer, theirs_)
        held[...] = rows[field][: held.shape[0] * lanes].reshape(held.shape)
    buffer.full = True
    return buffer


def cpprb_filled(rows: dict[str, np.ndarray], kind: str = "ReplayBuffer", **options: Any) -> Any:
    """A buffer of cpprb, filled."""
    form = {field: {"shape": values.shape[1:] or 1, "dtype": values.dtype} for field, values in rows.items()}
    buffer = getattr(cpprb, kind)(len(rows["rew"]), form, **options)
    for start in range(0, len(rows["rew"]), 100_000):
        buffer.add(**{field: values[start : start + 100_000] for field, values in rows.items()})
    return buffer


def sampling(n: int, rows: dict[str, np.ndarray]) -> Case:
    """A uniform sample of `n` rows."""
    memory = ours("fifo", rows, len(rows["rew"]))
    case: Case = {"recollect": lambda: memory.sample(n)}
    if tianshou:
        buffer = theirs(rows)
        case["tianshou"] = lambda: buffer.sample(n)
    if sb3:
        plain = sb3_filled(rows)
        case["sb3"] = lambda: plain.sample(n)
    if cpprb:
        other = cpprb_filled(rows)
        case["cpprb"] = lambda: other.sample(n)
    return case


def pixels(n: int) -> Case:
    """A uniform sample of `n` rows of 84x84x4 bytes, against the copying of as many bytes."""
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (PIXELS + 1, 84, 84, 4), np.uint8)
    rows = transitions(PIXELS) | {"obs": frames[:-1], "obs_next": frames[1:]}
    count = 2 * n  # obs and obs_next
    target = np.empty((count, 84, 84, 4), np.uint8)
    places = cycle([int(start) for start in rng.integers(0, PIXELS - count, 64)])  # as far apart as sampled rows

    def copy() -> None:
        start = next(places)
        np.copyto(target, frames[start : start + count])

    return sampling(n, rows) | {"memcpy": copy}


def adding(n: int, rows: dict[str, np.ndarray]) -> Case:
    """One step of `n` lanes is added."""
    memory, batches = ours("fifo", rows), small(n)
    case: Case = {"recollect": lambda: memory.add(next(batches))}
    lane = (lambda batch: {field: values[0] for field, values in batch.items()}) if n == 1 else dict
    if tianshou:
        kind = {"kind": "VectorReplayBuffer", "buffer_num": n} if n > 1 else {}
        buffer = theirs(rows, **kind)
        steps = [lane(next(batches)) for _ in range(64)]
        made, raw = cycle([tianshou.Batch(**step) for step in steps]), cycle(steps)
        case["tianshou"] = lambda: buffer.add(tianshou.Batch(**next(raw)))
        case["tianshou, Batch ready"] = lambda: buffer.add(next(made))
    if sb3:
        plain = sb3_filled(rows, n)
        infos: list[dict] = [{}] * n
        lanes = cycle([next(batches) for _ in range(64)])

        def add() -> None:
            b = next(lanes)
            plain.add(b["obs"], b["obs_next"], b["act"], b["rew"], b["terminated"] | b["truncated"], infos)

        case["sb3"] = add
    if cpprb:
        other, separate = cpprb_filled(rows), cycle([next(batches) for _ in range(64)])
        case["cpprb"] = lambda: other.add(**next(separate))
    return case


def prioritised(n: int, rows: dict[str, np.ndarray]) -> Case:
    """A sample of `n` rows by priority, and new priorities for them."""
    memory, priority = ours("prioritized", rows), np.random.default_rng(0).random(n)

    def sample_and_update() -> None:
        memory.feedback(memory.sample(n)["index"], priority=priority)

    case: Case = {"recollect": sample_and_update}
    if tianshou:
        buffer = theirs(rows, "PrioritizedReplayBuffer", alpha=0.6, beta=0.4)
        case["tianshou"] = lambda: buffer.update_weight(buffer.sample(n)[1], priority)
    if cpprb:
        other = cpprb_filled(rows, "PrioritizedReplayBuffer", alpha=0.6)
        case["cpprb"] = lambda: other.update_priorities(other.sample(n, beta=0.4)["indexes"], priority)
    return case


def n_steps(n: int, rows: dict[str, np.ndarray]) -> Case:
    """A sample of `n` rows of 3 steps: ours are joined when they are added, tianshou's by the algorithm that draws."""
    memory = ours("fifo", rows)  # n_step rows have the form of any others
    case: Case = {"recollect": lambda: memory.sample(n)}
    if tianshou and algorithm:
        buffer, q = theirs(rows), np.zeros((n, 1), np.float32)
        target, tensor = algorithm.Algorithm.compute_nstep_return, peer("torch").as_tensor(q)

        def sample_and_join() -> None:
            batch, indices = buffer.sample(n)
            target(batch, buffer, indices, lambda *_: tensor, gamma=0.99, n_step=3)

        case["tianshou"] = sample_and_join
    if cpprb:
        settings = {"size": 3, "gamma": 0.99, "rew": "rew", "next": "obs_next"}
        other = cpprb_filled(rows | {"done": rows["terminated"]}, Nstep=settings)
        case["cpprb"] = lambda: other.sample(n)
    return case


def measured(call: Callable[[], Any], times: int) -> float:
    """Microseconds of CPU per call."""
    start = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - start) / times * 1e6


def compare(case: Case, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Median microseconds of each contender, and its median ratio to ours."""
    for call in case.values():
        measured(call, 20)  # some are compiled at their first call
    times = {name: max(int(BLOCK * 1e6 / (measured(call, 20) + 1)), 5) for name, call in case.items()}
    found: dict[str, list[float]] = {name: [] for name in case}
    for _ in range(rounds):
        for name, call in case.items():
            found[name].append(measured(call, times[name]))
    paired = {
        name: statistics.median(other / own for other, own in zip(values, found["recollect"], strict=True))
        for name, values in found.items()
    }
    return {name: statistics.median(values) for name, values in found.items()}, paired


def verdict(paired: dict[str, float], targets: dict[str, float]) -> str:
    """Each target, and whether it is met."""
    said = []
    for name, least in targets.items():
        if name in paired:
            said.append(f"{'met' if paired[name] >= least else 'MISSED'}: {name} >= {least:.3g}x")
    return "; ".join(said)


def report(rounds: int) -> None:
    """Measures and prints, line by line."""
    missing = [name for name, module in (("tianshou", tianshou), ("sb3", sb3), ("cpprb", cpprb)) if not module]
    print(f"Left out, because they cannot be imported: {', '.join(missing) or 'none'}.\n")
    peers = ("tianshou", "tianshou, Batch ready", "sb3", "cpprb", "memcpy")
    print("| call | recollect, us | " + " | ".join(f"{name}, us (x)" for name in peers) + " | target |")
    print("| --- " * (len(peers) + 3) + "|")
    rows, wide = transitions(CAPACITY), transitions(CAPACITY, np.float64)
    faster = {"tianshou": 4.0, "cpprb": 1.0}
    lines: list[tuple[str, Callable[[], Case], dict[str, float]]] = [
        ("sample 32", lambda: sampling(32, rows), {}),
        ("sample 256", lambda: sampling(256, rows), faster),
        ("sample 256, float64 obs", lambda: sampling(256, wide), faster),
        ("sample 4096", lambda: sampling(4096, rows), {}),
        ("add 1", lambda: adding(1, rows), {"tianshou": 15.0}),
        ("add 16", lambda: adding(16, rows), {"tianshou": 25.0}),
        ("prioritized sample and update 256", lambda: prioritised(256, rows), {"tianshou": 2.0}),
        ("n-step sample 256", lambda: n_steps(256, rows), {"tianshou": 5.0}),
        ("pixels, sample 32", lambda: pixels(32), {"memcpy": 1 / 1.3}),
        ("pixels, sample 256", lambda: pixels(256), {"memcpy": 1 / 1.3}),
    ]
    for label, make, targets in lines:
        took, paired = compare(make(), rounds)
        cells = [f"{took[name]:.3g} ({paired[name]:.2f})" if name in took else "" for name in peers]
        print(f"| {label} | {took['recollect']:.3g} | {' | '.join(cells)} | {verdict(paired, targets)} |", flush=True)


if __name__ == "__main__":
    report(int(sys.argv[1]) if len(sys.argv) > 1 else 21)
