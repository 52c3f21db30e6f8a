"""What the house itself costs: the loop, a stream's step, hooks, the evaluation guard, listing, a checkpoint.

python benchmarks/core.py        medians of repeated measurements, in microseconds of CPU time unless it says so
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium.spaces import Box, Discrete

import recollect
from recollect import checkpoint
from recollect.core import Agent, TaskStream
from recollect.evaluation import untouched

STEPS, REPEATS = 20_000, 5


class Null(gym.Env):
    """Does nothing, and returns a new observation as Gymnasium asks."""

    observation_space, action_space = Box(-1, 1, (4,), np.float32), Discrete(2)

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        return np.zeros(4, np.float32), {}

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        return np.zeros(4, np.float32), 0.0, False, False, {}


class NullStream(TaskStream):
    """The same as a stream of two tasks."""

    tasks = ("a", "b")
    observation_space, action_space = Null.observation_space, Null.action_space

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        self.choose(options)
        self.left = 5
        return np.zeros(4, np.float32), self.info()

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        boundary = self.count()
        return np.zeros(4, np.float32), 0.0, False, boundary, self.info(boundary=boundary)

    def score(self, agent: Agent, tasks: list[int], **settings: Any) -> dict[str, np.ndarray]:
        return {"return": np.zeros(len(tasks))}


class NullAgent(Agent):
    """Acts at once and learns nothing."""

    memory = "none"

    def act(self, obs: np.ndarray, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        return np.zeros(len(obs), np.int64)

    def learn(self, new: dict[str, np.ndarray]) -> dict[str, float]:
        return {}


class Listener:
    """Hears every step and does nothing."""

    def recollect_step_end(self) -> None:
        pass


def median(measure: Any) -> float:
    """The median of repeated measurements."""
    return statistics.median(measure() for _ in range(REPEATS))


def loop(num_envs: int, plugins: tuple[object, ...] = ()) -> float:
    """Microseconds per step of `run`."""
    agent = NullAgent(NullStream(), recollect.make_replay("none", 1))
    start = time.process_time()
    recollect.run(NullStream, agent, num_envs=num_envs, steps_per_task=STEPS // 2, plugins=plugins)
    return (time.process_time() - start) / STEPS * 1e6


def stepping(make: Any) -> float:
    """Microseconds per step of an env that `make` makes."""
    env = make()
    env.reset()
    start = time.process_time()
    for _ in range(STEPS):
        env.step(0)
    return (time.process_time() - start) / STEPS * 1e6


def guard() -> float:
    """Microseconds per evaluation guard around an er agent."""
    agent = recollect.make_agent("er", gym.make("recollect/SplitDigits-v0"))
    start = time.process_time()
    for _ in range(500):
        with untouched(agent):
            pass
    return (time.process_time() - start) / 500 * 1e6


def saving() -> float:
    """Seconds to write a checkpoint of a memory of 1e6 proprioceptive rows (165 bytes each)."""
    memory = recollect.make_replay("fifo", 1_000_000)
    block = 100_000
    rows = {"obs": np.ones((block, 17), np.float32), "act": np.ones((block, 6), np.float32)}
    rows |= {"rew": np.ones(block, np.float32), "obs_next": np.ones((block, 17), np.float32)}
    rows |= {"terminated": np.zeros(block, bool), "truncated": np.zeros(block, bool)}
    for _ in range(10):
        memory.add(rows)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        checkpoint.write(Path(folder), "checkpoint-1", memory.state_dict())
        return time.perf_counter() - start


def listing(*words: str) -> float:
    """Seconds of a command in a process of its own."""
    start = time.perf_counter()
    subprocess.run([str(Path(sys.executable).with_name("recollect")), *words], check=True, capture_output=True)
    return time.perf_counter() - start


def report() -> None:
    """Measures and prints."""
    print(f"run, null env and agent, 1 env      {median(lambda: loop(1)):8.1f} us per step")
    print(f"run, null env and agent, 16 envs    {median(lambda: loop(16)):8.1f} us per step of all")
    print(f"  with one listener of step_end     {median(lambda: loop(1, (Listener(),))):8.1f} us per step")
    plain, stream = median(lambda: stepping(Null)), median(lambda: stepping(lambda: NullStream(steps_per_task=10**9)))
    print(f"plain env step                      {plain:8.2f} us")
    print(f"stream step, own schedule           {stream:8.2f} us  (+{stream - plain:.2f})")
    print(f"evaluation guard, er on digits      {median(guard):8.1f} us")
    print(f"checkpoint of 1e6 rows              {saving():8.2f} s")
    print(f"recollect list                      {median(lambda: listing('list')):8.2f} s")
    print(f"recollect --help                    {median(lambda: listing('--help')):8.2f} s")


if __name__ == "__main__":
    report()
