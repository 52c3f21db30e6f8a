"""Settings are found by fit, and give rows as a run would bring them."""

import numpy as np

from recollect.rows import num_rows
from recollect.testing.setting import Setting, first_rows, settings
from recollect.testing.toy_agents import ToyRandom
from recollect.testing.toy_replays import ToyNearest, ToySelector
from recollect.testing.toy_students import ToyMeans


def test_one_for_each_stream_and_schema():
    found = list(settings(replay=ToySelector))
    assert {setting.agent.__name__ for setting in found} == {"ToyOffline"}
    assert "recollect/ToyLoggedCorridor-v0" in {setting.stream_id for setting in found}
    corridor = [setting.agent.schema.name for setting in settings() if setting.stream_id == "recollect/ToyCorridor-v0"]
    assert corridor == ["TRAJECTORY", "TRANSITION"]


def test_the_agents_own_replay_is_tried_first():
    assert next(settings(agent=ToyMeans, first_replay="toy-nearest")).replay is ToyNearest
    assert next(settings(agent=ToyMeans, first_replay="none")).replay.__name__ == "NoReplay"


def test_parts_are_bound_and_have_begun():
    begun = []

    class Replay(ToyNearest):
        def begin_task(self, task, data):
            begun.append((task, num_rows(data)))

    agent = Setting("recollect/ToyBlobs-v0", ToyMeans, Replay).build(capacity=5, seed=3)
    assert begun == [(0, 24)]
    assert agent.replay.agent is agent
    assert (agent.replay.capacity, agent.seed, agent.device) == (5, 3, "cpu")


def test_rows_are_met_as_in_a_run():
    setting = Setting("recollect/ToyBlobs-v0", ToyMeans, ToyNearest)
    rows = first_rows(setting.meet(3))
    assert rows["step"].tolist() == [1] * 6 + [2] * 6 + [3] * 6
    assert rows["logits"].shape == (18, 4)
    assert "task" not in setting.meet(1, announce_tasks=False)[0]
    lived = Setting("recollect/ToyCorridor-v0", ToyRandom, ToyNearest).meet(4)
    assert [num_rows(part) for part in lived] == [2] * 4
    assert np.concatenate([part["task"] for part in lived]).tolist() == [0] * 8
