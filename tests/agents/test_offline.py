import gymnasium
import numpy as np
import pytest
from control_learners import make, names, rows_for

import recollect
from recollect.agents.offline import OfflineAgent
from recollect.errors import OptionError, SchemaError


@pytest.mark.parametrize("name", names(OfflineAgent))
def test_lived_streams_are_refused(name):
    with pytest.raises(SchemaError, match="learns from logged rows, and the stream has none"):
        recollect.make_agent(name, gymnasium.make("recollect/ToyReach-v0"))


@pytest.mark.parametrize("name", names(OfflineAgent))
def test_it_ends_above_the_mean_return_of_its_data(name):
    stream = gymnasium.make("recollect/ToyLoggedReach-v0")
    agent = recollect.make_agent(name, stream, batch_size=60, hidden=(32, 32), lr=3e-3, seed=1)
    history = recollect.run(stream, agent, schedule=[0], passes=60, evaluate_episodes=4)
    rows = stream.unwrapped.data(0)
    assert history.scores["return"][-1, 0] > rows["rew"].sum() / rows["truncated"].sum() + 1


def test_new_and_replayed_rows_are_learnt_together_and_only_replayed_ones_are_weighed():
    agent = make("td3-bc", "prioritized")
    new, replayed = rows_for(agent, 3), rows_for(agent, 2, 1) | {"weight": np.float32([0.5, 0.25]), "index": [1, 2]}
    rows = agent.learnt(new, replayed)
    np.testing.assert_array_equal(rows["weight"], [1, 1, 1, 0.5, 0.25])
    np.testing.assert_array_equal(rows["obs"], np.concatenate([new["obs"], replayed["obs"]]))
    assert "weight" not in agent.learnt(new, {})


def test_a_batch_of_logged_rows_brings_an_update_and_its_share_of_replayed_rows():
    agent = make("iql", "fifo", replayed_per_new=0.5)
    for step in range(4):
        agent.learn(rows_for(agent, 8, step))
    assert agent.updates == 4
    assert len(agent.replay) == 32
    with pytest.raises(OptionError, match="batch_size must be at least 1"):
        make("iql", batch_size=0)
