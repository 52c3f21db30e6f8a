"""Studying toys, by hand."""

import numpy as np

from recollect.testing.toy_batches import ToyBlobs, ToyOracle, ToyText
from recollect.testing.toy_replays import ToyNearest

from recollect.testing.toy_students import ToyMeans, ToyQuery, ToyText as TextAgent, add_points, nearness  # isort: skip


def test_nearness_by_hand():
    sums, counts = np.zeros((3, 2)), np.zeros(3)
    add_points(sums, counts, np.array([[0.0, 0], [2, 0], [5, 5]]), np.array([0, 0, 2]))
    assert sums.tolist() == [[2, 0], [0, 0], [5, 5]]
    assert nearness(sums, counts, np.array([[1.0, 3.0]])).tolist() == [[-9, -1e6, -20]]


def test_means_learn_and_annotate():
    agent = ToyMeans(ToyBlobs(), ToyNearest(10))
    rows = ToyBlobs().data(0)
    agent.learn(rows)
    assert agent.replay.rows["logits"].shape == (10, 4)
    assert (agent.replay.rows["logits"] == -1e6).all()  # of the moment when the rows were met
    assert (agent.predict(rows)["y"] == rows["y"]).mean() > 0.9
    assert agent.update({}, agent.replay.sample(4))["drift"] > 1e4
    assert ToyMeans.accepts(ToyText()) == "its target is tokens, not class"


def test_queries_are_points_and_are_paid():
    agent = ToyQuery(ToyOracle(), ToyNearest(10))
    assert agent.act(np.ones((4, 1))).tolist() == [[0, 0]] * 4
    asked = agent.act(np.ones((4, 1)), explore=True)
    assert asked.shape == (4, 2)
    assert np.abs(asked).max() <= 1
    rows = {"x": np.array([[1.0, 0], [-1, 0]]), "y": np.array([1, 0]), "cost": np.array([1.0, 2.0])}
    assert agent.update(rows, {})["paid"] == 3
    assert agent.predict({"x": np.array([[0.2, 9.0]])})["y"].tolist() == [1]


def test_bigrams_by_hand():
    agent = TextAgent(ToyText(), ToyNearest(10))
    rows = {"x": np.array([[0, 1, 0]]), "y": np.array([[1, 2, 0]]), "mask": np.array([[True, True, False]])}
    assert agent.update(rows, {})["loss"] == np.log(6)
    assert agent.bigrams[0].tolist() == [1, 2, 1, 1, 1, 1]  # 0 -> 1 was seen once, 0 -> 0 is padding
    np.testing.assert_allclose(agent.predict(rows)["logp"], np.log([[2 / 7, 2 / 7, 1 / 7]]))
    assert agent.predict(rows)["y"].tolist() == [[1, 2, 1]]
