import numpy as np
import pytest

from recollect.envs.segmentation.masked import check_masked
from recollect.errors import DataError

X = np.zeros((2, 2, 3, 3), np.uint8)
Y = np.array([[[0, 1, 1], [255, 0, 3]], [[255, 255, 255], [255, 255, 255]]], np.uint8)


def test_what_a_picture_shows():
    found = check_masked(X.copy(), Y.copy(), 3, "here")
    assert found.shows.tolist() == [[True, True, False, True], [False] * 4]
    assert not found.x.flags.writeable
    assert not found.y.flags.writeable


@pytest.mark.parametrize(
    ("x", "y", "classes", "message"),
    [
        (X, Y, 2, "the mask of row 0 has class 3, which is unknown: classes are 1 to 2"),
        (X, Y[:1], 3, "of the same height and width"),
        (X, Y[:, :, :2], 3, "of the same height and width"),
        (X.astype(np.float32), Y, 3, "expected uint8 pictures"),
        (X[..., 0], Y, 3, "expected uint8 pictures"),
        (X[:0], Y[:0], 3, "there are no pictures"),
        (X, Y, 255, "there must be 1 to 254 classes"),
    ],
)
def test_what_is_refused(x, y, classes, message):
    with pytest.raises(DataError, match=message):
        check_masked(x.copy(), y.copy(), classes, "here")
