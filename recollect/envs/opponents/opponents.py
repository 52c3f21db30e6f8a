"""Opponents: a PettingZoo parallel environment seen from one seat; task k is opponent k."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import pettingzoo

from recollect.core import TaskStream
from recollect.envs.opponents.policies import Policy, check_opponent, entry_point, resolve, title
from recollect.errors import OptionError, StreamError, UnknownName


class Opponents(TaskStream):
    """One seat of a game is the agent's, an opponent plays all others; each task has another opponent.

    An episode ends for the agent when its own seat is out, whatever the others do; opponents that are out before it
    play no more. Opponents are imported when a reset first meets them. The score is the seat's sum of rewards.

    Args:
        env: "module:function" that makes a parallel environment, such as
            "pettingzoo.butterfly.pistonball_v6:parallel_env", or an id in PettingZoo's registry of parallel ones.
        opponents: a policy for each task: "random"; "module:function", a function `policy(obs, rng) -> action`; or
            {"entry_point": "module:function", "kwargs": {...}}, which gives such a function or an agent when it is
            called, such as {"entry_point": "recollect:load", "kwargs": {"directory": "runs/a"}}, with a "task" to tell
            the agent, if it has learnt to be told.
        seat: the agent's; the first when None.
        env_options: of the environment.
        names: of the tasks; made of the opponents when None.
        horizon: the longest episode, which is truncated there; None: as the environment has it.
        render_mode: of the environment.
        steps_per_task: of the stream's own schedule.
        schedule: the stream's own schedule.

    Raises:
        StreamError: for an environment that cannot be made or is not a parallel one.
        OptionError: for what is no opponent, and for a wrong number of names.
        UnknownName: for a seat that there is not.
    """

    metadata = {"render_modes": ["human", "rgb_array", "ansi"]}

    def __init__(
        self,
        env: str,
        opponents: Sequence[str | dict[str, Any]],
        *,
        seat: str | None = None,
        env_options: dict[str, Any] | None = None,
        names: Sequence[str] | None = None,
        horizon: int | None = None,
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if isinstance(opponents, str | dict) or not len(opponents):
            raise OptionError(f"opponents must be a list of at least one opponent, got {opponents!r}")
        for opponent in opponents:
            check_opponent(opponent)
        if horizon is not None and (isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1):
            raise OptionError(f"horizon must be a whole number of at least 1 or None, got {horizon!r}")
        if names is not None and not len(names) == len(set(names)) == len(opponents):
            raise OptionError(f"names must be {len(opponents)} different names, one for each opponent, got {names!r}")
        self.opponents, self.horizon, self.render_mode = list(opponents), horizon, render_mode
        self.tasks = _numbered([title(one) for one in opponents]) if names is None else tuple(names)
        render = {} if render_mode is None else {"render_mode": render_mode}
        self.env = _game(env, (env_options or {}) | render)
        self.seat = self.env.possible_agents[0] if seat is None else seat
        if self.seat not in self.env.possible_agents:
            raise UnknownName("seat", str(seat), map(str, self.env.possible_agents))
        self.observation_space = copy.deepcopy(self.env.observation_space(self.seat))
        self.action_space = copy.deepcopy(self.env.action_space(self.seat))
        self.policies: dict[tuple[int, Any], Policy] = {}  # by task and seat
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    def policy(self, seat: Any) -> Policy:
        """Who plays another seat in this task."""
        key = (self.task, seat)
        if key not in self.policies:
            spaces = self.env.observation_space(seat), self.env.action_space(seat)
            self.policies[key] = resolve(self.opponents[self.task], *spaces)
        return self.policies[key]

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[Any, dict]:
        """Begins a game against the opponent of the task that is due."""
        super().reset(seed=seed)
        self.choose(options)
        self.rng = np.random.default_rng(int(self.np_random.integers(2**31)))  # of the opponents
        self.seen, _ = self.env.reset(seed=int(self.np_random.integers(2**31)))
        if self.seat not in self.env.agents:
            raise StreamError(f"seat {self.seat!r} is not in the game at its start, only {self.env.agents}")
        for other in self.env.agents:
            if other != self.seat:
                self.policy(other)
        self.total, self.time = 0.0, 0
        return copy.deepcopy(self.seen[self.seat]), self.info()

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict]:
        """One step of every seat that is still in the game."""
        seat = self.seat
        actions = {other: self._answer(other) for other in self.env.agents if other != seat}
        seen, rew, terminated, truncated, _ = self.env.step({seat: action} | actions)
        if seat not in terminated or seat not in truncated or seat not in rew:
            raise StreamError(f"the game gave no reward or end for seat {seat!r}, which was still in it")
        ended, cut = bool(terminated[seat]), bool(truncated[seat])
        if seat not in seen and not ended:
            raise StreamError(f"the game gave no observation for seat {seat!r}, which is still in it or was cut off")
        if not (ended or cut) and seat not in self.env.agents:
            raise StreamError(f"seat {seat!r} left the game without being terminated or truncated")
        self.seen = {seat: self.seen[seat]} | seen  # of a seat that is terminated nothing more may be seen
        self.time, self.total = self.time + 1, self.total + float(rew[seat])
        boundary = self.count()
        cut = cut or ((boundary or self.time == self.horizon) and not ended)
        info = self.info(score=self.total, boundary=boundary)
        return copy.deepcopy(self.seen[seat]), float(rew[seat]), ended, cut, info

    def _answer(self, other: Any) -> Any:
        """The action of another seat."""
        act, space = self.policy(other)(copy.deepcopy(self.seen[other]), self.rng), self.env.action_space(other)
        if act not in space and not space.contains(np.asarray(act).astype(space.dtype)):
            raise StreamError(f"the opponent {self.tasks[self.task]!r} plays {act!r:.60}, which is not in {space}")
        return act

    def render(self) -> Any:
        """What the environment renders."""
        return self.env.render()

    def close(self) -> None:
        """Closes the environment."""
        self.env.close()


def _game(env: str, options: dict[str, Any]) -> pettingzoo.ParallelEnv:
    """The parallel environment."""
    if not isinstance(env, str):
        raise OptionError(f"env is 'module:function' or the id of a parallel environment, got {env!r}")
    try:
        if ":" in env:
            made = entry_point(env, "the environment")(**options)
        else:
            made = pettingzoo.make("parallel", env, **options)
    except StreamError:
        raise
    except Exception as error:
        raise StreamError(f"the environment {env!r} cannot be made: {' '.join(str(error).split())}") from error
    if not isinstance(made, pettingzoo.ParallelEnv):
        raise StreamError(
            f"{env!r} makes a {type(made).__name__}, and a pettingzoo.ParallelEnv is needed: an AECEnv becomes one by "
            "pettingzoo.utils.aec_to_parallel"
        )
    return made


def _numbered(titles: list[str]) -> tuple[str, ...]:
    """Different names: ` #2` is added to the second of the same name."""
    counts = [titles[:place].count(one) for place, one in enumerate(titles)]
    return tuple(f"{one} #{count + 1}" if count else one for one, count in zip(titles, counts, strict=True))
