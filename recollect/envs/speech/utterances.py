"""Utterances: clips with their transcripts and intents, as arrays that a stream deals out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recollect.envs.speech.vocabulary import Vocabulary, padded
from recollect.errors import DataError
from recollect.rows import Rows


@dataclass
class Utterances:
    """A split of a set.

    Attributes:
        frames: log-mel frames of each clip, (T_i, M) float32.
        transcripts: what is said.
        intents: what is meant.
        groups: by which classes are divided into tasks; the intents where a set has no coarser one.
    """

    frames: list[np.ndarray]
    transcripts: list[str]
    intents: list[str]
    groups: list[str]


@dataclass(frozen=True)
class SpokenSet:
    """Utterances as arrays. x is zero behind the end of a clip, in all bands.

    Attributes:
        vocabulary: of the tokens.
        groups: names of the groups, in order.
        train: x (N, T, M) float32, y (N, L) int64 tokens, group (N,) int64.
        test: likewise; None where a set does not say what is tested.
    """

    vocabulary: Vocabulary
    groups: tuple[str, ...]
    train: Rows
    test: Rows | None


def spoken_set(train: Utterances, test: Utterances | None, groups: Sequence[str] | None = None) -> SpokenSet:
    """Both splits with one vocabulary, that of the training utterances, and padded to one length.

    Args:
        train: what is learned.
        test: what is tested, or None.
        groups: their order; None: alphabetical.

    Raises:
        DataError: for no utterances, test groups or intents without training utterances, a transcript without words.
    """
    if not train.frames:
        raise DataError("there are no training utterances: the lists of the set are empty")
    names = tuple(sorted(set(train.groups)) if groups is None else groups)
    vocabulary = Vocabulary.of(train.intents, train.transcripts)
    splits = [train] if test is None else [train, test]
    tokens = [vocabulary.encode(split.intents, split.transcripts) for split in splits]
    longest = max(len(clip) for split in splits for clip in split.frames)  # T
    length = max(len(row) for rows in tokens for row in rows)  # L
    if strange := sorted({group for split in splits for group in split.groups} - set(names)):
        raise DataError(f"{strange[0]!r} occurs among the test utterances, and in no training utterance: remove it")
    made = []
    for split, rows in zip(splits, tokens, strict=True):
        x = np.zeros((len(split.frames), longest, split.frames[0].shape[1]), np.float32)  # (N, T, M)
        for row, clip in enumerate(split.frames):
            x[row, : len(clip)] = clip
        number = np.array([names.index(group) for group in split.groups])
        made.append({"x": x, "y": padded(rows, length), "group": number})
    return SpokenSet(vocabulary, names, made[0], made[1] if test is not None else None)
