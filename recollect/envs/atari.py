"""AtariGames: games of the Arcade Learning Environment, or flavours of one, as tasks seen in pixels."""

from collections import deque
from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete

from recollect.core import TaskStream
from recollect.errors import OptionError, UnknownName, require

require("ale_py", "recollect/AtariGames-v0", "pixels")

from ale_py import ALEInterface, LoggerMode, roms  # noqa: E402

SIDE, HEIGHT, WIDTH = 84, 210, 160
GAMES = tuple(sorted(roms.get_all_rom_ids()))
KEYS = ("game", "mode", "difficulty")


class AtariGames(TaskStream):
    """Atari 2600 games, or modes and difficulties of one, each a task; all have the same 18 actions.

    Settings are those of Machado et al., 2018 (arXiv 1709.06009), but for the frame skip: sticky actions (in every
    frame the action before is repeated with probability 0.25), all actions, no signal of lost lives, five minutes of
    play. An action holds for `frame_skip` frames; the larger of the last two is seen, grey, averaged over areas to
    84 x 84, stacked with the three before (Mnih et al., 2015). Observation (84, 84, 4) uint8, the newest last. The
    score is the game's own; sticky actions are drawn by the stream, so that an episode is a function of its seed.

    Args:
        games: names such as "breakout", or `{"game": ..., "mode": ..., "difficulty": ...}`.
        horizon: env steps of an episode (paper: 18_000 frames).
        frame_skip: frames of one env step (paper: 5; Mnih et al.: 4).
        sticky: probability that a frame repeats the action before it.
        clip_rewards: give the sign of the reward (Mnih et al., 2015); the score counts the points.
        render_mode: "rgb_array" or None.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.

    Raises:
        UnknownName: for a game that is not there, and an unknown key.
        OptionError: for no games, a mode or difficulty that the game does not have, and numbers out of range.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 15}

    def __init__(
        self,
        games: list[str | dict[str, Any]],
        *,
        horizon: int = 4500,
        frame_skip: int = 4,
        sticky: float = 0.25,
        clip_rewards: bool = True,
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if not isinstance(games, list | tuple) or not games:
            raise OptionError(f"games must be a list of at least one game, such as 'breakout', got {games!r}")
        for name, value in (("horizon", horizon), ("frame_skip", frame_skip)):
            if type(value) is not int or value < 1:
                raise OptionError(f"{name} must be a whole number of at least 1, got {value!r}")
        if isinstance(sticky, bool) or not isinstance(sticky, int | float) or not 0 <= sticky < 1:
            raise OptionError(f"sticky must be a probability in [0, 1), got {sticky!r}")
        self.games = [_checked(game) for game in games]
        self.tasks = tuple(_title(game) for game in self.games)
        if len(set(self.tasks)) < len(self.tasks):
            raise OptionError(f"a game stands twice in {self.tasks}: come back to it with a schedule")
        self.horizon, self.frame_skip, self.sticky, self.clip_rewards = horizon, frame_skip, sticky, clip_rewards
        self.render_mode = render_mode
        self.observation_space, self.action_space = Box(0, 255, (SIDE, SIDE, 4), np.uint8), Discrete(18)
        self.consoles: dict[int, ALEInterface] = {}  # by task, those that were met
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    @property
    def console(self) -> ALEInterface:
        """The emulator of the current task; switched on when the task first comes."""
        if self.task not in self.consoles:
            self.consoles[self.task] = _switched_on(self.games[self.task])
        return self.consoles[self.task]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Begins a new game."""
        super().reset(seed=seed)
        self.choose(options)
        self.current, self.held, self.left, self.total = self.console, 0, self.horizon, 0.0
        self.current.reset_game()
        self.seen = deque([shrink(self.current.getScreenGrayscale())] * 4, maxlen=4)
        return np.stack(self.seen, axis=2), self.info()

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Holds an action for some frames."""
        console, points, screens = self.current, 0.0, []
        repeats = self.np_random.random(self.frame_skip) < self.sticky
        for frame, repeat in enumerate(repeats):
            self.held = self.held if repeat else int(action)
            points += console.act(self.held)
            if frame >= self.frame_skip - 2:
                screens.append(console.getScreenGrayscale())
        self.seen.append(shrink(np.maximum.reduce(screens)))
        self.total, self.left = self.total + points, self.left - 1
        boundary = self.count()
        info = self.info(score=self.total, boundary=boundary)
        rew = float(np.sign(points)) if self.clip_rewards else float(points)
        return np.stack(self.seen, axis=2), rew, bool(console.game_over()), boundary or self.left == 0, info

    def render(self) -> np.ndarray | None:
        """The screen (210, 160, 3) in colours."""
        return self.console.getScreenRGB() if self.render_mode == "rgb_array" else None


def _checked(game: str | dict[str, Any]) -> dict[str, Any]:
    """A game with its mode and difficulty, both 0 unless given."""
    given = {"game": game} if isinstance(game, str) else game
    if not isinstance(given, dict) or "game" not in given:
        raise OptionError(f"a game is a name or a dictionary with 'game', 'mode', 'difficulty', got {game!r}")
    for key in given:
        if key not in KEYS:
            raise UnknownName("key of a game", str(key), KEYS)
    if given["game"] not in GAMES:
        raise UnknownName("game", str(given["game"]), GAMES)
    return {"mode": 0, "difficulty": 0, **given}


def _title(game: dict[str, Any]) -> str:
    """Such as `freeway` or `freeway mode=1`."""
    return " ".join([game["game"], *(f"{key}={game[key]}" for key in KEYS[1:] if game[key])])


def _switched_on(game: dict[str, Any]) -> ALEInterface:
    """An emulator with the game in it.

    Raises:
        OptionError: if the game does not have the mode or the difficulty.
    """
    ALEInterface.setLoggerMode(LoggerMode.Error)
    console = ALEInterface()
    console.setInt("random_seed", 0)
    console.setFloat("repeat_action_probability", 0.0)  # the stream's own generator says which actions stick
    console.loadROM(roms.get_rom_path(game["game"]))
    for key, known in (("mode", console.getAvailableModes()), ("difficulty", console.getAvailableDifficulties())):
        if game[key] not in list(known):
            raise OptionError(f"{game['game']} has {key} {', '.join(map(str, known))}, not {game[key]!r}")
    console.setMode(game["mode"])
    console.setDifficulty(game["difficulty"])
    return console


def shares(before: int, after: int) -> np.ndarray:
    """How much of each of `before` pixels is in each of `after` (after, before); rows sum to 1."""
    edges = np.arange(after + 1) * before / after
    start, end = edges[:-1, None], edges[1:, None]
    pixels = np.arange(before)
    overlap = np.minimum(end, pixels + 1) - np.maximum(start, pixels)
    return (np.maximum(overlap, 0) * after / before).astype(np.float32)


ROWS, COLUMNS = shares(HEIGHT, SIDE), shares(WIDTH, SIDE).T


def shrink(screen: np.ndarray) -> np.ndarray:
    """A grey screen (210, 160) uint8, averaged over areas and rounded: (84, 84) uint8."""
    return np.rint(ROWS @ screen.astype(np.float32) @ COLUMNS).astype(np.uint8)
