import numpy as np
import pytest

from recollect.envs.speech.vocabulary import UNKNOWN, Vocabulary, padded, words_of
from recollect.errors import DataError

KNOWN = Vocabulary.of(["on", "off"], ["Lights on!", "it's off"])


def test_tokens_are_special_ones_intents_and_words():
    assert KNOWN.tokens == ("<pad>", "<end>", "<sep>", "<unknown>", "off", "on", "it's", "lights", "off", "on")


def test_words_lose_case_and_punctuation():
    assert words_of("It's  Off, 'now' -- OK?") == ["it's", "off", "now", "ok"]


def test_an_utterance_is_intent_separator_words_end():
    rows = KNOWN.encode(["on", "off"], ["lights on", "lights out"])
    assert [row.tolist() for row in rows] == [[5, 2, 7, 9, 1], [4, 2, 7, UNKNOWN, 1]]
    assert padded(rows, 6).tolist() == [[5, 2, 7, 9, 1, 0], [4, 2, 7, 3, 1, 0]]


def test_transcripts_come_back_from_tokens():
    y = np.array([[5, 2, 7, 9, 1, 0], [4, 2, 7, 3, 1, 7], [4, 7, 9, 0, 7, 7], [2, 2, 4, 7, 7, 7], [1, 2, 7, 1, 0, 0]])
    assert KNOWN.transcripts(y) == ["lights on", "lights <?>", "lights on", "<sep> off lights lights lights", ""]
    mask = np.arange(6) < np.array([3, 6, 6, 6, 6])[:, None]
    assert KNOWN.transcripts(y, mask, "<unknown>")[:2] == ["lights", "lights <unknown>"]


def test_an_unknown_intent_and_an_empty_transcript_are_refused():
    with pytest.raises(DataError, match="intent 'dim' of 'lights' occurs in no training utterance"):
        KNOWN.encode(["dim"], ["lights"])
    with pytest.raises(DataError, match="without words: '...'"):
        KNOWN.encode(["on"], ["..."])
