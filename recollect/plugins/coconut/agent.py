"""COCONUT: rehearsal of sequences with two contrastive losses on the encoder."""

from typing import Any, Literal

import gymnasium
import torch
from torch import nn
from torch.nn.functional import normalize

from recollect.agents.penalties.teacher import Teacher
from recollect.agents.speech.listener import token_loss
from recollect.agents.speech.rehearsal import SequenceER
from recollect.core import ReplayStrategy
from recollect.errors import OptionError
from recollect.nets.transducer import mean_over_time
from recollect.plugins.coconut.losses import (
    audio_distillation,
    multimodal_contrast,
    rehearsal_contrast,
    token_distillation,
)
from recollect.randomness import seed_for, seeded
from recollect.rows import Rows, num_rows
from recollect.schema import END, PAD


class Coconut(SequenceER):
    """`sequence-er`, plus NSPT on replayed rows, MM on new ones, and distillation from the network of the last task.

    Cappellazzo et al. (2024), arXiv 2310.02699. The loss is `CE + mm * MM + nspt * NSPT (+ distillation)`; the
    cross-entropy is of all rows. Points are linear maps of the encoder's output, averaged over time, and, for
    transcripts, of the mean embedding of their words in the decoder, both made of length 1. The teacher is a frozen
    copy of everything, maps included, taken when a task ends; in the first task there is none, and so no NSPT. With all
    weights 0 it is `sequence-er`, whose maps do not learn.

    An update also logs "rehearsed", how many rows were replayed, and the parts of the loss, before their weights.

    Args:
        stream: a SAMPLE stream with sequence targets.
        replay: the memory; the paper's is `herding` or a random quota for each class, filled when a task ends.
        nspt: weight of the contrast of replayed rows, at least 0 (recalled).
        mm: weight of the contrast of new rows with their transcripts, at least 0 (recalled).
        temperature: tau of both, above 0 (recalled).
        negatives: "student" is NSPT; "teacher" is NTPT, the standard that the paper compares with.
        reduction: "sum" over the anchors of a batch, as the losses are written, or their "mean".
        points: dimensions of the maps, at least 1 (ours).
        s_kd: weight of the cross-entropy of what the teacher writes of replayed clips, at least 0 (Cappellazzo et al.
            2023, arXiv 2305.13899). The frozen teacher writes when a clip is replayed, the same every time.
        teacher_beam: hypotheses of the teacher's search, at least 1.
        t_kd: weight of the divergence from the teacher's distributions of the tokens of replayed rows, at least 0.
        audio_kd: weight of the squared distance from the teacher's encoded frames of replayed rows, at least 0.
        replayed_per_new: as of `SequenceER`; None, the default, mixes the memory in as the paper does.
        **options: those of `Listener`.

    Raises:
        OptionError: if an option lies outside its range.
    """

    needs_tasks = True

    def __init__(
        self,
        stream: gymnasium.Env,
        replay: ReplayStrategy,
        *,
        nspt: float = 0.1,
        mm: float = 0.1,
        temperature: float = 0.1,
        negatives: Literal["student", "teacher"] = "student",
        reduction: Literal["sum", "mean"] = "sum",
        points: int = 128,
        s_kd: float = 0.0,
        teacher_beam: int = 10,
        t_kd: float = 0.0,
        audio_kd: float = 0.0,
        replayed_per_new: float | None = None,
        **options: Any,
    ) -> None:
        super().__init__(stream, replay, replayed_per_new=replayed_per_new, **options)
        self.weights = {"nspt": nspt, "mm": mm, "s_kd": s_kd, "t_kd": t_kd, "audio_kd": audio_kd}
        for option, value, fits, expected in (
            *((name, weight, weight >= 0, "at least 0") for name, weight in self.weights.items()),
            ("temperature", temperature, temperature > 0, "above 0"),
            ("negatives", negatives, negatives in ("student", "teacher"), "'student' or 'teacher'"),
            ("reduction", reduction, reduction in ("sum", "mean"), "'sum' or 'mean'"),
            ("points", points, points >= 1, "at least 1"),
            ("teacher_beam", teacher_beam, teacher_beam >= 1, "at least 1"),
        ):
            if not fits:
                raise OptionError(f"{option} must be {expected}, got {value!r}")
        self.needs_tasks = True
        self.temperature, self.negatives, self.reduction = temperature, negatives, reduction
        self.teacher_beam = teacher_beam
        with seeded(seed_for(self.seed, "points")):
            self.of_audio = nn.Linear(self.network.width, points).to(self.device)
            self.of_text = nn.Linear(self.network.width, points).to(self.device)
        for network in (self.of_audio, self.of_text):
            self.optimiser.add_param_group({"params": list(network.parameters())})
        self.teacher = Teacher()
        self.teacher.bind(self)
        self.parts: dict[str, float] = {}  # of the latest loss

    def end_task(self, task: int, data: Rows | None) -> None:
        """The networks of now become the teacher."""
        super().end_task(task, data)
        self.teacher.take()

    def update(self, new: Rows, replayed: Rows) -> dict[str, float]:
        """One gradient step; {} and no step without any rows."""
        logged = super().update(new, replayed)
        return logged | self.parts if logged else {}

    def loss(self, new: Rows, replayed: Rows) -> torch.Tensor:
        """The weighted sum of all losses, a scalar."""
        x, y = self.gather("x", [new, replayed]), self.gather("y", [new, replayed])
        rehearsed = torch.arange(len(x), device=self.device) >= num_rows(new)  # (N,)
        encoded = self.network.encoder(x)
        logits = self.network.decode(encoded, y)
        audio = normalize(self.of_audio(mean_over_time(*encoded)))  # (N, d)
        parts = {}
        if self.weights["mm"] and num_rows(new):
            text = normalize(self.of_text(self.words(y)))
            found = multimodal_contrast(audio, text, y[:, 0], ~rehearsed, self.temperature)
            parts["mm"] = self.reduced(found, num_rows(new))
        if self.teacher.twin is not None and num_rows(replayed):
            parts |= self.taught(x, y, rehearsed, encoded, logits, audio)
        self.parts = {name: part.item() for name, part in parts.items()}
        return token_loss(logits, y) + sum(self.weights[name] * part for name, part in parts.items())

    def taught(
        self,
        x: torch.Tensor,
        y: torch.Tensor,
        rehearsed: torch.Tensor,
        encoded: tuple[torch.Tensor, torch.Tensor],
        logits: torch.Tensor,
        audio: torch.Tensor,
    ) -> dict[str, torch.Tensor]:
        """The losses of replayed rows that have a weight, against the teacher; arguments as in `loss`."""
        parts, old, weights = {}, self.teacher.twin, self.weights
        with torch.no_grad():
            frames = old.network.encoder(x)
            then = normalize(old.of_audio(mean_over_time(*frames)))
        mine, kept = (part[rehearsed] for part in encoded)  # (R, T', D), (R, T')
        if weights["nspt"]:
            found = rehearsal_contrast(audio, then, y[:, 0], rehearsed, self.temperature, negatives=self.negatives)
            parts["nspt"] = self.reduced(found, int(rehearsed.sum()))
        if weights["s_kd"]:
            with torch.no_grad():
                written = old.network.beam(x[rehearsed], self.length, END, self.teacher_beam)
            ended = (written == END).cumsum(1) - (written == END).long() > 0  # (R, L): behind the first END
            heard = written.masked_fill(ended, PAD)
            parts["s_kd"] = token_loss(self.network.decode((mine, kept), heard), heard)
        if weights["t_kd"]:
            with torch.no_grad():
                wanted = old.network.decode(tuple(part[rehearsed] for part in frames), y[rehearsed])
            parts["t_kd"] = token_distillation(logits[rehearsed], wanted, y[rehearsed])
        if weights["audio_kd"]:
            parts["audio_kd"] = audio_distillation(mine, frames[0][rehearsed], kept)
        return parts

    def words(self, y: torch.Tensor) -> torch.Tensor:
        """The mean embedding (N, D) of the words of token rows (N, L): what stands between SEPARATOR and END."""
        inside = (y != PAD) & (y != END)
        inside[:, :2] = False  # intent and SEPARATOR
        return mean_over_time(self.network.decoder.embedding(y), inside)

    def reduced(self, total: torch.Tensor, anchors: int) -> torch.Tensor:
        """A sum over anchors as `reduction` says."""
        return total / anchors if self.reduction == "mean" else total
