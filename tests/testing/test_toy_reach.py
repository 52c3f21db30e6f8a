import numpy as np
import pytest

from recollect.testing.toy_reach import ToyLoggedReach, ToyReach


@pytest.mark.parametrize(("task", "goal"), [(0, 2.0), (1, -2.0)])
def test_a_step_moves_the_point_and_pays_its_distance(task, goal):
    env = ToyReach()
    obs, _ = env.reset(seed=0, options={"task": task})
    after, rew, terminated, truncated, info = env.step(np.float32([3.0]))
    assert after[0] == pytest.approx(obs[0] + 1.5)
    assert rew == pytest.approx(-abs(after[0] - goal))
    assert (terminated, truncated, info["score"]) == (False, False, rew)


def test_episodes_end_at_the_edge_or_after_six_steps():
    for act, wanted in ((3.0, (True, 5)), (-1.0, (False, 6))):
        env = ToyReach()
        env.reset(seed=0)
        env.place = 1.0
        terminated = truncated = False
        while not (terminated or truncated):
            *_, terminated, truncated, _ = env.step(np.float32([act]))
        assert (terminated, env.time) == wanted


def test_logged_rows_are_thirty_episodes_of_each_task():
    stream = ToyLoggedReach()
    for task in (0, 1):
        rows = stream.data(task)
        assert (rows["truncated"] | rows["terminated"]).sum() == 30
        assert rows["act"].min() < -0.9
        assert rows["act"].max() > 2.9
    assert stream.data(0, "test") is None
