"""The guessing agent serves every target's form."""

import gymnasium
import numpy as np
import pytest

from recollect.testing import register_toys
from recollect.testing.guess import Guess
from recollect.testing.toy_batches import ToyBlobs

register_toys()


@pytest.mark.parametrize(
    ("stream", "fields"),
    [
        ("ToyBlobs", {"y": (12,), "logits": (12, 4)}),
        ("ToyOracle", {"y": (12,), "logits": (12, 2)}),
        ("ToyText", {"y": (12, 5), "logp": (12, 5)}),
    ],
)
def test_predictions_have_the_form_of_the_target(stream, fields):
    guess = Guess(gymnasium.make(f"recollect/{stream}-v0"))
    assert {field: values.shape for field, values in guess.predict({"x": np.zeros((12, 3))}).items()} == fields


def test_sequences_have_a_mask():
    class Spoken(ToyBlobs):
        target = "sequence"

        def data(self, task, split="train"):
            return {"x": np.zeros((2, 3), np.float32), "y": np.zeros((2, 7), np.int64)}

    predicted = Guess(Spoken()).predict({"x": np.zeros((4, 3))})
    assert (predicted["y"].shape, predicted["mask"].shape) == ((4, 7), (4, 7))


def test_actions_lie_in_the_space():
    env = gymnasium.make("recollect/ToyGoals-v0")
    obs = {"elements": np.zeros((5, 3, 2)), "action_mask": np.zeros((5, 3))}
    assert all(env.action_space.contains(act) for act in Guess(env).act(obs))
    assert len(Guess(env).act(obs)) == 5
    oracle = gymnasium.make("recollect/ToyOracle-v0")
    assert oracle.action_space.contains(Guess(oracle).act(np.zeros((4, 1))))
