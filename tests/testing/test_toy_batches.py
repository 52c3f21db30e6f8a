"""Batched toys, worked out by hand."""

import numpy as np

from recollect.rows import num_rows
from recollect.testing.toy_batches import ToyBlobs, ToyOracle, ToyText


def test_the_budget_ends_in_mid_batch():
    env = ToyOracle(batch=4, budget=10)
    obs, info = env.reset(seed=0, options={"task": 1})
    assert (obs.shape, obs[0, 0], len(info["answer"])) == ((4, 1), 1.0, 0)
    queries = np.array([[1, -1], [-1, 1], [0.5, 0.5], [0.5, -0.5]], np.float32)
    counts, ends = [], []
    for _ in range(4):
        obs, rew, terminated, truncated, info = env.step(queries)
        rows = env.record(obs, queries, rew, obs, terminated, truncated, info)
        counts.append((num_rows(rows), rew, round(float(obs[0, 0]), 2)))
        ends.append((terminated, truncated, info["boundary"]))
    assert counts == [(4, -4.0, 0.6), (4, -4.0, 0.2), (2, -2.0, 0.0), (0, 0.0, 0.0)]
    assert ends == [(False, False, False)] * 2 + [(False, True, True)] * 2
    assert env.reset(seed=0)[0][0, 0] == 1.0
    assert env.step(queries)[4]["answer"].tolist() == [0, 1, 1, 0]  # task 1: is the second coordinate positive


def test_a_run_pays_one_budget_for_each_task():
    assert ToyOracle(batch=4, budget=10).steps_per_task == 3
    assert ToyOracle(batch=4, budget=10).walk is None
    assert ToyOracle(steps_per_task=2).steps_per_task == 2


def test_answers_are_of_the_batch_just_seen():
    env = ToyBlobs(batch=4)
    obs, info = env.reset(seed=0, options={"task": 1})
    assert info["target"].tolist() == [-1] * 4
    data = env.data(1)
    truth = [data["y"][(data["x"] == x).all(1)][0] for x in obs]
    _, rew, _, truncated, info = env.step(np.array([*truth[:3], 0]))
    assert info["target"].tolist() == truth
    assert rew == info["score"] == 0.75
    assert not truncated
    assert [env.step(np.zeros(4, int))[3] for _ in range(5)] == [False] * 4 + [True]  # 24 rows are 6 batches
    assert set(data["y"]) == {2, 3}


def test_cross_entropy_by_hand():
    rows = {"y": np.array([0, 1])}
    logits = np.log(np.array([[0.5, 0.25, 0.125, 0.125], [0.5, 0.25, 0.125, 0.125]]))
    measured = ToyBlobs().measure(rows, {"y": np.array([0, 0]), "logits": logits})
    assert measured["accuracy"].tolist() == [1, 0]
    np.testing.assert_allclose(measured["loss"], [np.log(2), np.log(4)])


def test_languages_count():
    for task in (0, 1):
        rows = ToyText().data(task)
        mask = rows["mask"]
        assert ((rows["y"] - rows["x"])[mask] % 6 == task + 1).all()
        assert (rows["x"][~mask] == 0).all()
        assert set(mask.sum(1)) <= {2, 3, 4, 5}
        assert len(set(mask.sum(1))) > 1
