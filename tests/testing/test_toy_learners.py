"""Learning toys, by hand and in short runs."""

import gymnasium
import numpy as np
import pytest

import recollect
from recollect.rows import num_rows
from recollect.testing import register_toys
from recollect.testing.toy_learners import ToyGroups, ToyOffline, ToyQ
from recollect.testing.toy_replays import ToyNearest, ToySelector
from recollect.testing.toy_streams import ToyCorridor, ToyGoals, ToyLoggedCorridor

register_toys()


class Heard(ToyNearest):
    """Notes what it is told."""

    heard = None

    def feedback(self, index, **signals):
        self.heard = (index.tolist(), {name: values.tolist() for name, values in signals.items()})


def test_one_q_step_by_hand():
    replay = Heard(5)
    agent = ToyQ(ToyCorridor(), replay, step_size=0.5)
    agent.weights[5] = [0.0, 1.0]  # the constant: action 1 is worth 1 everywhere
    obs = np.zeros((2, 5), np.float32)
    rows = {"obs": obs, "obs_next": obs, "act": np.array([0, 1]), "rew": np.array([0.5, 0.25], np.float32)}
    rows |= {"terminated": np.array([False, True]), "index": np.array([3, 4])}
    agent.update({}, rows)
    # td: 0.5 + 0.9 * 1 - 0 = 1.4, clipped to 1; 0.25 - 1 = -0.75; each row has weight 0.5 / 2
    np.testing.assert_allclose(agent.weights[5], [0.25, 1 - 0.1875])
    assert replay.heard == ([3, 4], {"priority": [1.0, 0.75]})


@pytest.mark.parametrize(("remember", "drawn"), [("after", [1, 2, 2]), ("before", [1, 2, 2, 2])])
def test_replayed_rows_are_counted(remember, drawn):
    class Counts(ToyQ):
        def update(self, new, replayed):
            counts.append(num_rows(replayed))
            return super().update(new, replayed)

    counts = []
    agent = Counts(ToyCorridor(), ToyNearest(9), replay_batch=2, replayed_per_new=2.0, warmup=1, remember=remember)
    for i in range(4):
        agent.learn(
            {
                "obs": np.full((1, 5), i, np.float32), "obs_next": np.zeros((1, 5), np.float32),
                "act": np.zeros(1, int), "rew": np.zeros(1, np.float32), "terminated": np.zeros(1, bool),
            }
        )  # fmt: skip
    assert counts == drawn  # in the first step there is nothing to draw, or one row, which was remembered before


def test_groups_learn_which_action_pays():
    history = recollect.run("recollect/ToyCorridor-v0", agent := make("toy-groups"), steps_per_task=10, num_envs=3)
    assert agent.preference[1] > agent.preference[0]
    assert history.rows.tolist() == [0, 60, 120]
    assert history.scores["return"][-1].min() > history.scores["return"][0].max()


def make(name, stream="recollect/ToyCorridor-v0", **options):
    return recollect.make_agent(name, gymnasium.make(stream), capacity=20, **options)


def test_masked_actions_are_never_taken():
    agent = ToyGroups(ToyGoals(), ToyNearest(5))
    agent.preference[:] = [9.0, 0.0, 0.0]
    obs = {"elements": np.zeros((40, 3, 2)), "action_mask": np.tile([0, 1, 1], (40, 1))}
    assert set(agent.act(obs, explore=True)) == {1, 2}
    assert 0 not in agent.act(obs)


def test_the_offline_agent_clones_what_was_selected():
    stream = ToyLoggedCorridor()
    replay = ToySelector(6)
    agent = ToyOffline(stream, replay)
    replay.bind(agent)
    for task in (0, 1):
        data = stream.data(task)
        agent.learn(data | {"task": np.full(num_rows(data), task)})
        assert agent.act_task(np.zeros((2, 5)), task).tolist() == [1, 1]
        replay.end_task(task, data)
        agent.end_task(task, data)
    assert agent.act(np.zeros((3, 5))).tolist() == [1, 1, 1]
    assert agent.cloned.tolist() == [0, 6]
    assert ToyOffline.accepts(ToyCorridor()) == "it has no logged rows"


def test_the_three_lessons_stick_in_a_run():
    for name, stream in (("toy-q", "ToyCorridor"), ("toy-offline", "ToyLoggedCorridor")):
        history = recollect.run(f"recollect/{stream}-v0", make(name, f"recollect/{stream}-v0"), steps_per_task=30)
        assert history.scores["return"][-1].min() > 3
