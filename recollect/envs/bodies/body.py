"""Body: one of Gymnasium's MuJoCo robots as a task stream; tasks differ in its physics or in its goal."""

from copy import copy
from operator import attrgetter
from typing import Any

import gymnasium
import numpy as np

from recollect.core import TaskStream
from recollect.envs.bodies import BODIES
from recollect.envs.bodies.changes import Change, Friction, Gravity, Mass
from recollect.envs.bodies.goals import Direction, Parameters, Velocity
from recollect.envs.bodies.limbs import Length
from recollect.errors import OptionError, UnknownName, require
from recollect.randomness import check_seed

require("mujoco", "a MuJoCo stream, such as recollect/HopperGravity-v0,", "mujoco")

import mujoco  # noqa: E402

CHANGES: dict[str, type[Change]] = {
    change.name: change for change in (Gravity, Friction, Mass, Length, Velocity, Direction, Parameters)
}


class Body(TaskStream):
    """A robot of Gymnasium's, version 5, whose physics or goal changes from task to task.

    Spaces, rewards and terminations are Gymnasium's, but where the change has its own (see
    `recollect.envs.bodies.goals`).
    One compiled model lives as long as the stream: a reset into another task writes into it. `options["drift"]` in
    [0, 1] lies on the straight line from the task's parameters to the next one's, so that `schedule="drifting"` makes
    the drifting twin of every family.

    Args:
        body: "InvertedPendulum", "Hopper", "Walker2d", "HalfCheetah" or "Ant".
        change: "gravity", "friction", "mass", "length"; "velocity" (HalfCheetah), "direction" (Ant), "parameters"
            (Walker2d).
        values: one per task, what they mean is said by the change; None: `num_tasks` of the change's pool.
        num_tasks: how many to take from the pool, 5 when None; only without `values`.
        task_seed: of the choice, and of the pool where that is random.
        horizon: longest episode; None: the change's own (200 for velocity, direction, parameters) or Gymnasium's 1000.
        render_mode: as in Gymnasium.
        steps_per_task: of the stream's own schedule, in env steps.
        schedule: the stream's own schedule.

    Raises:
        UnknownName: for an unknown body or change.
        OptionError: for a change that the body does not have, and values that cannot be used.
    """

    metadata = {"render_modes": ["human", "rgb_array", "depth_array", "rgbd_tuple"], "render_fps": 20}
    drifts = True

    def __init__(
        self,
        body: str,
        change: str,
        *,
        values: list[float] | None = None,
        num_tasks: int | None = None,
        task_seed: int = 0,
        horizon: int | None = None,
        render_mode: str | None = None,
        steps_per_task: int | list[int] | None = None,
        schedule: Any = "sequential",
    ) -> None:
        if body not in BODIES:
            raise UnknownName("body", str(body), BODIES)
        if change not in CHANGES:
            raise UnknownName("change", str(change), CHANGES)
        if horizon is not None and (isinstance(horizon, bool) or not isinstance(horizon, int) or horizon < 1):
            raise OptionError(f"horizon must be a whole number of env steps, at least 1, got {horizon!r}")
        self.change = CHANGES[change](body, check_seed(task_seed))
        self.values = self.change.choose(values, num_tasks)
        self.tasks = tuple(f"{change} {value:g}" for value in self.values)
        made = gymnasium.make(f"{body}-v5", render_mode=render_mode, disable_env_checker=True)
        self.env: Any = made.unwrapped
        self.horizon = horizon or self.change.horizon or made.spec.max_episode_steps
        self.observation_space, self.action_space = self.env.observation_space, self.env.action_space
        self.render_mode, self.metadata = render_mode, dict(self.env.metadata)
        self.own = copy(self.env.model)  # as Gymnasium has it
        self.scratch = mujoco.MjData(self.own)
        self.points = np.stack([self.change.point(value, self.own) for value in self.values])  # (T, d)
        self.known: dict[int, dict[str, np.ndarray]] = {}  # fields of every task that was met, without drift
        self.current = (-1, 0.0)  # task and drift that the model has
        self.touched: set[str] = set()
        super().__init__(steps_per_task=steps_per_task, schedule=schedule)

    @property
    def point(self) -> np.ndarray:
        """The parameters (d,) of the open episode, in the change's own terms."""
        following = self.points[min(self.task + 1, len(self.points) - 1)]
        return self.points[self.task] + self.drift * (following - self.points[self.task])

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[np.ndarray, dict]:
        """Begins an episode in the physics and with the goal of the task that is due."""
        super().reset(seed=seed)
        self.choose(options)
        if self.current != (self.task, self.drift):
            self._become()
        self.goal, self.total, self.left = self.point.tolist(), 0.0, self.horizon
        obs, _ = self.env.reset(seed=seed)
        return obs, self.info()

    def step(self, action: np.ndarray) -> tuple[np.ndarray, float, bool, bool, dict]:
        """Steps the robot; truncates at the horizon and at the end of the task's budget."""
        obs, rew, terminated, _, its = self.env.step(action)
        if self.change.rewards:
            rew = self.change.reward(action, its, self.goal)
        rew, walk = float(rew), self.walk
        self.total += rew
        self.left -= 1
        # count() and info(), written out: two calls are 2% of a step (benchmarks/streams.py)
        boundary = not self.commanded and walk is not None and walk.advance()
        info = {"task": self.task, "boundary": boundary, "score": self.total, "goal": -1}
        return obs, rew, bool(terminated), boundary or self.left == 0, info

    def _become(self) -> None:
        """Writes the parameters of task and drift into the model."""
        fields = self.known.get(self.task) if not self.drift else None
        if fields is None:
            fields = self.change.fields(self.point, self.own)
            if not self.drift:
                self.known[self.task] = fields
        model = self.env.model
        for name in self.touched | fields.keys():
            attrgetter(name)(model)[...] = fields.get(name, attrgetter(name)(self.own))
        if self.touched or fields:
            mujoco.mj_setConst(model, self.scratch)  # what follows from them, such as the subtrees' masses
            self.env.init_qpos = model.qpos0.copy()  # longer legs stand higher
        self.touched, self.current = set(fields), (self.task, self.drift)

    def render(self) -> Any:
        """What Gymnasium renders."""
        return self.env.render()

    def close(self) -> None:
        """Closes the robot's renderer."""
        self.env.close()
