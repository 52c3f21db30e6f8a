"""Transducer: frames of speech in, tokens out; a small encoder and a decoder that attends to it."""

import math
from itertools import pairwise

import torch
from torch import nn
from torch.nn.functional import pad

STRIDE = 8  # frames per encoded frame: three convolutions that halve


class Encoder(nn.Module):
    """Three strided convolutions over time, normalised frame by frame, and a recurrent layer: (N, T, M) to (N, T', D).

    T' = ceil(T / 8).

    Args:
        num_bands: M.
        width: D, of every layer.
    """

    def __init__(self, num_bands: int, width: int) -> None:
        super().__init__()
        channels = (num_bands, width, width, width)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(before, after, 5, stride=2, padding=2) for before, after in pairwise(channels)
        )
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in self.convolutions)
        self.recurrent = nn.GRU(width, width, batch_first=True)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Encoded frames (N, T', D), and which of them are of the clip (N, T') bool.

        Frames that are zero in all bands are padding. What lies there changes nothing of what lies before it, and the
        first encoded frame counts even of an empty clip.
        """
        heard = x.abs().amax(2) > 0  # (N, T)
        length = (heard * torch.arange(1, x.shape[1] + 1, device=x.device)).amax(1).clamp(min=1)  # (N,)
        for layer, norm in zip(self.convolutions, self.norms, strict=True):
            length = (length + 1) // 2
            x = norm(layer(x.transpose(1, 2)).transpose(1, 2))  # (N, T, M) -> (N, T / 2, D)
            kept = torch.arange(x.shape[1], device=x.device) < length[:, None]  # (N, T / 2)
            x = torch.relu(x) * kept[..., None]
        return self.recurrent(x)[0], kept  # (N, T', D)


class Decoder(nn.Module):
    """A recurrent layer over tokens whose states attend to encoded frames (Luong et al. 2015, arXiv:1508.04025).

    It begins with a map of the encoded frames' mean. Scores are scaled dot products, without input feeding, so that all
    positions are computed at once in training.

    Args:
        num_tokens: V; one more embedding is the begin.
        width: D.
    """

    def __init__(self, num_tokens: int, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(num_tokens + 1, width)
        self.start = nn.Linear(width, width)
        self.recurrent = nn.GRU(width, width, batch_first=True)
        self.joined = nn.Linear(2 * width, width)
        self.head = nn.Linear(width, num_tokens)

    def forward(
        self, tokens: torch.Tensor, memory: torch.Tensor, kept: torch.Tensor, state: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits (N, L, V) of what follows each of `tokens` (N, L), and the state (1, N, D) after them."""
        if state is None:
            state = torch.tanh(self.start(mean_over_time(memory, kept)))[None]  # (1, N, D)
        states, last = self.recurrent(self.embedding(tokens), state)  # (N, L, D)
        scores = states @ memory.transpose(1, 2) / math.sqrt(memory.shape[2])  # (N, L, T')
        shares = scores.masked_fill(~kept[:, None], -torch.inf).softmax(2)
        heard = shares @ memory  # (N, L, D)
        return self.head(torch.tanh(self.joined(torch.cat([states, heard], 2)))), last


class Transducer(nn.Module):
    """Speech to tokens.

    Args:
        num_bands: M, of the frames.
        num_tokens: V.
        width: D, of all layers.
    """

    def __init__(self, num_bands: int, num_tokens: int, width: int = 96) -> None:
        super().__init__()
        self.encoder, self.decoder = Encoder(num_bands, width), Decoder(num_tokens, width)
        self.begin, self.width = num_tokens, width

    def forward(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Logits (N, L, V) of the tokens y (N, L), each given those before it and the frames x (N, T, M)."""
        return self.decode(self.encoder(x), y)

    def decode(self, encoded: tuple[torch.Tensor, torch.Tensor], y: torch.Tensor) -> torch.Tensor:
        """As `forward`, of frames that are encoded already."""
        before = pad(y[:, :-1], (1, 0), value=self.begin)  # (N, L): begin, then all but the last
        return self.decoder(before, *encoded)[0]

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The mean of the encoded frames over time, (N, D)."""
        return mean_over_time(*self.encoder(x))

    def greedy(self, x: torch.Tensor, length: int, end: int) -> torch.Tensor:
        """The likeliest token after the likeliest one, (N, length) int64, filled with `end` behind an `end`."""
        encoded, state = self.encoder(x), None
        token = torch.full((len(x), 1), self.begin, device=x.device)
        over = torch.zeros(len(x), 1, dtype=torch.bool, device=x.device)
        found = []
        for _ in range(length):
            logits, state = self.decoder(token, *encoded, state)
            token = logits.argmax(2).masked_fill(over, end)  # (N, 1)
            over |= token == end
            found.append(token)
        return torch.cat(found, 1)

    def beam(self, x: torch.Tensor, length: int, end: int, width: int) -> torch.Tensor:
        """As `greedy`, by a search with `width` hypotheses of each row: the likeliest, by the sum of logarithms."""
        memory, kept = (part.repeat_interleave(width, 0) for part in self.encoder(x))  # (N W, T', D), (N W, T')
        count, rows = len(x), torch.arange(len(x), device=x.device)[:, None] * width  # (N, 1)
        token = torch.full((count * width, 1), self.begin, device=x.device)
        scores = torch.full((count, width), -torch.inf, device=x.device)
        scores[:, 0] = 0.0  # at first all hypotheses of a row are one
        over = torch.zeros(count * width, dtype=torch.bool, device=x.device)
        found, state = token[:, :0], None
        for _ in range(length):
            logits, state = self.decoder(token, memory, kept, state)
            steps = logits[:, 0].log_softmax(1)  # (N W, V)
            closed = torch.full_like(steps, -torch.inf)
            closed[:, end] = 0.0
            steps = torch.where(over[:, None], closed, steps).view(count, width, -1)
            every = (scores[:, :, None] + steps).flatten(1)  # (N, W V)
            scores, best = every.topk(width, 1)
            source = (rows + best // steps.shape[2]).flatten()  # (N W,): which hypotheses go on
            token = (best % steps.shape[2]).view(-1, 1)
            found, state = torch.cat([found[source], token], 1), state[:, source]
            over = over[source] | (token[:, 0] == end)
        return found.view(count, width, -1)[:, 0]


def mean_over_time(encoded: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
    """The mean (N, D) of those of (N, T', D) that `kept` (N, T') names."""
    return (encoded * kept[..., None]).sum(1) / kept.sum(1, keepdim=True)
