import pytest
import torch

from recollect.agents.mib import MiB
from recollect.errors import OptionError
from recollect.nets.mask_losses import unbiased_distances


def make(masked, everything, **options):
    return MiB(masked(), everything(), device="cpu", width=4, augment=False, **options)


def test_the_network_before_the_task_teaches(masked, everything):
    agent, stream = make(masked, everything), masked()
    agent.begin_task(0, stream.data(0))
    assert agent.taught == 0
    assert set(agent.update(stream.data(0), {})) == {"loss"}
    then = agent.network.head.weight.clone()
    agent.begin_task(1, stream.data(1))
    assert torch.equal(agent.before.head.weight, then)  # from before the head grew
    assert agent.taught == 2
    logged = agent.update(stream.data(1), {})
    assert logged["loss"] == pytest.approx(logged["loss_new"] + 10 * logged["loss_distillation"], rel=1e-5)
    assert torch.equal(agent.before.head.weight, then)
    assert all(not weight.requires_grad for weight in agent.before.parameters())


def test_the_distillation_is_the_mean_over_pixels_that_are_not_void(masked, everything):
    agent, stream = make(masked, everything, distillation=2.0), masked()
    for task in (0, 1):
        agent.begin_task(task, stream.data(task))
    rows = stream.data(1)
    loss, logged = agent.loss(rows, {})
    with torch.no_grad():
        before = agent.full(agent.before(agent.pictures(rows))[:, :2], rows)
        far = unbiased_distances(agent.full(agent.maps(rows), rows), before)
    judged = torch.from_numpy(rows["y"]) != 255
    assert logged["loss_distillation"] == pytest.approx(far[judged].mean().item(), rel=1e-4)
    assert loss.item() == pytest.approx(logged["loss_new"] + 2 * logged["loss_distillation"], rel=1e-5)


def test_wrong_option(masked, everything):
    with pytest.raises(OptionError, match="distillation must be at least 0"):
        make(masked, everything, distillation=-1)
