"""Clips of what a run has learned: `recollect run --video`, one test episode of each task as a GIF."""

import os
import re
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import gymnasium
import numpy as np

from recollect.core import Agent
from recollect.errors import OptionError, require
from recollect.evaluation import untouched
from recollect.opening import opener
from recollect.randomness import seed_everything, seed_for
from recollect.rows import stack, unstack

RATE, LONGEST = 10, 150  # frames per second, and frames of a clip: software renderers take tenths of a second for each
PROBE = """\
import sys, gymnasium, recollect
from gymnasium.envs.registration import EnvSpec
env = gymnasium.make(EnvSpec.from_json(sys.argv[1]), render_mode="rgb_array")
env.reset(seed=0)
sys.exit(0 if getattr(env.render(), "ndim", 0) == 3 else "it gives no pictures")
"""


def check(made: gymnasium.Env, folder: Path | None) -> None:
    """Refuses what could not be filmed, before anything trains; one frame is rendered by a process of its own.

    A process of its own, because OpenGL ends the one that it fails in.

    Raises:
        OptionError: without a folder, for a stream that gives no pictures, and where it cannot be rendered.
        MissingExtra: without Pillow.
    """
    name = made.spec.id if made.spec else type(made.unwrapped).__name__
    if folder is None:
        raise OptionError("--video writes its clips into the folder of the run: give --out")
    modes = (made.unwrapped.metadata or {}).get("render_modes", [])
    if "rgb_array" not in modes:
        raise OptionError(f"--video: {name} gives no pictures, its render_modes are {list(modes)}")
    require("PIL", "recollect run --video", "images")
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("MUJOCO_GL", "egl")  # which needs no screen
    done = subprocess.run([sys.executable, "-c", PROBE, str(opener(made).spec)], capture_output=True, text=True)
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise OptionError(
            f"--video: {name} cannot be rendered here: {lines[-1] if lines else f'exit code {done.returncode}'} "
            "(MuJoCo without a screen: apt-get install libegl1, or libosmesa6 and MUJOCO_GL=osmesa)"
        )


def film(made: gymnasium.Env, agent: Agent, folder: Path, seed: int, announce_tasks: bool = True) -> list[Path]:
    """Writes `folder`/videos/<number>-<task>.gif for every task, of the agent as it is; nothing of it changes."""
    (folder / "videos").mkdir(exist_ok=True)
    paths = []
    with closing(gymnasium.make(made.spec, render_mode="rgb_array")) as env, untouched(agent):
        for task, title in enumerate(env.unwrapped.tasks):
            episode_seed = seed_for(seed, "video", task)
            seed_everything(episode_seed)
            slug = re.sub(r"[^A-Za-z0-9.=]+", "-", title).strip("-")
            paths.append(folder / "videos" / f"{task}-{slug}.gif")
            rate = env.unwrapped.metadata.get("render_fps") or RATE
            stride = max(1, round(rate / RATE))
            frames = _play(env, agent, task if announce_tasks else None, task, episode_seed, stride)
            _write(frames, paths[-1], round(1000 * stride / rate))
    return paths


def _play(env: gymnasium.Env, agent: Agent, told: int | None, task: int, seed: int, stride: int) -> list[np.ndarray]:
    """Every `stride`-th frame (H, W, 3) uint8 of a test episode, the first and the last among them."""
    obs, _ = env.reset(seed=seed, options={"task": task, "split": "test", "drift": 0.0})
    frames, over, length = [env.render()], False, 0
    while not over and len(frames) < LONGEST:
        act = agent.act(stack([obs]), task=None if told is None else np.array([told]), explore=False)
        obs, _, terminated, truncated, _ = env.step(unstack(act, 1)[0])
        length += 1
        over = terminated or truncated or length == env.unwrapped.horizon
        if over or length % stride == 0:
            frames.append(env.render())
    return frames


def _write(frames: list[np.ndarray], path: Path, milliseconds: int) -> None:
    from PIL import Image  # needed by nothing else in the command line

    images = [Image.fromarray(np.asarray(frame, np.uint8)) for frame in frames]
    images[0].save(path, save_all=True, append_images=images[1:], duration=milliseconds, loop=0)
