import numpy as np
import pytest
import torch

from recollect.agents.seg_der_plus_plus import SegDERPlusPlus
from recollect.errors import OptionError
from recollect.nets.mask_losses import dark_distance, mean_over, old_pixel_loss, pixel_losses
from recollect.rows import take


@pytest.fixture
def trained(masked, everything):
    """Makes one in task 1 that remembers rows of task 0, and gives both."""

    def make(**options):
        stream, memory = masked(), everything()
        agent = SegDERPlusPlus(stream, memory, device="cpu", width=4, augment=False, **options)
        agent.begin_task(0, stream.data(0))
        agent.learn(stream.data(0) | {"task": np.zeros(12, np.int64)})
        agent.begin_task(1, stream.data(1))
        return agent, stream.data(1)

    return make


def test_logits_are_remembered_at_low_resolution(trained, masked):
    agent, _ = trained()
    logits = agent.replay.rows["logits"]
    assert (logits.shape, logits.dtype) == ((12, 4, 4, 4), np.float32)
    assert (logits[:, 2:] == 0).all()  # not met then
    assert (logits[:, :2] != 0).any((0, 2, 3)).all()


@pytest.mark.parametrize("background", [False, True])
def test_three_terms(trained, background):
    agent, new = trained(background=background, alpha=0.3, beta=0.7)
    replayed = agent.replay.sample(4)
    loss, logged = agent.loss(new, replayed)
    known = torch.full((4,), 2)
    maps = agent.maps(replayed)
    far = dark_distance(maps, torch.from_numpy(replayed["logits"])[:, :3], known, background)
    y, logits = agent.masks(replayed), agent.full(maps, replayed)
    labels = mean_over(pixel_losses(logits, y), y != 255) if background else old_pixel_loss(logits, y, 2)
    assert logged["loss_logits"] == pytest.approx(far.item(), rel=1e-4)
    assert logged["loss_labels"] == pytest.approx(labels.item(), rel=1e-4)
    assert loss.item() == pytest.approx(logged["loss_new"] + 0.3 * far.item() + 0.7 * labels.item(), rel=1e-4)


def test_remembered_background_teaches_nothing_unless_it_counts(trained):
    for background in (False, True):
        agent, _ = trained(background=background, alpha=0.0)
        agent.replay.rows["y"][:] = 0
        loss, logged = agent.loss({}, agent.replay.sample(4))
        assert (logged["loss_labels"] > 0) is background
        assert (loss.item() > 0) is background


def test_pictures_of_the_running_task_are_not_old(trained):
    agent, new = trained()
    agent.replay.rows = agent.annotate(new | {"task": np.ones(12, np.int64)})
    assert agent.memory_loss(take(agent.replay.rows, np.arange(3))).item() == 0


def test_wrong_options(trained):
    for option in ("alpha", "beta", "replayed_per_new"):
        with pytest.raises(OptionError, match=f"{option} must be at least 0"):
            trained(**{option: -1})
