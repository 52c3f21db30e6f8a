"""Vocabulary: intents and words as tokens, and back."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from recollect.errors import DataError
from recollect.rows import pad
from recollect.schema import END, PAD, SEPARATOR

SPECIAL = ("<pad>", "<end>", "<sep>", "<unknown>")  # tokens 0 to 3
UNKNOWN = 3
UNHEARD = "<?>"  # how a predicted <unknown> is written: it equals no word, so that it is never right


def words_of(transcript: str) -> list[str]:
    """The words of a transcript: lower case, without punctuation but for apostrophes inside."""
    return re.findall(r"\w+(?:'\w+)*", transcript.lower())


@dataclass(frozen=True)
class Vocabulary:
    """Tokens: four special ones, then all intents, then all words that training transcripts have.

    Attributes:
        intents: in order; the first has the token 4.
        words: in order.
    """

    intents: tuple[str, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, intents: Iterable[str], transcripts: Iterable[str]) -> "Vocabulary":
        """That of training utterances; intents and words in alphabetical order."""
        return cls(tuple(sorted(set(intents))), tuple(sorted({w for text in transcripts for w in words_of(text)})))

    @property
    def tokens(self) -> tuple[str, ...]:
        """What every token stands for, V of them."""
        return SPECIAL + self.intents + self.words

    def encode(self, intents: Sequence[str], transcripts: Sequence[str]) -> list[np.ndarray]:
        """Intent, SEPARATOR, words, END of every utterance, (L_i,) int64.

        Raises:
            DataError: for an intent that the vocabulary does not have, or a transcript without words.
        """
        intent_of = {intent: len(SPECIAL) + i for i, intent in enumerate(self.intents)}
        word_of = {word: len(SPECIAL) + len(self.intents) + i for i, word in enumerate(self.words)}
        rows = []
        for intent, transcript in zip(intents, transcripts, strict=True):
            words = words_of(transcript)
            if intent not in intent_of:
                raise DataError(f"intent {intent!r} of {transcript!r} occurs in no training utterance")
            if not words:
                raise DataError(f"an utterance of intent {intent!r} has a transcript without words: {transcript!r}")
            tail = [word_of.get(word, UNKNOWN) for word in words]
            rows.append(np.array([intent_of[intent], SEPARATOR, *tail, END], np.int64))
        return rows

    def transcripts(self, y: np.ndarray, mask: np.ndarray | None = None, unknown: str = UNHEARD) -> list[str]:
        """The words of token rows (N, L): what stands behind the first SEPARATOR, or behind the intent without one.

        A row ends at its END, its first PAD, or where `mask` (N, L) does. Intents among the words are written out.
        """
        names = (*SPECIAL[:UNKNOWN], unknown, *self.intents, *self.words)
        found = []
        for row, kept in zip(y, np.ones_like(y, bool) if mask is None else mask, strict=True):
            ends = np.flatnonzero((row == END) | (row == PAD) | ~kept)
            body = row[: ends[0]].tolist() if len(ends) else row.tolist()
            start = body.index(SEPARATOR) if SEPARATOR in body else 0
            found.append(" ".join(names[token] for token in body[start + 1 :]))
        return found


def padded(rows: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Token rows (N, length), int64, filled up with PAD, which is 0."""
    return pad(rows, length)[0]
