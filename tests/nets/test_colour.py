import colorsys

import numpy as np
import pytest
import torch

from recollect.nets.colour import colour_jitter, gray, grayscale, turned


class Scripted:
    """A generator that gives what it was told."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def _next(self, *_):
        return np.asarray(self.answers.pop(0), float)

    random = uniform = _next

    def permutation(self, n):
        return self._next().astype(int)


def pixels(*colours):
    """One image of a row of pixels, (1, 1, W, 3)."""
    return torch.tensor(colours)[None, None]


def test_gray_is_the_weighted_sum():
    assert gray(pixels([1.0, 0.0, 0.0], [0.5, 0.5, 0.5], [0.0, 0.0, 1.0]))[0, 0, :, 0].tolist() == pytest.approx(
        [0.299, 0.5, 0.114]
    )


def test_grayscale_below_one_fifth():
    x = pixels([1.0, 0.0, 0.0]).repeat(2, 1, 1, 1)
    seen = grayscale(x, Scripted([[[[0.19]]], [[[0.2]]]]))
    np.testing.assert_allclose(seen[:, 0, 0], [[0.299] * 3, [1, 0, 0]])


def test_hues_are_those_of_hsv():
    rng = np.random.default_rng(0)
    colours = rng.random((60, 3))
    colours[:4] = [[0, 0, 0], [1, 1, 1], [0.3, 0.3, 0.3], [0.7, 0.7, 0.1]]  # no hue, and two largest channels
    turns = rng.uniform(-0.1, 0.1, 60)
    seen = turned(torch.from_numpy(colours)[:, None, None], torch.from_numpy(turns)[:, None, None])
    for colour, turn, found in zip(colours, turns, seen[:, 0, 0].numpy(), strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*colour)
        np.testing.assert_allclose(found, colorsys.hsv_to_rgb((hue + turn) % 1, saturation, value), atol=1e-6)


def jitter(x, order, brightness=1.0, contrast=1.0, saturation=1.0, hue=0.0, yes=0.0):
    """One image with the factors given."""
    factors = np.array([brightness, contrast, saturation]).reshape(3, 1, 1, 1, 1)
    return colour_jitter(x, Scripted([[[[yes]]]], factors, [[[hue]]], order))[0, 0]


def test_each_factor_by_hand():
    x, order = pixels([0.8, 0.4, 0.2], [0.2, 0.2, 0.2]), [0, 1, 2, 3]
    np.testing.assert_allclose(jitter(x, order), x[0, 0], atol=1e-6)
    np.testing.assert_allclose(jitter(x, order, brightness=1.4)[0], [1.0, 0.56, 0.28], rtol=1e-6)  # 1.12 is cut
    grays = 0.299 * 0.8 + 0.587 * 0.4 + 0.114 * 0.2, 0.2  # 0.4968 and 0.2
    mean = sum(grays) / 2
    np.testing.assert_allclose(jitter(x, order, contrast=0.6), mean + 0.6 * (x[0, 0] - mean), rtol=1e-6)
    np.testing.assert_allclose(jitter(x, order, saturation=0.6)[0], grays[0] + 0.6 * (x[0, 0, 0] - grays[0]), rtol=1e-5)
    np.testing.assert_allclose(jitter(x, order, saturation=0.6)[1], [0.2] * 3, rtol=1e-6)
    np.testing.assert_allclose(jitter(x, order, hue=0.05), turned(x, torch.tensor([[[0.05]]]))[0, 0], rtol=1e-5)


def test_the_order_counts_and_four_in_five_are_jittered():
    x = pixels([0.9, 0.4, 0.2], [0.2, 0.2, 0.2])
    some = {"brightness": 1.4, "contrast": 0.6}
    assert not np.allclose(jitter(x, [0, 1, 2, 3], **some), jitter(x, [1, 0, 2, 3], **some))
    np.testing.assert_array_equal(jitter(x, [0, 1, 2, 3], yes=0.8, **some), x[0, 0])
    assert not np.allclose(jitter(x, [0, 1, 2, 3], yes=0.79, **some), x[0, 0])


def test_one_channel_has_no_hue():
    x = torch.full((1, 1, 2, 1), 0.5)
    np.testing.assert_allclose(jitter(x, [3, 2, 1, 0], saturation=0.6, hue=0.1), x[0, 0])
    assert jitter(x, [3, 2, 1, 0], brightness=0.8)[0].item() == pytest.approx(0.4)
