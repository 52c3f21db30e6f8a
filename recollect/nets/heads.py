"""Heads without bias: one matrix of class weights, read as dot products or as scaled cosines."""

import torch
from torch import nn
from torch.nn.functional import linear

from recollect.errors import OptionError, UnknownName

READINGS = ("dot", "cosine")


class DualHead(nn.Linear):
    """One matrix W (C, d) without bias, which gives two kinds of logits for the same features h.

    Dot products `w_c . h = |w_c| |h| cos(w_c, h)`, and cosines `gamma cos(w_c, h)`. A loss on cosines is orthogonal, in
    its gradient, to every w_c and to h: to first order it turns them and leaves their lengths alone. Norms are part of
    the graph; `eps` is added to them, so that a row of zeros has cosine 0.

    Args:
        num_features: d.
        num_outputs: C.
        reading: which logits `forward` gives, "dot" or "cosine".
        gamma: what cosines are multiplied by, above 0 (1 / 0.09 in the code of Lin et al. 2023, "PCR", arXiv
            2304.04408; 10 in Mammoth's er-ace).
        eps: added to norms, at least 0 (1e-6 in the same code of Lin et al.).

    Raises:
        UnknownName: for another reading.
        OptionError: if gamma or eps lies outside its range.
    """

    def __init__(
        self, num_features: int, num_outputs: int, reading: str = "dot", gamma: float = 11.1, eps: float = 1e-6
    ) -> None:
        super().__init__(num_features, num_outputs, bias=False)
        if reading not in READINGS:
            raise UnknownName("reading of a head:", str(reading), READINGS)
        if not gamma > 0:
            raise OptionError(f"gamma must be above 0, got {gamma!r}")
        if not eps >= 0:
            raise OptionError(f"eps must be at least 0, got {eps!r}")
        self.reading, self.gamma, self.eps = reading, gamma, eps

    def read(self, features: torch.Tensor, reading: str) -> torch.Tensor:
        """Logits (N, C) of one kind for features (N, d)."""
        if reading == "dot":
            return linear(features, self.weight)
        return self.gamma * linear(self._directions(features), self._directions(self.weight))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Logits (N, C) of the kind `reading` for features (N, d)."""
        return self.read(features, self.reading)

    def _directions(self, vectors: torch.Tensor) -> torch.Tensor:
        """(N, d) -> (N, d) of length 1, but for eps."""
        return vectors / (torch.linalg.vector_norm(vectors, dim=1, keepdim=True) + self.eps)


class Reading:
    """Inside, `head` gives logits of the kind `reading`; afterwards again those that it gave.

    Args:
        head: of a network.
        reading: "dot" or "cosine".
    """

    def __init__(self, head: DualHead, reading: str) -> None:
        self.head, self.reading = head, reading

    def __enter__(self) -> None:
        self.before, self.head.reading = self.head.reading, self.reading

    def __exit__(self, *_: object) -> None:
        self.head.reading = self.before
