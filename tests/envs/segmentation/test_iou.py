import numpy as np
import pytest

from recollect.envs.segmentation.iou import confusion, ious, mean, merged

Y = np.array([[[0, 0, 1], [1, 2, 255]], [[2, 2, 2], [0, 0, 0]]], np.uint8)  # (2, 2, 3)
P = np.array([[[0, 1, 1], [1, 0, 2]], [[2, 1, 2], [0, 0, 0]]])


def test_counts_are_by_picture_and_void_is_none():
    counts = confusion(Y, P, 3)
    assert counts[0].tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    assert counts[1].tolist() == [[3, 0, 0], [0, 0, 0], [0, 1, 2]]


def test_iou_is_of_summed_counts():
    total = confusion(Y, P, 3).sum(0)  # 0: hits 4, true 5, predicted 5; 1: 2, 2, 4; 2: 2, 4, 2
    assert ious(total) == pytest.approx([4 / 6, 2 / 4, 2 / 4])
    assert mean(ious(total)) == pytest.approx((4 / 6 + 1) / 3)


def test_a_class_never_predicted_counts_and_one_without_pixels_does_not():
    found = ious(np.array([[3, 0, 2], [4, 0, 0], [0, 0, 0]]))  # class 1 is never predicted, class 2 never true
    assert found[:2] == pytest.approx([3 / 9, 0])
    assert np.isnan(found[2])
    assert mean(found) == pytest.approx(1 / 6)
    assert mean(found[2:]) == 0


def test_unknown_classes_are_background_in_truth_and_prediction():
    counts = np.array([[5, 1, 2], [3, 7, 4], [6, 8, 9]])
    # with 2 unknown: truth 0 and 2 seen as 0 or 2: 5 + 2 + 6 + 9; as 1: 1 + 8; truth 1 seen as 0 or 2: 3 + 4
    assert merged(counts, np.array([True, True, False])).tolist() == [[22, 9, 0], [7, 7, 0], [0, 0, 0]]
