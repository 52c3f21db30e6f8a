from types import SimpleNamespace

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_file_loader import RawEventFileLoader
from tensorboard.compat.proto.event_pb2 import Event

from recollect.errors import OptionError
from recollect.plugins.observers.tensorboard import Tensorboard


def view(directory):
    return SimpleNamespace(directory=directory, step=0, tasks=("a", "b"))


def points(directory):
    """(step, tag, number) of every scalar, as TensorBoard reads the file."""
    loader = RawEventFileLoader(str(directory / "tensorboard" / "events.out.tfevents.recollect"))
    read = [Event.FromString(record) for record in loader.Load()]
    assert read[0].file_version == "brain.Event:2"
    return [(event.step, value.tag, value.simple_value) for event in read for value in event.summary.value]


def test_losses_and_scores_are_scalars(tmp_path):
    observer, run = Tensorboard(losses_every=2), view(tmp_path)
    observer.recollect_run_start(run)
    observer.recollect_evaluated(run, 0, {"accuracy": np.array([0.0, 0.5])})
    observer.recollect_step_end(1, {"loss": 1.0})
    observer.recollect_step_end(2, {"loss": 0.5, "loss_new": 0.25})
    assert points(tmp_path) == [
        (0, "accuracy/a", 0.0),
        (0, "accuracy/b", 0.5),
        (0, "accuracy/mean", 0.25),
        (2, "losses/loss", 0.5),
        (2, "losses/loss_new", 0.25),
    ]


def test_a_resumed_run_has_nothing_twice(tmp_path):
    observer = Tensorboard(losses_every=1)
    observer.recollect_run_start(view(tmp_path))
    observer.recollect_step_end(1, {"loss": 1.0})
    state = observer.state_dict()
    observer.recollect_step_end(2, {"loss": 0.75})  # lost with the killed process
    again = Tensorboard(losses_every=1)
    again.load_state_dict(state)
    again.recollect_run_start(view(tmp_path))
    again.recollect_step_end(2, {"loss": 0.75})
    assert points(tmp_path) == [(1, "losses/loss", 1.0), (2, "losses/loss", 0.75)]


def test_a_run_without_a_folder_is_refused():
    with pytest.raises(OptionError, match=r"'tensorboard' .* pass directory="):
        Tensorboard().recollect_run_start(view(None))
