"""NearestMean: what classifiers share that predict by the mean feature of each class."""

from typing import Any

import gymnasium
import numpy as np
import torch

from recollect.agents.classifier import Classifier
from recollect.agents.fingerprint import fingerprint
from recollect.core import ReplayStrategy
from recollect.nets.asking import Still
from recollect.nets.class_means import class_means, nearness
from recollect.rows import Rows, num_rows, take

CHUNK = 500  # remembered rows that pass through the network at a time


class NearestMean(Classifier):
    """A classifier that predicts the class whose mean feature, over the remembered rows, is nearest.

    Rebuffi et al. (2017), arXiv:1611.07725, algorithm 1. All features are the network's of now, those of the remembered
    rows too. "logits" are minus the squared distances; see `recollect.nets.class_means`. A class of which nothing is
    remembered is not predicted, as if it were farther off than any can be; while nothing at all is remembered, the
    network's head answers. A memory that is filled at task ends thus knows nothing of the classes of the running task,
    and in the middle of it each of their rows is taken for one of an older class.

    The means are kept with a fingerprint of memory and network, so that an evaluation costs one more pass over
    the memory. They are no part of the state: a resumed run computes them again.
    """

    saved_elsewhere = Classifier.saved_elsewhere | {"means"}

    def __init__(self, stream: gymnasium.Env, replay: ReplayStrategy, **options: Any) -> None:
        super().__init__(stream, replay, **options)
        self.num_classes = int(stream.action_space.nvec[0])
        self.means: tuple[bytes, torch.Tensor, torch.Tensor] | None = None  # fingerprint, means (C, d), known (C,)

    def predict(self, rows: Rows) -> Rows:
        """Labels "y" (N,), int64, and "logits" (N, C), float32, for `x` (N, *x), in eval mode; learns nothing."""
        with Still(self.network), torch.no_grad():
            x = self.gather("x", [rows])
            near = len(self.replay) > 0
            found = nearness(self.network.features(x), *self.current_means()) if near else self.network(x)
        logits = found.cpu().numpy()
        return {"y": logits.argmax(1), "logits": logits}

    def current_means(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Of the memory's classes, by the network of now: means (C, d), and which classes have one (C,)."""
        rows = self.replay.contents()
        mark = fingerprint({field: rows[field] for field in ("x", "y")}, self.network)
        if self.means is None or self.means[0] != mark:
            with Still(self.network), torch.no_grad():
                features = [self.network.features(self.gather("x", [chunk])) for chunk in chunks(rows)]
                y = self.gather("y", [rows]).long()
                self.means = (mark, *class_means(torch.cat(features), y, self.num_classes))
        return self.means[1:]


def chunks(rows: Rows) -> list[Rows]:
    """`rows` in their order, CHUNK at a time."""
    count = num_rows(rows)
    return [take(rows, np.arange(i, min(i + CHUNK, count))) for i in range(0, count, CHUNK)]
