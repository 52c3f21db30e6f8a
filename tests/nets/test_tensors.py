import numpy as np
import torch

from recollect.nets.tensors import tensor, unit

CPU = torch.device("cpu")


def test_a_writable_array_is_shared():
    array = np.arange(4.0)
    shared = tensor(array, CPU)
    array[0] = 9
    assert shared.tolist() == [9, 1, 2, 3]


def test_read_only_and_memory_mapped_arrays_are_copied_without_a_warning(tmp_path):
    frozen = np.arange(4.0)
    frozen.flags.writeable = False
    np.save(tmp_path / "x.npy", np.arange(4.0))
    for array in (frozen, np.load(tmp_path / "x.npy", mmap_mode="r")):
        copied = tensor(array, CPU)
        copied[0] = 9  # would be undefined behaviour on shared read-only memory
        assert array.tolist() == [0, 1, 2, 3]


def test_strided_and_reversed_arrays_keep_their_values():
    array = np.arange(6).reshape(2, 3)
    assert tensor(array[:, ::-1], CPU).tolist() == [[2, 1, 0], [5, 4, 3]]
    assert tensor(array.T, CPU).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_unit():
    assert unit(torch.tensor([0, 255], dtype=torch.uint8)).tolist() == [0.0, 1.0]
    assert unit(torch.tensor([3, 255])).tolist() == [3.0, 255.0]
    assert unit(torch.tensor([0.5], dtype=torch.float64)).dtype == torch.float32
