"""TianshouAgent: tianshou's algorithms as agents that learn from any memory, under any penalty."""

from types import SimpleNamespace
from typing import Any, Literal

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box, Discrete

from recollect.agents.inputs import Inputs, refusal
from recollect.agents.routed import Routed
from recollect.agents.window import ReplayWindow
from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.errors import OptionError, SchemaError
from recollect.nets.device import pick
from recollect.nets.tensors import tensor
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, concat, leaves, num_rows


def buffer(strategy: ReplayStrategy, *, num_envs: int = 1, lived: int = 2000, sampled: int = 4096) -> ReplayWindow:
    """`strategy` as the buffer of a plain tianshou program: give it to a Collector and an off-policy trainer.

    See `recollect.agents.window.ReplayWindow`, whose arguments these are.
    """
    return ReplayWindow(strategy, num_envs=num_envs, lived=lived, sampled=sampled)


class TianshouAgent(Agent):
    """What all learners over tianshou's algorithms share: inputs, actions, updates, state.

    A subclass builds its algorithm within `weights()`, hands it to `adopt`, and says in `choose` how it acts. Actions
    of a Box are learnt in [-1, 1] and scaled to its bounds. Rows are learnt as transitions of one step; what is
    bootstrapped is cut off where an episode terminated, and not where it was truncated.

    Args:
        stream: a TRANSITION stream; see `accepts`.
        replay: the memory. If it joins n steps in a row, what is bootstrapped is discounted by gamma ** n.
        penalty: an additional loss, a projection of gradients, or both; part of every gradient step.
        seed: of weights, exploration and updates.
        device: "auto", "cpu", "cuda", ...
        gamma: discount, in [0, 1].
        hidden: widths of the hidden layers of every network.
        n_step: 1. Longer returns are made by the memory: `replay_options={"n_step": 3}`.
        task_head: how networks know the task: "one-hot" code behind the observation; "heads": one head for each task,
            and the code; None: not at all. The first two need announced tasks.
        restrained: which networks' weights penalties see: "all", or "actor", as Continual World restrains the policy
            alone (Wolczyk et al. 2021, arXiv 2105.10919, recalled). The temperature is never restrained.

    Raises:
        OptionError: if an option lies outside its range.
    """

    reads = ("obs", "act", "rew", "terminated", "obs_next")
    acts: type = Box  # what action space it is for
    algorithm: Routed
    stepping: tuple[int, ...] | None = None  # ids of the parameters of the optimiser that steps now, for projections

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
        gamma: float = 0.99,
        hidden: tuple[int, ...] = (256, 256),
        n_step: int = 1,
        task_head: Literal["one-hot", "heads"] | None = None,
        restrained: Literal["all", "actor"] = "all",
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        if not 0 <= gamma <= 1:
            raise OptionError(f"gamma must be in [0, 1], got {gamma!r}")
        if not all(width > 0 for width in hidden):
            raise OptionError(f"hidden must be widths of at least 1, got {hidden!r}")
        if n_step != 1:
            raise OptionError(
                f"n_step={n_step}: rows from a memory have no neighbours, so that an agent cannot look {n_step} steps "
                "ahead; let the memory join them as they are met: "
                f"replay_options={{'n_step': {n_step}, 'gamma': {gamma}}}"
            )
        span = getattr(replay, "n_step", 1)
        if span > 1 and replay.joined.gamma != gamma:  # type: ignore[attr-defined]
            raise OptionError(
                f"the memory discounts the rewards it joins by {replay.joined.gamma}, the agent by {gamma}: "  # type: ignore[attr-defined]
                f"give both one gamma (replay_options={{'gamma': {gamma}}})"
            )
        self.gamma, self.hidden, self.restrained = gamma**span, hidden, restrained
        self.device = pick(device)
        self.task_head, self.needs_tasks = task_head, task_head is not None
        self.num_tasks = len(stream.unwrapped.tasks) if task_head else 0
        self.heads = self.num_tasks if task_head == "heads" else 0
        self.inputs = Inputs(self.observation_space, self.num_tasks)
        if isinstance(self.action_space, Box):
            low, high = (np.float64(bound).reshape(-1) for bound in (self.action_space.low, self.action_space.high))
            self.middle, self.reach = (high + low) / 2, (high - low) / 2  # (A,)
        self.drawn = torch.Generator(self.device)
        self.drawn.manual_seed(seed_for(seed, "updates"))

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """None for observations of numbers and actions it is for, in a bounded Box or Discrete; else the reason."""
        space = stream.action_space
        if not isinstance(space, cls.acts):
            kind = {Box: "continuous actions (a Box)", Discrete: "discrete actions (Discrete)"}[cls.acts]
            return f"it is for {kind}, the stream's are {space}"
        if isinstance(space, Box) and not (space.is_bounded() and np.issubdtype(space.dtype, np.floating)):
            return f"it scales actions to the bounds of a Box of floats, the stream's actions are {space}"
        return refusal(stream.observation_space)

    def weights(self) -> Any:
        """A context in which networks are built, the same for the same seed."""
        return seeded(seed_for(self.seed, "weights"))

    def adopt(self, algorithm: Routed) -> None:
        """Takes over an algorithm that was just built: its device, its optimisers, its targets, which nobody trains."""
        self.algorithm = algorithm.to(self.device)
        self.algorithm.policy.generator = self.drawn
        for pair in algorithm._lagged_networks._lagged_network_pairs:  # type: ignore[attr-defined]
            pair.target.requires_grad_(False)
        for number, one in enumerate(algorithm._optimizers):
            setattr(self, f"optimiser_{number}", one._optim)

    def named_parameters(self) -> Any:
        """What penalties restrain, by name: weights of the networks, or of the policy alone; no temperature."""
        for name, parameter in super().named_parameters():
            if ".alpha." not in name and (self.restrained == "all" or ".policy." in name):
                yield name, parameter

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Actions (N, *act) within the action space; before the first update exploring ones are uniform."""
        rows = leaves("obs", obs)
        count = len(next(iter(rows.values())))
        if explore and self.explores_at_random():
            return self.random_actions(count)
        with torch.no_grad():
            inputs = tensor(self.inputs(rows, "obs", self.known(task)), self.device)
            return self.to_actions(self.choose(inputs, explore))

    def explores_at_random(self) -> bool:
        """Whether exploring actions are uniform now: until it has learnt."""
        return not self.updates

    def choose(self, inputs: torch.Tensor, explore: bool) -> np.ndarray:
        """Actions as the networks have them for `inputs` (N, D): (N, A) in [-1, 1], or (N,) counted from 0."""
        raise NotImplementedError("choose(inputs (N, D), explore) -> (N, A) or (N,)")

    def random_actions(self, count: int) -> np.ndarray:
        """Uniform actions (N, *act)."""
        if isinstance(self.action_space, Discrete):
            return self.to_actions(self.rng.integers(self.action_space.n, size=count))
        return self.to_actions(self.rng.uniform(-1, 1, (count, len(self.middle))))

    def to_actions(self, chosen: np.ndarray) -> np.ndarray:
        """What `choose` gives, in the stream's own terms."""
        space: Any = self.action_space
        if isinstance(space, Discrete):
            return chosen + space.start
        scaled = (self.middle + self.reach * chosen).reshape(-1, *space.shape).astype(space.dtype)
        return np.clip(scaled, space.low, space.high)

    def from_actions(self, act: np.ndarray) -> torch.Tensor:
        """Actions of rows as the networks have them: (N, A) float32 in [-1, 1], or (N,) int64 from 0."""
        if isinstance(self.action_space, Discrete):
            return tensor(act.astype(np.int64) - self.action_space.start, self.device)
        flat = (act.reshape(len(act), -1) - self.middle) / np.maximum(self.reach, 1e-12)
        return tensor(flat.astype(np.float32), self.device)

    def known(self, task: Any) -> Any:
        """`task`, where the networks know it.

        Raises:
            SchemaError: if they should, and it is hidden.
        """
        if self.num_tasks and task is None:
            raise SchemaError(
                f"task_head={self.task_head!r} needs to know the task, and it is hidden: announce tasks, or leave "
                "task_head at None"
            )
        return task

    def batch(self, rows: Rows) -> SimpleNamespace:
        """Rows as tensors: obs and obs_next (n, D), act, rew, terminated and weight (n,), float32."""
        task = self.known(rows.get("task"))
        fields = {name: tensor(self.inputs(rows, name, task), self.device) for name in ("obs", "obs_next")}
        for name in ("rew", "terminated", "weight"):
            if name in rows:
                fields[name] = tensor(rows[name].astype(np.float32), self.device)
        return SimpleNamespace(**{"weight": None, "info": None, "act": self.from_actions(rows["act"])} | fields)

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One update of all networks on replayed rows where `replay_batch` is set, else on new and replayed ones.

        The strategy hears of the size of each replayed row's TD error as its priority. {} and no step without rows.
        """
        rows = self.learnt(new, replayed)
        count = num_rows(rows)
        if not count:
            return {}
        with self.algorithm.routed(lambda loss, optimiser: self.descend(loss, optimiser, new, replayed)):
            losses, errors = self.algorithm.learn(self.batch(rows))
        if "index" in replayed:
            priority = errors.detach().abs().cpu().numpy()[count - num_rows(replayed) :]
            self.replay.feedback(replayed["index"], priority=priority)
        return losses

    def descend(self, loss: Any, optimiser: Any, new: Rows, replayed: Rows) -> None:
        """One gradient step on `loss` and the penalty, of the networks of one optimiser."""
        self.stepping = tuple(id(one) for group in optimiser.param_groups for one in group["params"])
        try:
            super().descend(loss, optimiser, new, replayed)
        finally:
            self.stepping = None

    def learnt(self, new: Rows, replayed: Rows) -> Rows:
        """The rows of one update; where new and replayed ones are joined, only replayed ones may weigh other than 1."""
        if self.replay_batch is not None:
            return replayed
        if "weight" in replayed and num_rows(new):
            new = new | {"weight": np.ones(num_rows(new), np.float32)}
        return concat([new, replayed])

    def row_losses(self, *parts: Rows) -> torch.Tensor:
        """The loss (N,) of each row of `parts`, in their order, as a negative log-likelihood up to a constant.

        Half the squared TD errors of every critic (Gaussian targets of deviation 1) and, where there is an actor,
        the negative log-probability of the row's action. Nothing is drawn: what is next is the policy's mode.
        """
        return torch.cat([self.algorithm.row_losses(self.batch(rows)) for rows in parts if num_rows(rows)])

    def logits(self, *parts: Rows) -> torch.Tensor:
        """What the policy is made of (N, k) for all rows: action values, logits, or the parameters of a Gaussian."""
        return torch.cat([self.algorithm.outputs(self.batch(rows).obs) for rows in parts if num_rows(rows)])
