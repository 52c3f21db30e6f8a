"""The toy corridor as a native vector environment: all lanes in one array, reset one by one."""

from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space

from recollect.testing.toy_streams import ToyCorridor, open_corridor, walk_corridor


class ToyCorridorVector(VectorEnv):
    """`num_envs` corridors in one (N, 5) array; ended lanes ignore their actions until they are reset.

    `reset(seed=[...], options={"reset_mask": (N,) bool, "task": (N,) int, "split": str, "drift": (N,)})`; the
    infos are (N,) arrays with the keys of the single stream.

    Args:
        num_envs: N.
        **options: as for `ToyCorridor`.
    """

    metadata = {"autoreset_mode": AutoresetMode.DISABLED, "render_modes": []}

    def __init__(self, num_envs: int = 1, **options: Any) -> None:
        self.plan = ToyCorridor(**options)  # answers for spaces, horizon and the stream's own schedule
        self.num_envs = num_envs
        self.single_observation_space, self.single_action_space = self.plan.observation_space, self.plan.action_space
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.state, self.total = np.zeros((num_envs, 5)), np.zeros(num_envs)
        self.over = np.ones(num_envs, bool)
        self.rngs = [np.random.default_rng(lane) for lane in range(num_envs)]

    def reset(self, *, seed: Any = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Starts an episode in the lanes of "reset_mask", in all of them without one."""
        options = dict(options or {})
        mask = np.asarray(options.pop("reset_mask", np.ones(self.num_envs, bool)))
        seeds = [seed] * self.num_envs if seed is None or isinstance(seed, int) else seed
        for lane in np.flatnonzero(mask):
            if seeds[lane] is not None:
                self.rngs[lane] = np.random.default_rng(seeds[lane])
            self.plan.choose({name: v if name == "split" else np.asarray(v)[lane] for name, v in options.items()})
            self.state[lane] = open_corridor(self.plan.task, self.plan.drift, self.rngs[lane])
        self.total[mask], self.over[mask] = 0.0, False
        return self.state.astype(np.float32), self._infos(boundary=False)

    def _infos(self, boundary: bool) -> dict[str, np.ndarray]:
        lanes = np.ones(self.num_envs, np.int64)
        task = self.state[:, 0].astype(np.int64)
        return {"task": task, "boundary": lanes * boundary > 0, "score": self.total.copy(), "goal": -lanes}

    def step(self, actions: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, dict]:
        """Walks one step in every lane whose episode is open; the others stay where they are."""
        state, rew, terminated = walk_corridor(self.state, np.asarray(actions))
        lived = ~self.over
        self.state = np.where(lived[:, None], state, self.state)
        rew, terminated = rew * lived, terminated & lived
        self.total += rew
        boundary = self.plan.count(int(lived.sum()))
        truncated = lived & ((self.state[:, 2] == (self.plan.horizon or -1)) | boundary)
        self.over = self.over | terminated | truncated
        return self.state.astype(np.float32), rew, terminated, truncated, self._infos(boundary)
