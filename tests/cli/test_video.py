import sys
from types import SimpleNamespace

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image

from recollect.cli import main, video
from recollect.errors import MissingExtra, OptionError
from recollect.testing import register_toys

register_toys()
ATARI = ["recollect/AtariGames-v0", "--set", 'stream.games=["pong", "breakout"]', "--set", "stream.horizon=9"]


def test_a_clip_of_every_task(tmp_path, capsys):
    out = tmp_path / "run"
    flags = ["--agent", "toy-random", "--set", "run.steps_per_task=2", "--set", "run.evaluate_episodes=1"]
    code = main(["run", *ATARI, *flags, "--out", str(out), "--video"])
    assert code == 0, capsys.readouterr().err
    clips = sorted((out / "videos").iterdir())
    assert [clip.name for clip in clips] == ["0-pong.gif", "1-breakout.gif"]
    with Image.open(clips[0]) as clip:
        assert clip.size == (160, 210)
        assert clip.info["duration"] == pytest.approx(1000 * 2 / 15, abs=10)  # every second of 15 frames a second


class Ramp(gym.Env):
    """Its picture shows how many steps it has taken, its episodes last 7."""

    tasks, horizon = ("a / b", "c"), 7
    metadata = {"render_modes": ["rgb_array"], "render_fps": 20}

    def __init__(self, render_mode=None):
        self.observation_space, self.action_space = gym.spaces.Box(-1, 9, (1,), np.float32), gym.spaces.Discrete(2)
        self.render_mode = render_mode

    def reset(self, *, seed=None, options=None):
        self.steps = 0
        self.heard = options
        return np.zeros(1, np.float32), {}

    def step(self, action):
        self.steps += 1
        return np.zeros(1, np.float32), 0.0, False, False, {}

    def render(self):
        return np.full((8, 8, 3), 30 * self.steps, np.uint8)


class Told:
    """Says what it was told, and draws a random number as agents do."""

    def __init__(self):
        self.heard, self.rng = [], np.random.default_rng(0)

    def act(self, obs, *, task=None, explore=False):
        self.heard.append((None if task is None else int(task[0]), explore))
        self.rng.random()
        return np.zeros(len(obs), int)


@pytest.mark.parametrize("announce", [True, False])
def test_every_second_frame_to_the_last_and_the_agent_is_as_it_was(tmp_path, announce):
    env = gym.make(gym.envs.registration.EnvSpec("test/Ramp-v0", Ramp), disable_env_checker=True)
    agent = Told()
    paths = video.film(env, agent, tmp_path, seed=0, announce_tasks=announce)
    assert [path.name for path in paths] == ["0-a-b.gif", "1-c.gif"]
    with Image.open(paths[1]) as clip:
        shown = []
        for frame in range(clip.n_frames):
            clip.seek(frame)
            shown.append(clip.convert("RGB").getpixel((0, 0))[0])
    assert shown == [0, 60, 120, 180, 210]
    assert agent.heard == [(task if announce else None, False) for task in (0, 1) for _ in range(7)]
    assert agent.rng.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize(
    ("words", "arguments"),
    [
        ("give --out", ["run", *ATARI, "--agent", "toy-random", "--video"]),
        ("gives no pictures, its render_modes are", ["run", "recollect/SplitDigits-v0", "--out", "x", "--video"]),
    ],
)
def test_what_cannot_be_filmed_is_refused_in_one_line(words, arguments, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def test_missing_opengl_is_one_line(monkeypatch, tmp_path):
    env = gym.make("recollect/AtariGames-v0")
    crash = SimpleNamespace(returncode=-6, stderr="Traceback\n  x\nImportError: no EGL\n\n")
    monkeypatch.setattr(video.subprocess, "run", lambda *_, **__: crash)
    with pytest.raises(
        OptionError, match=r"cannot be rendered here: ImportError: no EGL \(MuJoCo without a screen: apt"
    ):
        video.check(env, tmp_path)
    crash.stderr = ""
    with pytest.raises(OptionError, match=r"cannot be rendered here: exit code -6"):
        video.check(env, tmp_path)


def test_mujoco_is_told_that_there_is_no_screen(monkeypatch, tmp_path):
    monkeypatch.setattr(video.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    monkeypatch.setattr(sys, "platform", "linux")
    environment = {}
    monkeypatch.setattr(video.os, "environ", environment)
    video.check(gym.make("recollect/AtariGames-v0"), tmp_path)
    assert environment == {"MUJOCO_GL": "egl"}


def test_without_pillow(monkeypatch, tmp_path):
    env = gym.make("recollect/AtariGames-v0")
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"recollect run --video needs PIL: pip install 'recollect\[images\]'"):
        video.check(env, tmp_path)
