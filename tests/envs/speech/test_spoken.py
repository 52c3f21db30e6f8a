import gymnasium
import numpy as np
import pytest

import recollect
from recollect.envs.speech.spoken import Spoken
from recollect.envs.speech.utterances import Utterances, spoken_set
from recollect.errors import OptionError, SchemaError, UnknownName

INTENTS = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def spoken():
    """Ten utterances of each of four intents; frames hold the number of the intent."""
    intents = [intent for intent in INTENTS for _ in range(10)]
    frames = [np.full((3, 2), 1 + INTENTS.index(intent), np.float32) for intent in intents]
    return spoken_set(Utterances(frames, [f"say {intent} now" for intent in intents], intents, intents), None)


def predicted(y, **changes):
    y = y.copy()
    for position, token in changes.items():
        y[:, int(position[1:])] = token
    ended = np.cumsum(y == 1, 1) - (y == 1) > 0
    return {"y": y, "mask": ~ended}


def test_tasks_hold_their_intents(spoken):
    stream = Spoken(spoken, tasks=2, batch_size=4)
    assert stream.tasks == ("a-b", "c-d")
    for task, split, count in ((0, "train", 16), (1, "test", 4)):
        rows = stream.data(task, split)
        assert rows["x"].shape == (count, 3, 2)
        assert rows["y"].shape == (count, 6)
        assert (rows["y"][:, 0] - 4 == rows["x"][:, 0, 0] - 1).all()
        assert set(rows["y"][:, 0]) == {4 + 2 * task, 5 + 2 * task}


def test_tasks_by_name(spoken):
    assert Spoken(spoken, tasks=[["d", "a"], ["b", "c"]]).tasks == ("d-a", "b-c")
    with pytest.raises(UnknownName, match="class 'aa' does not exist"):
        Spoken(spoken, tasks=[["aa"], ["b", "c", "d"]])


def test_a_right_prediction(spoken):
    stream = Spoken(spoken, tasks=2)
    rows = stream.data(0, "test")
    found = stream.measure(rows, predicted(rows["y"]))
    assert found["intent"].tolist() == [1] * 4
    assert found["wer"].tolist() == [0] * 4


@pytest.mark.parametrize(
    ("changes", "intent", "wer"),
    [
        ({"_0": 7}, 0, 0),  # another intent, the words are right
        ({"_1": 4}, 0, 1 / 3),  # no separator behind the intent: that is no intent, and an intent too many
        ({"_3": 3}, 1, 1 / 3),  # one word that it cannot name
        ({"_3": 1}, 1, 2 / 3),  # the end comes two words early
        ({"_2": 1}, 1, 1),  # nothing but the intent
        ({"_5": 8}, 1, 1 / 3),  # one word too many
        ({"_0": 1}, 0, 1),  # nothing at all
    ],
)
def test_scores_of_wrong_predictions(spoken, changes, intent, wer):
    stream = Spoken(spoken, tasks=2)
    rows = stream.data(0, "test")
    found = stream.measure(rows, predicted(rows["y"], **changes))
    assert found["intent"].tolist() == [intent] * 4
    assert found["wer"] == pytest.approx(np.full(4, wer))


def test_an_intent_behind_the_mask_does_not_count(spoken):
    stream = Spoken(spoken, tasks=2)
    rows = stream.data(0, "test")
    found = stream.measure(rows, {"y": rows["y"], "mask": np.zeros(rows["y"].shape, bool)})
    assert (found["intent"].sum(), found["wer"].sum()) == (0, 4)


def test_the_reward_is_the_share_of_right_intents(spoken):
    stream = Spoken(spoken, tasks=2, batch_size=4)
    stream.reset(seed=0)
    action = stream.answer.copy()
    action[0, 0], action[1, 4] = 9, 9  # one wrong intent, one wrong word
    _, rew, _, _, info = stream.step(action)
    assert rew == 0.75
    assert info["target"].shape == (4, 6)
    with pytest.raises(OptionError, match=r"shape \(4, 6\), got shape \(4,\)"):
        stream.step(np.zeros(4, int))


def test_agents_of_classes_are_refused_and_told_why():
    stream = gymnasium.make("recollect/SpokenDigits-v0")
    with pytest.raises(SchemaError, match="learns class labels .*'sequence'"):
        recollect.make_agent("er", stream)
    assert ("sequence-er", "herding") in recollect.fits("recollect/SpokenDigits-v0")
