"""Lanes: the copies of a stream that are lived in, one step of all of them at a time.

A lane is reset by itself, with its own seed and options, when its episode has ended (Gymnasium's DISABLED
autoreset semantics: nothing is reset behind our back, no fake transition exists). Three kinds share one shape:

Copies   num_envs envs made from the stream
Vector   the stream's native vector env; lanes whose episode has ended ignore their actions until they are reset
Single   a batched stream: one env whose observations and actions already have a batch axis
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import gymnasium
import numpy as np

from recollect.opening import Opener
from recollect.rows import stack, unstack


class Outcome(NamedTuple):
    """What one step of some lanes brought, each entry batched over them."""

    rew: Any
    obs_next: Any
    terminated: np.ndarray
    truncated: np.ndarray
    info: dict[str, Any]


def collate(infos: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One info per lane as one dictionary of arrays."""
    if len(infos) == 1:
        return {key: np.asarray([value]) for key, value in infos[0].items()}
    return {key: np.asarray([info[key] for info in infos]) for key in infos[0]}


class Copies:
    """`count` envs, stepped one after another."""

    def __init__(self, opener: Opener, count: int) -> None:
        self.envs = [opener.make() for _ in range(count)]

    def reset(self, lanes: Sequence[int], seeds: Sequence[int], options: Sequence[dict]) -> tuple[list, dict[str, Any]]:
        """Resets `lanes`: their first observations, and their infos batched."""
        started = [
            self.envs[lane].reset(seed=seed, options=o) for lane, seed, o in zip(lanes, seeds, options, strict=True)
        ]
        return [obs for obs, _ in started], collate([info for _, info in started])

    def step(self, lanes: Sequence[int], acts: Any) -> Outcome:
        """Steps `lanes`, with one action each."""
        pairs = zip(lanes, unstack(acts, len(lanes)), strict=True)
        obs, rew, terminated, truncated, infos = zip(*[self.envs[lane].step(act) for lane, act in pairs], strict=True)
        return Outcome(rew, stack(obs), np.array(terminated), np.array(truncated), collate(infos))

    def close(self) -> None:
        """Closes every env."""
        for env in self.envs:
            env.close()


class Vector:
    """The native vector env of a stream."""

    def __init__(self, env: gymnasium.vector.VectorEnv) -> None:
        self.env = env

    def reset(self, lanes: Sequence[int], seeds: Sequence[int], options: Sequence[dict]) -> tuple[list, dict[str, Any]]:
        """Resets `lanes`; options travel as one value per lane, with the mask of those to reset."""
        count = self.env.num_envs
        mask, seed = np.zeros(count, bool), [0] * count
        task, drift = np.zeros(count, int), np.zeros(count)
        mask[list(lanes)] = True
        for lane, its_seed, its in zip(lanes, seeds, options, strict=True):
            seed[lane], task[lane], drift[lane] = its_seed, its["task"], its["drift"]
        split = options[0]["split"]
        wanted = {"reset_mask": mask, "task": task, "drift": drift, "split": split}
        obs, info = self.env.reset(seed=seed, options=wanted)  # type: ignore[arg-type]  # a seed per lane
        every = unstack(obs, count)
        return [every[lane] for lane in lanes], self._of(info, lanes)

    def step(self, lanes: Sequence[int], acts: Any) -> Outcome:
        """Steps all lanes, of which `lanes` have one action each and the others, ended, are left alone."""
        count, given = self.env.num_envs, unstack(acts, len(lanes))
        every = [given[0]] * count
        for lane, act in zip(lanes, given, strict=True):
            every[lane] = act
        obs, rew, terminated, truncated, info = self.env.step(stack(every))
        picked = list(lanes)
        chosen = unstack(obs, count)
        obs_next = obs if len(picked) == count else stack([chosen[lane] for lane in picked])
        return Outcome(rew[picked], obs_next, terminated[picked], truncated[picked], self._of(info, picked))

    @staticmethod
    def _of(info: dict[str, Any], lanes: Sequence[int]) -> dict[str, Any]:
        return {key: values[list(lanes)] for key, values in info.items() if not key.startswith("_")}

    def close(self) -> None:
        """Closes the vector env."""
        self.env.close()


class Single:
    """One batched stream: its own batch axis stands where lanes would."""

    def __init__(self, opener: Opener) -> None:
        self.env = opener.make()

    def reset(self, lanes: Sequence[int], seeds: Sequence[int], options: Sequence[dict]) -> tuple[list, dict[str, Any]]:
        """Resets the env."""
        obs, info = self.env.reset(seed=seeds[0], options=options[0])
        return [obs], info

    def step(self, lanes: Sequence[int], acts: Any) -> Outcome:
        """Steps the env with one batch of actions."""
        obs, rew, terminated, truncated, info = self.env.step(acts)
        return Outcome(rew, obs, np.array([terminated]), np.array([truncated]), info)

    def close(self) -> None:
        """Closes the env."""
        self.env.close()


def open_lanes(opener: Opener, count: int, batched: bool) -> Copies | Vector | Single:
    """The lanes that fit a stream."""
    if batched:
        return Single(opener)
    return Copies(opener, count) if opener.make_vector is None else Vector(opener.make_vector(count))
