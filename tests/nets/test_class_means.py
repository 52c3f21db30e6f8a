import math

import pytest
import torch

from recollect.nets.class_means import FAR, class_means, nearness

FEATURES = torch.tensor([[2.0, 0.0], [0.0, 0.5], [0.0, -3.0]])  # directions east, north, south


def test_means_are_of_directions_and_have_length_one():
    means, known = class_means(FEATURES, torch.tensor([2, 2, 0]), 4)
    half = math.sqrt(0.5)
    # class 2: (1, 0) and (0, 1) have the mean (0.5, 0.5), of length sqrt(0.5); the lengths 2 and 0.5 do not count
    torch.testing.assert_close(means, torch.tensor([[0.0, -1.0], [0.0, 0.0], [half, half], [0.0, 0.0]]))
    assert known.tolist() == [True, False, True, False]


def test_nearness_is_minus_the_squared_distance_and_far_without_a_mean():
    means, known = class_means(FEATURES, torch.tensor([2, 2, 0]), 4)
    found = nearness(torch.tensor([[5.0, 0.0], [0.0, -0.1]]), means, known)
    east = -(2 - 2 * math.sqrt(0.5))  # |a - b|^2 = 2 - 2 a.b for length 1
    south = -(2 + 2 * math.sqrt(0.5))
    torch.testing.assert_close(found, torch.tensor([[-2.0, -FAR, east, -FAR], [0.0, -FAR, south, -FAR]]))


def test_a_class_without_a_mean_is_never_nearest():
    means, known = class_means(torch.tensor([[1.0, 0.0]]), torch.tensor([1]), 3)
    assert nearness(torch.tensor([[-7.0, 0.0]]), means, known).argmax(1).tolist() == [
        1
    ]  # even opposite to the only mean


def test_features_without_a_direction_count_for_nothing():
    means, known = class_means(torch.tensor([[0.0, 0.0], [0.0, 4.0]]), torch.tensor([0, 0]), 1)
    assert means.tolist() == [[0.0, 1.0]]
    assert known.tolist() == [True]
    assert nearness(torch.zeros(1, 2), means, known).item() == pytest.approx(-1)
