import numpy as np
import pytest
import torch

from recollect.nets.cutmix import cutmix


class Drawn:
    """A generator that draws what it was told."""

    def __init__(self, lam, row, column):
        self.lam, self.places = lam, [row, column]

    def permutation(self, n):
        return np.roll(np.arange(n), 1)

    def beta(self, a, b):
        assert a == b == 1.0
        return self.lam

    def integers(self, high):
        return self.places.pop(0)


IMAGES = torch.arange(2 * 8 * 6).reshape(2, 8, 6).to(torch.uint8)


def test_a_rectangle_comes_from_the_partner():
    before = IMAGES.clone()
    # sqrt(1 - 0.75) = half of either side: 4 x 3 pixels, 3 // 2 = 1 to either side of column 3, 2 of row 4
    mixed, partners, share = cutmix(IMAGES, 1.0, Drawn(0.75, 4, 3))
    assert partners.tolist() == [1, 0]
    expected = IMAGES.clone()
    expected[:, 2:6, 2:4] = IMAGES[[1, 0], 2:6, 2:4]
    assert torch.equal(mixed, expected)
    assert share == pytest.approx(1 - 4 * 2 / 48)
    assert torch.equal(IMAGES, before)


def test_it_ends_at_the_edges_and_the_share_counts_what_is_left():
    mixed, _, share = cutmix(IMAGES[..., None].expand(-1, -1, -1, 3), 1.0, Drawn(0.75, 0, 0))
    assert mixed.shape == (2, 8, 6, 3)
    assert torch.equal(mixed[:, :2, :1, 1], IMAGES[[1, 0], :2, :1])
    assert torch.equal(mixed[:, 2:, :, 0], IMAGES[:, 2:])
    assert share == pytest.approx(1 - 2 * 1 / 48)


@pytest.mark.parametrize(("lam", "expected"), [(1.0, 1.0), (0.0, 0.0)])
def test_all_or_nothing(lam, expected):
    mixed, _, share = cutmix(IMAGES, 1.0, Drawn(lam, 4, 3))
    assert share == expected
    assert torch.equal(mixed, IMAGES if lam else IMAGES[[1, 0]])


def test_the_share_is_uniform_on_average_less_what_the_edges_take():
    rng = np.random.default_rng(0)
    shares = [cutmix(torch.zeros(1, 32, 32), 1.0, rng)[2] for _ in range(4000)]
    # s = side, a uniform lambda makes s^2 uniform; clipped at uniform centres a side of s keeps s - s^2 / 4 of itself:
    # E[(s - s^2 / 4)^2] = E[s^2] - E[s^3] / 2 + E[s^4] / 16 = 1/2 - 1/5 + 1/48 = 0.321
    assert np.mean(shares) == pytest.approx(1 - 0.321, abs=0.02)
