import numpy as np
import pytest

from recollect.agents.seg_joint import SegJoint, merged
from recollect.errors import CheckpointError, OptionError, StreamError


def picture(value, *labels):
    return {"x": np.full((1, 1, 3, 1), value, np.uint8), "y": np.array([[labels]], np.uint8)}


def both(*pictures):
    return {field: np.concatenate([one[field] for one in pictures]) for field in ("x", "y")}


def test_a_picture_that_comes_again_brings_its_labels():
    first = merged({}, both(picture(1, 0, 1, 255), picture(2, 1, 0, 0)))
    found = merged(first, both(picture(3, 2, 0, 0), picture(1, 2, 0, 255), picture(3, 0, 3, 0)))
    assert found["x"][:, 0, 0, 0].tolist() == [1, 2, 3]
    assert found["y"][:, 0].tolist() == [[2, 1, 255], [1, 0, 0], [2, 3, 0]]
    assert first["y"][0, 0].tolist() == [0, 1, 255]


def make(stream, everything, **options):
    return SegJoint(stream, everything(), device="cpu", width=4, augment=False, **options)


def test_it_draws_from_all_tasks_and_reads_them_again(masked, everything):
    stream = masked()
    agent = make(stream, everything)
    with pytest.raises(StreamError, match="has met no task yet"):
        agent.update(stream.data(0), {})
    agent.begin_task(0, stream.data(0))
    agent.begin_task(1, stream.data(1))
    agent.begin_task(0, stream.data(0))
    assert len(agent.data["x"]) == 24
    assert agent.nbytes == 24 * 8 * 8 * 4
    assert agent.update({field: values[:4] for field, values in stream.data(1).items()}, {})["loss"] > 0
    again = make(stream, everything)
    again.load_state_dict(agent.state_dict())
    assert np.array_equal(again.data["y"], agent.data["y"])
    again.met = [(0, 11)]
    with pytest.raises(CheckpointError, match="task 0 had 11 pictures"):
        again.load_state_dict(again.state_dict())


def test_wrong_option(masked, everything):
    with pytest.raises(OptionError, match="replayed_per_new must be at least 0"):
        make(masked(), everything, replayed_per_new=-1)
