import math

import pytest
import torch

from recollect.nets.contrastive import Projection, contrastive_losses


def test_the_loss_of_three_rows_by_hand():
    # points on the circle at 0, 90 and 180 degrees, the second views 0, 0 and 180: rows 0 and 1 are of one class
    first = [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]
    second = [(1.0, 0.0), (1.0, 0.0), (-1.0, 0.0)]
    tau = 0.5
    dots = {(a, b): (a[0] * b[0] + a[1] * b[1]) / tau for a in first + second for b in first + second}

    def anchor(i):
        points, y = first + second, [0, 0, 1] * 2
        others = [a for a in range(6) if a != i]
        total = sum(math.exp(dots[points[i], points[a]]) for a in others)
        positives = [a for a in others if y[a] == y[i]]
        return -sum(math.log(math.exp(dots[points[i], points[p]]) / total) for p in positives) / len(positives)

    expected = [(anchor(i) + anchor(i + 3)) / 2 for i in range(3)]
    losses = contrastive_losses(torch.tensor([first, second]), torch.tensor([4, 4, 7]), tau)
    torch.testing.assert_close(losses, torch.tensor(expected))
    # row 2's anchors: one positive at dot 1, two at -1 and one at 0 ... in numbers
    lone = -math.log(math.exp(2) / (math.exp(2) + 3 * math.exp(-2) + math.exp(0)))
    assert losses[2].item() == pytest.approx(lone, rel=1e-5)


def test_one_row_has_nothing_to_tell_it_from():
    losses = contrastive_losses(torch.tensor([[[1.0, 0.0]], [[0.0, 1.0]]]), torch.tensor([0]), 0.07)
    assert losses.tolist() == [0.0]


def test_gradients_are_finite_at_small_temperatures():
    views = torch.nn.functional.normalize(torch.randn(2, 8, 5, generator=torch.Generator().manual_seed(0)), dim=2)
    views.requires_grad_()
    contrastive_losses(views, torch.arange(8) // 2, 0.01).mean().backward()
    assert torch.isfinite(views.grad).all()
    assert views.grad.abs().sum() > 0


def test_a_projection_has_length_one_and_two_layers():
    projection = Projection(6, 3)
    x = torch.randn(4, 6, generator=torch.Generator().manual_seed(0))
    points = projection(x)
    torch.testing.assert_close(points.norm(dim=1), torch.ones(4))
    raw = projection[2](torch.relu(projection[0](x)))
    torch.testing.assert_close(points, raw / raw.norm(dim=1, keepdim=True))
    assert projection[0].weight.shape == (6, 6)
