import numpy as np
import pytest
import torch

from recollect.nets import mask_losses

Q = np.array([0.5, 0.2, 0.2, 0.1])  # probabilities of background, an old class and two new ones
LOGITS = torch.tensor(np.log(Q), dtype=torch.float32)[None, :, None, None].repeat(1, 1, 1, 4)  # (1, 4, 1, 4)
Y = torch.tensor([[[0, 1, 3, 255]]])


def test_cross_entropy_of_pixels():
    losses = mask_losses.pixel_losses(LOGITS, Y)
    assert losses.reshape(-1).tolist() == pytest.approx([-np.log(0.5), -np.log(0.2), -np.log(0.1), 0])
    assert mask_losses.mean_over(losses, Y != 255).item() == pytest.approx(-np.log(0.5 * 0.2 * 0.1) / 3)
    assert mask_losses.mean_over(losses, Y == 7).item() == 0


def test_unbiased_cross_entropy_merges_background_and_old_classes():
    losses = mask_losses.unbiased_losses(LOGITS, Y, 2).reshape(-1).tolist()
    assert losses == pytest.approx([-np.log(0.7), -np.log(0.7), -np.log(0.1), 0], rel=1e-5)
    assert mask_losses.unbiased_losses(LOGITS, Y, 1).reshape(-1)[1].item() == pytest.approx(-np.log(0.2))


def test_unbiased_distillation_gives_new_classes_to_the_teachers_background():
    before = torch.log(torch.tensor([0.9, 0.1]))[None, :, None, None].repeat(1, 1, 1, 4)
    far = mask_losses.unbiased_distances(LOGITS, before)  # q' = (.5 + .2 + .1, .2)
    assert far.reshape(-1)[0].item() == pytest.approx(-(0.9 * np.log(0.8) + 0.1 * np.log(0.2)) / 2, rel=1e-5)


def test_remembered_masks_count_pixels_of_old_classes_alone():
    assert mask_losses.old_pixel_loss(LOGITS, Y, 2).item() == pytest.approx(-np.log(0.2))
    assert mask_losses.old_pixel_loss(LOGITS, Y, 1).item() == 0  # no such pixel: 0, not NaN


def test_logits_are_compared_where_they_were_known():
    now, then = torch.zeros(2, 3, 1, 1), torch.tensor([[1.0, 2, 3], [4, 5, 6]])[:, :, None, None]
    known = torch.tensor([2, 3])
    assert mask_losses.dark_distance(now, then, known, True).item() == pytest.approx((1 + 4 + 16 + 25 + 36) / 6)
    assert mask_losses.dark_distance(now, then, known, False).item() == pytest.approx((4 + 25 + 36) / 6)
