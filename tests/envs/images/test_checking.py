import numpy as np
import pytest

from recollect.envs.images.checking import check_images, check_splits
from recollect.errors import DataError

X, Y = np.zeros((4, 2, 3), np.uint8), np.array([0, 1, 0, 1], np.uint8)


def test_labels_become_a_column_of_int64_and_both_read_only():
    rows = check_images(X.copy(), Y[:, None], "here")
    assert rows["x"].dtype == np.uint8
    assert rows["y"].dtype == np.int64
    assert rows["y"].tolist() == [0, 1, 0, 1]
    for values in rows.values():
        with pytest.raises(ValueError, match="read-only"):
            values[0] = 1


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (X.astype(np.float32), Y, "must be uint8, 0 to 255, got float32"),
        (X.reshape(4, 6), Y, r"shape \(N, H, W\) or .*, got \(4, 6\)"),
        (np.zeros((4, 8, 8, 8), np.uint8), Y, r"got \(4, 8, 8, 8\)"),
        (X[:0], Y[:0], "there are no images"),
        (X[:, :0], Y, r"none with pixels: shape \(4, 0, 3\)"),
        (X, Y[:3], "4 images but 3 labels"),
        (X, np.zeros((4, 2), int), r"\(4, 2\) \(several labels per image"),
        (X, Y.astype(float), "labels must be integers .* got float64"),
        (X, Y.astype(int) - 1, "labels must be at least 0, got -1 in row 0"),
    ],
)
def test_what_is_refused(x, y, words):
    with pytest.raises(DataError, match=f"^here: .*{words}"):
        check_images(x, y, "here")


def test_a_label_beyond_the_classes_is_named_with_its_row():
    check_images(X.copy(), Y, "here", classes=2)
    with pytest.raises(DataError, match="labels must be 0 to 1, got 2 in row 3"):
        check_images(X.copy(), np.array([0, 1, 1, 2]), "here", classes=2)


def test_both_splits_have_the_same_classes_and_shape():
    rows = {"x": X, "y": Y.astype(int)}
    check_splits(rows, rows, "here")
    with pytest.raises(DataError, match="here: class 1 has no test images"):
        check_splits(rows, {"x": X, "y": np.zeros(4, int)}, "here")
    with pytest.raises(DataError, match="here: class 2 has no training images"):
        check_splits(rows, {"x": X, "y": np.array([0, 1, 2, 2])}, "here")
    with pytest.raises(DataError, match=r"training images are \(2, 3\), test images \(3, 2\)"):
        check_splits(rows, {"x": X.reshape(4, 3, 2), "y": rows["y"]}, "here")
