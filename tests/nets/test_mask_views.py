import numpy as np

from recollect.nets.mask_views import cut, stretch


def pair(n=40):
    y = np.tile(np.repeat(np.array([0, 3, 255], np.uint8), [6, 6, 4]), (n, 12, 1))  # (N, 12, 16) stripes
    return np.repeat(y[..., None], 3, 3), y


def test_masks_are_cut_as_their_pictures_are():
    x, y = pair()
    seen, labels = cut(x, y, np.random.default_rng(0))
    assert (seen.shape, seen.dtype, labels.shape, labels.dtype) == (x.shape, np.float32, y.shape, np.uint8)
    assert set(np.unique(labels)) == {0, 3, 255}  # nothing between two classes
    far = np.abs(seen[..., 0] * 255 - labels)
    assert (far < 1).mean() > 0.75  # but where the picture is interpolated between two stripes
    first = labels[:, 0, 0]
    assert 0.2 < (first == 255).mean() < 0.8  # half of them are mirrored


def test_the_inputs_stay_and_the_draws_decide():
    x, y = pair()
    before = x.copy(), y.copy()
    one, two = (cut(x, y, np.random.default_rng(seed)) for seed in (1, 1))
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(x, before[0])
    assert np.array_equal(y, before[1])


def test_stretching_moves_no_pixel():
    x = np.random.default_rng(0).integers(100, 150, (60, 4, 5, 3), dtype=np.uint8)
    x[0] = 7  # one colour has no contrast
    seen = stretch(x, np.random.default_rng(0))
    whole = (seen.min((1, 2, 3)) == 0) & (seen.max((1, 2, 3)) == 1)
    assert 0.3 < whole.mean() < 0.7
    assert np.allclose(seen[~whole], x[~whole] / 255)
    one = int(np.flatnonzero(whole)[0])
    low, high = x[one].min((0, 1)), x[one].max((0, 1))
    assert np.allclose(seen[one], (x[one] - low.astype(float)) / (high - low), atol=1e-6)
    assert np.allclose(seen[0], 7 / 255)
