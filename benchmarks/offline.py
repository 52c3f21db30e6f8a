"""Reading and writing Minari datasets: CPU seconds for 100,000 steps, by the length of episodes.

python benchmarks/offline.py
"""

import os
import tempfile
import time

import gymnasium
import numpy as np

from recollect.logs.reading import read_rows
from recollect.logs.writing import write_rows

STEPS, OBS, ACT = 100_000, 17, 6  # HalfCheetah's sizes


def rows_of(length):
    rng = np.random.default_rng(0)
    obs = rng.normal(size=(STEPS + 1, OBS))
    return {
        "obs": obs[:-1], "obs_next": obs[1:], "act": rng.normal(size=(STEPS, ACT)).astype(np.float32),
        "rew": rng.normal(size=STEPS).astype(np.float32), "terminated": np.zeros(STEPS, bool),
        "truncated": np.arange(STEPS) % length == length - 1, "task": np.zeros(STEPS, np.int64),
    }  # fmt: skip


def main():
    env = gymnasium.Env()
    env.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (OBS,), np.float64)
    env.action_space = gymnasium.spaces.Box(-1, 1, (ACT,))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MINARI_DATASETS_PATH"] = folder
        print("episode length   write s   read s")
        for length in (1000, 100, 20):
            rows, name, start = rows_of(length), f"benchmark/length-{length}-v0", time.process_time()
            write_rows(name, rows, env)
            written = time.process_time()
            back = read_rows(name)
            print(f"{length:14d} {written - start:9.2f} {time.process_time() - written:8.2f}")
            assert all(np.array_equal(back[field], values) for field, values in rows.items())


if __name__ == "__main__":
    main()
