"""Segmenter: what all learners of masks share."""

import copy
import math
from collections.abc import Sequence
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.spaces import Box, MultiDiscrete

from recollect.core import Agent, Penalty, ReplayStrategy
from recollect.errors import OptionError, StreamError
from recollect.nets.asking import Still
from recollect.nets.device import pick
from recollect.nets.mask_losses import VOID, mean_over, pixel_losses, unbiased_losses
from recollect.nets.mask_views import cut, stretch
from recollect.nets.seg_cnn import SegCNN, enlarged
from recollect.nets.tensors import tensor
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, num_rows
from recollect.schema import SAMPLE


class Segmenter(Agent):
    """A network that names every pixel, and whose head takes in the classes of each task when it begins.

    The softmax is over the classes met so far, background included; those of the running task are the last ones, as
    segmentation streams number them. A subclass says in `loss` what it descends. The optimiser begins anew with every
    task; its rate falls in every update, by `(1 - updates / all) ** power`.

    The defaults of the optimiser are those of BACS (ElAraby, Harakeh & Paull, 2024, arXiv 2404.13148, the authors'
    code); the network is ours (see `SegCNN`).

    Args:
        stream: a SAMPLE stream with masks; see `accepts`.
        replay: the memory.
        penalty: an additional loss, a projection of gradients, or both.
        seed: of the initial weights, and of what the learner draws.
        device: "auto", "cpu", "cuda", ...
        lr: learning rate of the first task, above 0.
        later_lr: that of later ones, above 0.
        power: of the fall of the rate, at least 0; 0 keeps it.
        passes: how often a task is gone through, which says how many updates it has; give `run` the same number.
        optimiser: "sgd" (Nesterov's) or "adam" (our choice for small networks).
        momentum: of SGD, in (0, 1).
        weight_decay: at least 0.
        batch_size: pictures of one logged batch.
        width: of the network.
        unbiased: whether a new picture's background means "background or an old class" (see `unbiased_losses`).
        augment: whether pictures are cut and mirrored anew at every use (see `recollect.nets.mask_views`).

    Raises:
        OptionError: if an option lies outside its range.
    """

    schema = SAMPLE
    reads = ("x", "y")
    needs_tasks = True

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        penalty: Penalty | None = None,
        seed: int = 0,
        device: str = "auto",
        lr: float = 0.01,
        later_lr: float = 0.001,
        power: float = 0.9,
        passes: int = 30,
        optimiser: str = "sgd",
        momentum: float = 0.9,
        weight_decay: float = 1e-4,
        batch_size: int = 12,
        width: int = 32,
        unbiased: bool = False,
        augment: bool = True,
    ) -> None:
        super().__init__(stream, replay, penalty=penalty, seed=seed, device=device)
        for option, value, fits, expected in (
            ("lr", lr, lr > 0, "above 0"),
            ("later_lr", later_lr, later_lr > 0, "above 0"),
            ("power", power, power >= 0, "at least 0"),
            ("passes", passes, passes >= 1, "at least 1"),
            ("optimiser", optimiser, optimiser in ("sgd", "adam"), "'sgd' or 'adam'"),
            ("momentum", momentum, 0 < momentum < 1, "in (0, 1)"),
            ("weight_decay", weight_decay, weight_decay >= 0, "at least 0"),
            ("batch_size", batch_size, batch_size >= 1, "at least 1"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        self.lr, self.later_lr, self.power, self.passes = lr, later_lr, power, passes
        self.kind, self.momentum, self.weight_decay, self.width = optimiser, momentum, weight_decay, width
        self.batch_size, self.unbiased, self.augment, self.device = batch_size, unbiased, augment, pick(device)
        self.views = np.random.default_rng(seed_for(seed, "views"))  # what augmentation draws from
        self.classes = int(stream.action_space.nvec.flat[0])  # of all tasks, background included
        self.old, self.seen = 1, 1  # classes met before the running task, and with it; background included
        self.known: dict[int, int] = {}  # task -> classes met when it began
        self.done, self.all = 0, 1  # updates of the running task
        with seeded(seed_for(seed, "weights")):
            self.network = self.build(stream.observation_space.shape[1:]).to(self.device)
        self.optimiser = self.fresh_optimiser()

    def build(self, x_shape: Sequence[int]) -> torch.nn.Module:
        """The network, with `forward` to logits (N, classes, h, w) and `grow`."""
        return SegCNN(x_shape, self.classes, self.width)

    def fresh_optimiser(self) -> torch.optim.Optimizer:
        """An optimiser of all parameters that are trained, at the rate of the task."""
        lr = self.lr if self.old == 1 else self.later_lr
        weights = [weight for _, weight in self.named_parameters() if weight.requires_grad]
        if self.kind == "adam":
            return torch.optim.Adam(weights, lr=lr, weight_decay=self.weight_decay)
        return torch.optim.SGD(weights, lr=lr, momentum=self.momentum, weight_decay=self.weight_decay, nesterov=True)

    @classmethod
    def accepts(cls, stream: gymnasium.Env) -> str | None:
        """None for pictures Box (B, H, W, C) and masks MultiDiscrete (B, H, W); else the reason."""
        target = getattr(stream.unwrapped, "target", None)
        if target != "mask":
            return f"it learns masks (target 'mask'), the stream's target is {target!r}"
        x, y = stream.observation_space, stream.action_space
        if not isinstance(x, Box) or not isinstance(y, MultiDiscrete) or x.shape[:3] != y.shape or len(x.shape) != 4:
            return f"it needs pictures Box (B, H, W, C) and masks MultiDiscrete (B, H, W), the stream has {x} and {y}"
        return None

    def begin_task(self, task: int, data: Rows | None) -> None:
        """The head takes in the task's classes; a task that comes again brings none.

        Raises:
            StreamError: if the task has no logged rows.
        """
        if not data or not num_rows(data):
            raise StreamError(f"{type(self).__name__} looks at a task's masks when it begins, but task {task} has none")
        labels = data["y"][data["y"] != VOID]
        seen = max(self.seen, int(labels.max(initial=0)) + 1)
        if seen > self.seen:
            self.old, self.seen = self.seen, seen
            if self.old > 1:
                self.grow()
        self.known.setdefault(task, self.seen)
        self.done, self.all = 0, self.passes * math.ceil(num_rows(data) / self.batch_size)
        self.optimiser = self.fresh_optimiser()

    def grow(self) -> None:
        """New classes: `old` to `seen` - 1."""
        self.network.grow(self.old, self.seen)

    def act(self, obs: Any, *, task: np.ndarray | None = None, explore: bool = False) -> np.ndarray:
        """Masks (N, H, W), int64, for pictures (N, H, W, C); nothing is explored."""
        return self.predict({"x": np.asarray(obs)})["y"]

    def predict(self, rows: Rows) -> Rows:
        """Masks "y" (N, H, W), int64, of classes met so far, for `x` (N, H, W, C), in eval mode; changes nothing."""
        with Still(self.network), torch.no_grad():
            return {"y": enlarged(self.maps(rows), rows["x"].shape[1:3]).argmax(1).cpu().numpy()}

    def view(self, rows: Rows, moved: bool | None = None) -> Rows:
        """`rows` with a new random view of x and y: remembered logits keep their pixels in place, all else is cut.

        Args:
            rows: x and y.
            moved: whether pixels may move; None: where rows do not come from the memory.
        """
        if not self.augment or not num_rows(rows):
            return rows
        if "index" not in rows if moved is None else moved:
            x, y = cut(rows["x"], rows["y"], self.views)
            return rows | {"x": x, "y": y}
        return rows | {"x": stretch(rows["x"], self.views)}

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step on `loss`; {} and no step without any rows. The logged losses are without the penalty's.

        Raises:
            StreamError: if no task was announced.
        """
        if not num_rows(new) and not num_rows(replayed):
            return {}
        if self.seen == 1:
            raise StreamError(f"{type(self).__name__} has met no task yet: announce tasks (announce_tasks=True)")
        left = max(1 - self.done / self.all, 1 / self.all)
        for group in self.optimiser.param_groups:
            group["lr"] = (self.lr if self.old == 1 else self.later_lr) * left**self.power
        loss, logged = self.loss(new, replayed)
        if loss.requires_grad:  # remembered rows alone may show nothing that counts
            self.descend(loss, self.optimiser, new, replayed)
        self.done += 1
        return {"loss": loss.item()} | logged

    def loss(self, new: Rows, replayed: Rows) -> tuple[torch.Tensor, dict[str, float]]:
        """What `update` descends, a scalar, and what else to log: here the mean over the pixels of new rows."""
        if not num_rows(new):
            return torch.zeros((), device=self.device), {}
        return self.mask_loss(self.full(self.maps(new), new), new), {}

    def mask_loss(self, logits: torch.Tensor, rows: Rows) -> torch.Tensor:
        """The mean cross-entropy of logits (N, C, H, W), a scalar, unbiased if that was asked for."""
        y = self.masks(rows)
        losses = unbiased_losses(logits, y, self.old) if self.unbiased else pixel_losses(logits, y)
        return mean_over(losses, y != VOID)

    def row_losses(self, *parts: Rows) -> torch.Tensor:
        """The mean cross-entropy (N,), in nats, of each picture of `parts`, in their order."""
        found = []
        for rows in (part for part in parts if num_rows(part)):
            y = self.masks(rows)
            losses, judged = pixel_losses(self.full(self.maps(rows), rows), y), y != VOID
            found.append((losses * judged).sum((1, 2)) / judged.sum((1, 2)).clamp(min=1))
        return torch.cat(found)

    def maps(self, rows: Rows) -> torch.Tensor:
        """Logits (N, C, h, w) of the C classes met so far, at the network's resolution."""
        return self.network(self.pictures(rows))[:, : self.seen]

    def pictures(self, rows: Rows) -> torch.Tensor:
        """The pictures (N, H, W, channels) of `rows`, on the device."""
        return tensor(rows["x"], self.device)

    def full(self, maps: torch.Tensor, rows: Rows) -> torch.Tensor:
        """Maps (N, C, h, w) at the size of the pictures of `rows`."""
        return enlarged(maps, rows["x"].shape[1:3])

    def masks(self, rows: Rows) -> torch.Tensor:
        """The masks (N, H, W) of `rows`, int64; a class that is not met yet is void."""
        y = tensor(rows["y"], self.device).long()
        return y.masked_fill(y >= self.seen, VOID)

    def teacher(self) -> torch.nn.Module:
        """A frozen copy of the network, in eval mode."""
        return copy.deepcopy(self.network).eval().requires_grad_(False)
