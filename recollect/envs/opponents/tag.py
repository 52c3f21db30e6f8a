"""Tag: a game for two on a small grid, as a PettingZoo parallel environment, and scripted players of it."""

from typing import Any

import numpy as np
from gymnasium.spaces import Box, Discrete
from pettingzoo import ParallelEnv

SEEKER, HIDER = "seeker", "hider"
MOVES = np.array([[0, 0], [0, 1], [1, 0], [0, -1], [-1, 0]])  # stay, north, east, south, west; (5, 2)


class Tag(ParallelEnv):
    """The seeker wins by being where the hider is, or by changing places with it; the hider by lasting until the end.

    Both move at once, and edges stop them. The observation (5,) float32 is in [0, 1]: own place, the other's place,
    time left. The winner gets 1 and the loser -1, the seeker also loses 0.01 in every step and the hider gains them.

    Args:
        size: cells along each edge, at least 2.
        max_cycles: steps after which both are truncated.
        render_mode: "ansi" draws the grid as text.
    """

    metadata = {"name": "tag_v0", "render_modes": ["ansi"]}

    def __init__(self, size: int = 5, max_cycles: int = 30, render_mode: str | None = None) -> None:
        self.possible_agents, self.agents = [SEEKER, HIDER], []
        self.size, self.max_cycles, self.render_mode = size, max_cycles, render_mode
        self.observation_spaces = {agent: Box(0, 1, (5,), np.float32) for agent in self.possible_agents}
        self.action_spaces = {agent: Discrete(len(MOVES)) for agent in self.possible_agents}
        self.rng = np.random.default_rng()

    def observation_space(self, agent: str) -> Box:
        """The same object at every call, as PettingZoo wants it."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Discrete:
        """The same object at every call, as PettingZoo wants it."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """Puts both on different cells."""
        if seed is not None:
            self.rng = np.random.default_rng(seed)
        self.agents, self.time = list(self.possible_agents), 0
        cells = self.rng.choice(self.size**2, size=2, replace=False)
        self.places = np.stack(np.divmod(cells, self.size), axis=1)  # (2, 2): seat, axis
        return self._observe(), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, int]) -> tuple[dict, dict, dict, dict, dict]:
        """Moves both."""
        before, self.time = self.places, self.time + 1
        moves = MOVES[[int(actions[agent]) for agent in self.possible_agents]]
        self.places = np.clip(before + moves, 0, self.size - 1)
        met = (self.places[0] == self.places[1]).all()
        swapped = (self.places == before[::-1]).all()
        caught, late = bool(met or swapped), self.time >= self.max_cycles
        gain = 1.0 if caught else -1.0 if late else -0.01
        rewards = {SEEKER: gain, HIDER: -gain}
        obs, infos = self._observe(), {agent: {} for agent in self.agents}
        terminated = dict.fromkeys(self.agents, caught)
        truncated = dict.fromkeys(self.agents, late and not caught)
        if caught or late:
            self.agents = []
        return obs, rewards, terminated, truncated, infos

    def _observe(self) -> dict[str, np.ndarray]:
        left = 1 - self.time / self.max_cycles
        scaled = self.places / (self.size - 1)
        return {
            agent: np.array([*scaled[seat], *scaled[1 - seat], left], np.float32)
            for seat, agent in enumerate(self.possible_agents)
        }

    def render(self) -> str:
        """The grid, north up: S, H, and * where both are."""
        grid = np.full((self.size, self.size), ".")
        for place, mark in zip(self.places, "SH", strict=True):
            grid[tuple(place)] = mark if grid[tuple(place)] == "." else "*"
        return "\n".join("".join(row) for row in grid.T[::-1])

    def close(self) -> None:
        """Nothing to close."""


def parallel_env(**options: Any) -> Tag:
    """The game, as PettingZoo's modules name what makes theirs."""
    return Tag(**options)


def _towards(obs: np.ndarray, sign: int, rng: np.random.Generator) -> int:
    """A move that changes the distance most, along the longer axis, the other axis where that is no way out."""
    gap = (obs[2:4] - obs[:2]) * sign
    best = np.flatnonzero((MOVES @ gap) >= (MOVES @ gap).max() - 1e-6)
    return int(rng.choice(best))


def chase(obs: np.ndarray, rng: np.random.Generator) -> int:
    """Goes to the other player."""
    return _towards(obs, 1, rng)


def flee(obs: np.ndarray, rng: np.random.Generator) -> int:
    """Goes away from the other player; into a corner if need be."""
    return _towards(obs, -1, rng)


def circle(obs: np.ndarray, rng: np.random.Generator) -> int:
    """Walks along the edges, whatever the other player does."""
    x, y = obs[0], obs[1]
    if x == 0 and y < 1:
        return 1
    if y == 1 and x < 1:
        return 2
    if x == 1 and y > 0:
        return 3
    return 4
