import numpy as np
import pytest
import torch

from recollect.nets.mlp import MLP


def test_by_hand():
    net = MLP((2,), 2, hidden=(2,))
    with torch.no_grad():
        net.body[0].weight.copy_(torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
        net.body[0].bias.copy_(torch.tensor([0.0, -1.0]))
        net.head.weight.copy_(torch.tensor([[1.0, 0.0], [2.0, 3.0]]))
        net.head.bias.copy_(torch.tensor([0.5, 0.0]))
    x = torch.tensor([[1.0, 2.0], [4.0, 1.0]])
    assert net.features(x).tolist() == [[3.0, 0.0], [5.0, 2.0]]  # relu([3, -2]), relu([5, 2])
    assert net(x).tolist() == [[3.5, 6.0], [5.5, 16.0]]


@pytest.mark.parametrize(("x_shape", "inputs"), [((), 1), ((5,), 5), ((4, 4), 16), ((3, 4, 4), 48)])
def test_any_shape_is_flattened(x_shape, inputs):
    net = MLP(x_shape, 3)
    assert net.body[0].in_features == inputs
    assert net(torch.zeros(7, *x_shape)).shape == (7, 3)
    assert net(torch.zeros(0, *x_shape)).shape == (0, 3)
    assert net.features(torch.zeros(7, *x_shape)).shape == (7, 100)


def test_images_of_uint8_are_scaled_to_one_and_floats_are_not():
    net = MLP((2, 2), 3, hidden=())
    image = torch.from_numpy(np.array([[[0, 51], [102, 255]]], np.uint8))
    assert net.features(image)[0].tolist() == pytest.approx([0.0, 0.2, 0.4, 1.0])
    assert net.features(image.double()).tolist() == [[0.0, 51.0, 102.0, 255.0]]
    assert net(image).dtype == torch.float32
