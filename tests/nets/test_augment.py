import numpy as np
import pytest
import torch

from recollect.errors import OptionError, UnknownName
from recollect.nets import augment
from recollect.nets.augment import AUGMENTATIONS, chosen, rectangles, view


class Scripted:
    """A generator that gives what it was told, and notes how many it was asked for."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def _next(self, *_):
        return np.asarray(self.answers.pop(0))

    random = integers = uniform = permutation = _next


def images(n=3, size=5, channels=3, dtype=np.uint8):
    x = np.random.default_rng(1).integers(0, 256, (n, size, size, channels))
    return x.astype(np.uint8) if dtype == np.uint8 else (x / 255).astype(dtype)


def test_crop_takes_a_window_of_the_image_in_its_black_margin():
    x = images()
    seen = view(x, ["crop"], Scripted([[4, 0, 8], [4, 6, 8]]))  # top and left of three rows
    assert seen.dtype == np.uint8
    np.testing.assert_array_equal(seen[0], x[0])  # 4, 4 is the image itself
    moved = np.zeros_like(x[1])
    moved[4:, :3] = x[1, :1, 2:]  # four black rows above; two columns gone, two black ones to the right
    np.testing.assert_array_equal(seen[1], moved)
    moved = np.zeros_like(x[2])
    moved[:1, :1] = x[2, 4:, 4:]
    np.testing.assert_array_equal(seen[2], moved)


def test_all_81_places_are_drawn_equally_often():
    x = np.zeros((1, 9, 9), np.uint8)
    x[0, 4, 4] = 1
    rng = np.random.default_rng(0)
    counts = view(np.repeat(x, 8100, 0), ["crop"], rng).sum(0, dtype=int)  # where the centre came to lie
    assert counts.sum() == 8100
    assert ((counts - 100.0) ** 2 / 100).sum() < 112.3  # chi-square, 80 degrees of freedom, p = 0.01


def test_flip_exchanges_left_and_right_below_one_half():
    x = images(2)
    seen = view(x, ["flip"], Scripted([0.49, 0.5]))
    np.testing.assert_array_equal(seen, np.stack([x[0, :, ::-1], x[1]]))


def test_rows_draw_for_themselves_and_the_input_stays():
    x = np.repeat(images(1, size=8), 64, 0)
    before = x.copy()
    for name in AUGMENTATIONS:
        seen = view(x, [name], np.random.default_rng(0))
        assert len(np.unique(seen.reshape(64, -1), axis=0)) > 1
        seen[:] = 0
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("name", AUGMENTATIONS)
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("shape", [(6, 7, 9, 3), (6, 7, 9, 1), (6, 7, 9)])
def test_shapes_types_and_ranges(name, dtype, shape):
    x = np.random.default_rng(2).random(shape)
    x = (255 * x).astype(np.uint8) if dtype == np.uint8 else x.astype(np.float32)
    x.flags.writeable = False
    seen = view(x, [name], np.random.default_rng(0))
    assert seen.shape == shape
    whole = name in ("crop", "flip", "crop-flip")
    assert seen.dtype == (dtype if whole else np.float32)
    assert seen.min() >= 0
    assert seen.max() <= (255 if seen.dtype == np.uint8 else 1)
    np.testing.assert_array_equal(seen, view(x, [name], np.random.default_rng(0)))
    differs = not np.array_equal(seen, view(x, [name], np.random.default_rng(1)))
    assert differs == (name != "grayscale" or shape[3:] == (3,))
    assert view(x[:0], [name], Scripted()).shape == (0, *shape[1:])


def test_names_are_applied_one_after_another():
    x = images()
    both = view(x, ["crop", "flip"], np.random.default_rng(3))
    np.testing.assert_array_equal(both, view(x, ["crop-flip"], np.random.default_rng(3)))


def test_rectangles_by_hand():
    area = np.full((3, 10), 1.0)
    area[:, 1] = 0.25
    ratio = np.full((3, 10), np.log(4 / 3))  # the whole area at 4/3 does not fit; a quarter of it does
    area[1, 0], ratio[1, 0] = 0.75, np.log(0.75)  # 64 * .75 = 48 = 6 * 8
    area[2] = 1.0  # none of the ten fits: the whole image
    top, left, tall, wide = rectangles(3, 8, 8, Scripted(area, ratio, [[0.0, 0.99, 0.1], [0.999, 0.7, 0.9]]))
    assert tall.tolist() == [3, 8, 8]  # sqrt(16 / (4/3)) = 3.46
    assert wide.tolist() == [5, 6, 8]  # sqrt(16 * 4/3) = 4.62
    assert top.tolist() == [0, 0, 0]
    assert left.tolist() == [3, 2, 0]  # 0.999 of 4 places, 0.7 of 3


def test_an_image_too_long_is_cut_in_the_middle():
    drawn = np.full((1, 10), 1.0), np.zeros((1, 10)), np.zeros((2, 1))
    assert [int(part[0]) for part in rectangles(1, 29, 4, Scripted(*drawn))] == [12, 0, 5, 4]  # 4 / (3/4) = 5.33


def test_a_rectangle_is_stretched_by_bilinear_interpolation(monkeypatch):
    x = np.arange(16, dtype=np.float32).reshape(1, 4, 4) / 16
    monkeypatch.setattr(augment, "rectangles", lambda *_: tuple(np.array([one]) for one in (1, 2, 2, 2)))
    seen = view(x, ["resized-crop"], None)
    cut = torch.from_numpy(x[:, None, 1:3, 2:4])
    wanted = torch.nn.functional.interpolate(cut, (4, 4), mode="bilinear", align_corners=False)
    np.testing.assert_allclose(seen, wanted[:, 0].numpy(), atol=1e-6)
    monkeypatch.setattr(augment, "rectangles", lambda *_: tuple(np.array([one]) for one in (0, 0, 4, 4)))
    np.testing.assert_allclose(view(x, ["resized-crop"], None), x, atol=1e-6)


def test_choice():
    assert chosen(None, (64,)) == ()
    assert chosen("crop-flip", (8, 8)) == ("crop-flip",)
    assert chosen(["crop", "scr"], (8, 8, 3)) == ("crop", "scr")
    with pytest.raises(UnknownName, match=r"augmentation 'crop-flop' does not exist. Did you mean crop-flip"):
        chosen("crop-flop", (8, 8))
    with pytest.raises(OptionError, match=r"'flip' is for images .* have shape \(64,\)"):
        chosen("flip", (64,))
    with pytest.raises(OptionError, match=r"'scr' needs 1 or 3 channels.*\(8, 8, 4\)"):
        chosen("scr", (8, 8, 4))
    assert chosen("crop", (8, 8, 4)) == ("crop",)
