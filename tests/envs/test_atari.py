import importlib
import sys

import gymnasium as gym
import numpy as np
import pytest

from recollect.envs.atari import AtariGames, shares, shrink
from recollect.errors import MissingExtra, OptionError, UnknownName

FIRE, RIGHT = 1, 3


def play(stream, seed, acts, **options):
    stream.reset(seed=seed, options=options or None)
    return [stream.step(act) for act in acts]


def test_games_share_their_spaces_and_are_seen_as_they_are(conform):
    stream = gym.make("recollect/AtariGames-v0", steps_per_task=3)
    assert stream.unwrapped.tasks == ("breakout", "pong", "space_invaders")
    obs, _ = stream.reset(seed=0)
    first = []
    for step in range(9):
        assert (obs.shape, obs.dtype) == ((84, 84, 4), np.uint8)
        if step % 3 == 0:
            first.append(obs)
        obs, _, _, truncated, info = stream.step(FIRE)
        if info["boundary"]:
            assert truncated
            obs, _ = stream.reset()
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[1], first[2])
    conform(AtariGames(["breakout"], horizon=20))


def test_modes_and_difficulties_are_tasks():
    games = ["space_invaders", {"game": "space_invaders", "mode": 4}, {"game": "space_invaders", "difficulty": 1}]
    stream = AtariGames(games)
    assert stream.tasks == ("space_invaders", "space_invaders mode=4", "space_invaders difficulty=1")
    acts = [FIRE, *[RIGHT] * 40]
    ends = [play(stream, 0, acts, task=task)[-1][0] for task in range(3)]
    assert not np.array_equal(ends[0], ends[1])
    assert not np.array_equal(ends[0], ends[2])


def test_an_episode_is_a_function_of_its_seed():
    stream, acts = AtariGames(["breakout", "pong"]), np.random.default_rng(0).integers(18, size=60)
    first = play(stream, 3, acts, task=0)
    play(stream, 4, acts, task=1)
    again = play(stream, 3, acts, task=0)
    other = play(stream, 5, acts, task=0)
    assert all(np.array_equal(a[0], b[0]) and a[1:] == b[1:] for a, b in zip(first, again, strict=True))
    assert any(not np.array_equal(a[0], b[0]) for a, b in zip(first, other, strict=True))


class Console:
    """Gives a point where action 2 is held, and a screen that shows which action that is."""

    def __init__(self):
        self.acts = []

    def act(self, action):
        self.acts.append(action)
        return 3 if action == 2 else 0

    def getScreenGrayscale(self):  # noqa: N802
        return np.full((210, 160), self.acts[-1] * 10 + len(self.acts) % 2, np.uint8)

    def game_over(self):
        return len(self.acts) >= 12


def on_fake(stream):
    stream.reset(seed=0)
    stream.current = Console()
    return stream, stream.current


def test_actions_are_held_and_the_larger_of_the_last_two_frames_is_seen():
    stream, console = on_fake(AtariGames(["pong"], sticky=0.0))
    obs, rew, terminated, *_ = stream.step(5)
    assert console.acts == [5] * 4
    assert (obs[..., 3] == 51).all()  # frames 3 and 4 show 51 and 50
    obs, rew, terminated, _, info = stream.step(2)
    assert (obs[..., 2] == 51).all()
    assert (obs[..., 3] == 21).all()
    assert (rew, terminated, info["score"]) == (1.0, False, 12.0)
    assert stream.step(0)[2]
    stream, _ = on_fake(AtariGames(["pong"], sticky=0.0, clip_rewards=False, frame_skip=1, horizon=1))
    assert stream.step(2)[1:4] == (3.0, False, True)


def test_a_quarter_of_the_frames_repeat_the_action_before():
    stream, console = on_fake(AtariGames(["pong"], frame_skip=2000))
    stream.step(7)
    changed = console.acts.index(7)
    assert console.acts == [0] * changed + [7] * (2000 - changed)
    waits = []
    for act in range(8, 408):
        stream.frame_skip = 20
        stream.step(act % 18)
        waits.append(console.acts[-20:].index(act % 18))
    assert np.mean(np.array(waits) > 0) == pytest.approx(0.25, abs=0.06)


def test_shrinking_averages_over_areas():
    assert shares(3, 2).tolist() == pytest.approx(np.array([[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]]))
    screen = np.random.default_rng(0).integers(256, size=(210, 160)).astype(np.uint8)
    small = shrink(screen)
    corner = screen[:3, :2].astype(float) * np.array([[1], [1], [0.5]]) * np.array([1, 160 / 84 - 1])
    assert small[0, 0] == round(corner.sum() / (2.5 * 160 / 84))
    assert small.mean() == pytest.approx(screen.mean(), abs=0.5)
    assert (shrink(np.full((210, 160), 255, np.uint8)) == 255).all()


def test_rendering():
    stream = gym.make("recollect/AtariGames-v0", render_mode="rgb_array")
    stream.reset(seed=0)
    assert stream.render().shape == (210, 160, 3)


@pytest.mark.parametrize(
    ("error", "words", "options"),
    [
        (UnknownName, "game 'brekout' does not exist. Did you mean breakout", {"games": ["brekout"]}),
        (UnknownName, "key of a game 'modus'", {"games": [{"game": "pong", "modus": 1}]}),
        (OptionError, "a game is a name or a dictionary", {"games": [{"mode": 1}]}),
        (OptionError, "games must be a list", {"games": []}),
        (OptionError, "a game stands twice", {"games": ["pong", {"game": "pong", "mode": 0}]}),
        (OptionError, "horizon must be", {"games": ["pong"], "horizon": 0}),
        (OptionError, "sticky must be a probability", {"games": ["pong"], "sticky": 1.0}),
    ],
)
def test_refusals(error, words, options):
    with pytest.raises(error, match=words):
        AtariGames(**options)


def test_a_mode_that_the_game_does_not_have():
    stream = AtariGames([{"game": "breakout", "mode": 3}])
    with pytest.raises(OptionError, match="breakout has mode 0, 4, 8, .*, not 3"):
        stream.reset(seed=0)


def test_without_ale(monkeypatch):
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "recollect.envs.atari")
    with pytest.raises(MissingExtra, match=r"recollect/AtariGames-v0 needs ale_py: pip install 'recollect\[pixels\]'"):
        importlib.import_module("recollect.envs.atari")
