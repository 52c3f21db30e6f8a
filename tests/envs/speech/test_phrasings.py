from recollect.envs.speech.phrasings import HELD_OUT, PHRASINGS


def test_phrasings_are_said_once_and_tested_words_are_learned():
    every = [text for texts in PHRASINGS.values() for text in texts]
    assert len(set(every)) == len(every)
    learned = {word for texts in PHRASINGS.values() for text in texts[HELD_OUT:] for word in text.split()}
    assert {word for texts in PHRASINGS.values() for text in texts[:HELD_OUT] for word in text.split()} <= learned
    assert {len(texts) for texts in PHRASINGS.values()} == {8}
