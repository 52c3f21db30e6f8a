import numpy as np
import pytest

from recollect.envs.speech.utterances import Utterances, spoken_set
from recollect.errors import DataError


def clips(*lengths):
    return [np.full((length, 3), length, np.float32) for length in lengths]


TRAIN = Utterances(clips(2, 4), ["go on", "halt"], ["go", "stop"], ["way", "halt"])


def test_splits_share_length_and_vocabulary():
    found = spoken_set(TRAIN, Utterances(clips(5), ["go back"], ["go"], ["way"]))
    assert found.groups == ("halt", "way")
    assert found.train["x"].shape == (2, 5, 3)
    assert found.train["x"][:, :, 0].tolist() == [[2, 2, 0, 0, 0], [4, 4, 4, 4, 0]]
    assert found.train["group"].tolist() == [1, 0]
    assert found.train["y"].shape[1] == found.test["y"].shape[1] == 5
    assert found.vocabulary.words == ("go", "halt", "on")
    assert found.test["y"].tolist() == [[4, 2, 6, 3, 1]]


def test_groups_keep_the_order_given_and_tests_may_be_left_out():
    found = spoken_set(TRAIN, None, ["way", "halt"])
    assert (found.groups, found.train["group"].tolist(), found.test) == (("way", "halt"), [0, 1], None)


def test_what_is_tested_and_never_learned_is_refused():
    with pytest.raises(DataError, match="'new' occurs among the test utterances"):
        spoken_set(TRAIN, Utterances(clips(5), ["go"], ["go"], ["new"]))
    with pytest.raises(DataError, match="no training utterances"):
        spoken_set(Utterances([], [], [], []), None)
